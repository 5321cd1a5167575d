"""A climb at the end counts where the run has not been through the like of it before."""

import numpy as np

from lossdoc import curves
from lossdoc.engine import diagnose

N = 400
SEEDS = range(5)


def told(level, seed):
    rng = np.random.default_rng(seed)
    run = curves.build({"train_loss": curves.noisy(rng, level, 0.03)})
    return "LD103" in {f.code for f in diagnose(run)}


def climb(first, last):
    """A loss that falls from 2.4, with climbs by 0.5 in the middle and at the end, so many rows long."""
    level = curves.learning(N, 2.4, 0.4, 0.02)
    for end, length in ((200, first), (N, last)):
        level[end - length : end] += 0.5 * np.linspace(0, 1, length) ** 0.5
    return level


def test_a_climb_that_is_the_first_of_its_kind_is_told():
    assert all(told(climb(0, 80), seed) for seed in SEEDS)


def test_a_climb_that_lasts_longer_than_those_before_is_told():
    assert all(told(climb(30, 100), seed) for seed in SEEDS)


def test_a_climb_is_not_told_where_the_run_came_back_from_a_longer_one():
    assert not any(told(climb(120, 60), seed) for seed in SEEDS)
