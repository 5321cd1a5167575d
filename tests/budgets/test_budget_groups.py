"""Budgets that several seeds keep together."""

import math

import pytest

from lossdoc.api import analyze
from lossdoc.budgets.groups import Groups, aggregate
from lossdoc.budgets.names import limit

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("values", "how", "rises", "expected"),
    [
        ([1, 2, 9], "median", True, 2),
        ([1, 3], "median", True, 2),
        ([1, 2, 9], "worst", True, 9),
        ([1, 2, 9], "best", True, 1),
        ([1, 2, 9], "worst", False, 1),
        ([1, 2, 9], "best", False, 9),
        ([1, 2, NAN], "median", True, 2),
        ([1, 2, NAN], "median", False, 1),
        ([1, 2, NAN], "worst", True, NAN),
        ([1, NAN, NAN], "median", True, NAN),
        ([1, INF, INF], "median", True, INF),
    ],
)
def test_nan_is_worse_than_any_value(values, how, rises, expected):
    found = aggregate([float(v) for v in values], how, rises=rises)

    assert found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.fixture
def seeds(tmp_path):
    """Write runs that end at some levels; a level of None has no validation loss."""

    def write(*levels):
        found = []
        for i, level in enumerate(levels):
            path = tmp_path / f"seed-{i}.csv"
            head = "step,train_loss" + ("" if level is None else ",val_loss")
            rows = [
                f"{x},{0.1 + math.exp(-x / 20)}"
                + ("" if level is None else f",{level + 1 / (x + 1)}")
                for x in range(100)
            ]
            path.write_text("\n".join([head, *rows]) + "\n")
            found.append(analyze(path))
        return found

    return write


def judged(diagnoses, **table):
    groups = Groups([limit("val_loss.final", table)])
    for diagnosis in diagnoses:
        groups.add(diagnosis)
    return groups.judged()


def test_the_median_of_the_seeds_is_judged_once(seeds):
    (found,) = judged(seeds(1.0, 1.1, 9.0), max=2.0, aggregate="median")

    assert found.runs == ("seed-0", "seed-1", "seed-2")
    assert found.pattern.endswith("seed-#.csv")
    assert found.budget.value == pytest.approx(1.11)
    assert found.budget.broken is None
    (found,) = judged(seeds(1.0, 1.1, 9.0), max=2.0, aggregate="worst")
    assert found.budget.broken == 2.0


def test_a_seed_that_does_not_tell_leaves_all_of_them_open(seeds):
    (found,) = judged(seeds(1.0, None, 1.2), max=2.0, aggregate="median")

    assert not found.budget.judged
    assert found.budget.reason == "seed-1: no val_loss in this log"
    assert found.values[1] is None


def test_the_same_log_twice_counts_once(seeds):
    (found,) = judged(seeds(1.0, 1.1) * 2, max=2.0, aggregate="median")

    assert len(found.runs) == 2
