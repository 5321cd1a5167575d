"""A warm-up is a line from nothing; its share of the run counts."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

T = np.arange(1, 401) / 400


def found(rates, *, every=1, loss=None, total_steps=None, **kw):
    steps = np.arange(1, 401)[every - 1 :: every]
    falling = curves.noisy(np.random.default_rng(0), curves.learning(400, 2.4, 0.3), 0.03)
    columns = {
        "train_loss": (falling if loss is None else loss)[every - 1 :: every],
        "lr": rates[every - 1 :: every],
    }
    diagnosis = diagnose(curves.build(columns, steps=steps, **kw), total_steps=total_steps)
    return [f for f in diagnosis if f.code == "LD505"]


def warm_up(share):
    return 0.01 * np.minimum(T / share, 1.0)


def test_more_than_a_fifth_is_a_note_and_a_tenth_the_remedy():
    (note,) = found(warm_up(0.5))

    assert note.severity is Severity.NOTE
    assert note.number("share") == pytest.approx(0.5, abs=0.01)
    (change,) = note.prescriptions[0].changes
    assert (change.name, change.before, change.after) == ("warmup_steps", 200, 40)


def test_a_run_that_ends_within_it_says_so():
    assert "ended within its warm-up" in found(warm_up(2.0))[0].message


def test_a_sparse_log_shows_the_same_line():
    assert found(warm_up(0.5), every=10)[0].number("share") == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "rates",
    [
        warm_up(0.2),
        np.full(400, 0.01),
        # one cycle: a curve, or a line from a 25th of the peak that ends far below
        0.01 * np.where(T < 0.4, 0.5 * (1 - np.cos(np.pi * T / 0.4)), 1.4 - T),
        0.01 * np.where(T < 0.4, 0.04 + 0.96 * T / 0.4, 1.0 - (T - 0.4) / 0.6),
        1e-5 * 10 ** (6 * T),  # a range test
    ],
)
def test_other_rises_are_none(rates):
    assert found(rates) == []


def test_the_planned_length_counts_and_an_unfinished_run_is_not_judged():
    assert found(warm_up(0.5), context={"total_steps": 2000}) == []
    assert found(warm_up(0.5), total_steps=2000) == []


def test_a_run_that_blew_up_needs_no_shorter_one():
    loss = curves.learning(400, 2.4, 0.3)
    loss[100:] = 2.3

    assert found(warm_up(0.5), loss=loss) == []
