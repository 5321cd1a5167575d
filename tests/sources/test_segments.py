"""Steps that go backwards, and steps that hold several values."""

import numpy as np
import pytest

from lossdoc.sources.segments import (
    Cuts,
    Points,
    find_cuts,
    in_order,
    once_per_step,
    refined,
)


def points(steps, values=None):
    n = len(steps)
    values = np.arange(n, dtype=float) if values is None else np.array(values, dtype=float)
    return Points(np.array(steps, dtype=float), values, np.arange(1, n + 1))


def cuts_of(steps):
    return find_cuts(np.array(steps, dtype=float), np.arange(1, len(steps) + 1))


@pytest.mark.parametrize(
    ("steps", "restarts", "resumes", "late"),
    [
        (range(10), (), (), 0),
        ([0, 0, 1, 1, 2, 2], (), (), 0),
        ([*range(10), *range(10)], (11,), (), 0),
        ([*range(1, 10), 1, 2, *range(1, 21)], (10, 12), (), 0),
        ([*range(0, 1000, 10), *range(200, 2000, 10)], (101,), (), 0),  # below 30 %
        ([*range(0, 1000, 10), *range(600, 2000, 10)], (), ((101, 600),), 0),
        ([*range(500, 600), *range(550, 700)], (), ((101, 550),), 0),
        ([0, 10, 20, 40, 30, 50, 60], (), (), 1),
    ],
)
def test_what_a_backward_step_means(steps, restarts, resumes, late):
    assert cuts_of(list(steps)) == Cuts(restarts, resumes, late)


def test_a_new_run_begins_with_its_first_row_not_with_its_first_loss():
    lead = Points(np.array([10.0, 20, 10, 20]), np.ones(4), np.array([2, 4, 8, 9]))
    rate = Points(np.array([0.0, 20, 0]), np.ones(3), np.array([1, 5, 7]))

    assert refined(Cuts(restarts=(8,)), lead, [lead, rate]).restarts == (7,)


def test_two_writers_are_late_lines_however_many():
    steps = np.repeat(np.arange(0, 1000, 10), 2).astype(float)
    steps[1::2] -= 10  # 0, -10, 10, 0, 20, 10 ...

    assert cuts_of(steps[2:]).restarts == ()
    assert cuts_of(steps[2:]).late > 90


def test_runs_written_into_each_other_are_cut_at_every_backward_step():
    rng = np.random.default_rng(0)
    mixed = rng.integers(0, 10, size=400)

    assert len(cuts_of(mixed).restarts) == int(np.sum(np.diff(mixed) < 0))


def test_after_a_resume_the_last_write_wins():
    logged = points([0, 10, 20, 30, 40, 20, 30, 40, 50])

    kept = in_order(logged, cuts_of(logged.steps))

    assert kept.steps.tolist() == [0, 10, 20, 30, 40, 50]
    assert kept.values.tolist() == [0, 1, 5, 6, 7, 8]


def test_a_resume_leaves_earlier_segments_alone():
    logged = points([0, 10, 20, 30, 0, 10, 20, 30, 40, 20, 30])

    kept = in_order(logged, Cuts((5,), ((10, 20.0),)))

    assert kept.steps.tolist() == [0, 10, 20, 30, 0, 10, 20, 30]


def test_late_lines_are_sorted_and_rows_stay_increasing():
    logged = points([0, 20, 10, 30])

    kept = in_order(logged, Cuts(late=1))

    assert kept.steps.tolist() == [0, 10, 20, 30]
    assert kept.values.tolist() == [0, 2, 1, 3]
    assert np.all(np.diff(kept.rows) > 0)


@pytest.mark.parametrize(
    ("steps", "values", "expected", "replaced"),
    [
        ([0, 1, 2], [5, 4, 3], [5, 4, 3], 0),
        ([0, 1, 1, 2], [5, 4, 4, 3], [5, 4, 3], 0),  # a row logged twice
        ([0, 1, 1, 2], [5, 4, np.nan, 3], [5, np.nan, 3], 1),
        ([0, 1, 1, 2], [5, np.nan, np.nan, 3], [5, np.nan, 3], 0),
    ],
)
def test_a_repeated_step_counts_once(steps, values, expected, replaced):
    kept, count = once_per_step(points(steps, values), Cuts())

    assert np.array_equal(kept.values, expected, equal_nan=True)
    assert count == replaced


def test_steps_that_always_hold_several_values_are_spread():
    kept, replaced = once_per_step(points([1, 1, 2, 2, 3, 3]), Cuts())

    assert kept.steps.tolist() == [1, 1.5, 2, 2.5, 3, 3.5]
    assert replaced == 0


def test_spreading_does_not_cross_a_restart():
    kept, _ = once_per_step(points([1, 1, 2, 2, 1, 1, 2, 2]), Cuts((5,)))

    assert kept.steps.tolist() == [1, 1.5, 2, 2.5] * 2
