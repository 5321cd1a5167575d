"""What only the newest rows show is not told yet."""

import math

import numpy as np
import pytest

import lossdoc
from lossdoc import curves
from lossdoc.lasting import earlier, lasting


def run_of(values, steps=None):
    steps = range(len(values)) if steps is None else steps
    return lossdoc.load({"train_loss": (list(steps), list(values)), "lr": [1e-3] * len(values)})


def falls(step):
    return 0.4 + 2 * math.exp(-step / 60) + 0.02 * math.sin(7.1 * step)


@pytest.mark.parametrize(
    ("rows", "left"), [(100, 90), (1000, 990), (5000, 4950), (30, 20), (29, 0)]
)
def test_the_newest_rows_are_ten_or_one_in_a_hundred(rows, left):
    run = earlier(run_of(np.ones(rows)))
    assert max((len(s) for s in run.series), default=0) == left


def test_of_epochs_two_are_left_out():
    run = curves.epochs()(0)
    assert run.axis == "epoch"
    assert len(earlier(run)["train_loss"]) == len(run["train_loss"]) - 2


def told(values):
    run = run_of(values)
    diagnosis = lossdoc.analyze(run)
    new = [f for f in diagnosis if f.severity.label == "error"]
    return [f.code for f in new], [f.code for f in lasting(new, run, lossdoc.analyze)]


def climbing(rows):
    return [falls(i) if i < 200 else 50.0 + i for i in range(rows)]


def test_a_divergence_is_told_when_it_lasts():
    seen = {rows: told(climbing(rows)) for rows in range(202, 240)}
    first_seen = min(rows for rows, (found, _) in seen.items() if found)
    first_told = min(rows for rows, (_, sure) in seen.items() if sure)
    assert first_seen < first_told <= first_seen + 10


def test_a_loss_that_is_no_number_is_told_at_once():
    values = [falls(i) if i < 200 else math.nan for i in range(206)]
    assert told(values) == (["LD101"], ["LD101"])


def test_nothing_is_judged_again_where_nothing_was_found():
    def never(run):
        raise AssertionError

    assert lasting([], run_of([1.0, 2.0]), never) == []
