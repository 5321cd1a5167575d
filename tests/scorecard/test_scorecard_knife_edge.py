"""Draws scale every threshold, and nothing else."""

import numpy as np

from lossdoc.rules import builtin
from lossdoc.scorecard.knife_edge import HIGH, LOW, draws


def values(rules):
    return {f"{r.code}.{o.name}": o.value for r in rules for o in r.options()}


def test_every_threshold_has_a_factor_of_its_own():
    declared, (drawn,) = values(builtin()), draws(1)
    scaled = values(drawn)
    factors = np.array([scaled[key] / declared[key] for key in declared if declared[key]])

    assert set(scaled) == set(declared)
    assert len(np.unique(factors)) > 0.9 * len(factors)
    assert factors.min() < 0.75
    assert factors.max() > 1.3
    real = [scaled[k] / v for k, v in declared.items() if v and not isinstance(v, int)]
    assert LOW <= min(real) <= max(real) <= HIGH


def test_whole_numbers_stay_whole():
    counts = {k: v for k, v in values(draws(1)[0]).items() if isinstance(values(builtin())[k], int)}

    assert all(isinstance(value, int) and value >= 1 for value in counts.values())


def test_draws_differ_and_come_again():
    first, second = draws(2)

    assert values(first) != values(second)
    assert values(draws(2)[1]) == values(second)
    assert [r.code for r in first] == [r.code for r in builtin()]
