"""From the beginning of a decay follows how long it was meant to be."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

N = 500
T = np.arange(N) / N


def found(shape, **kw):
    rng = np.random.default_rng(0)
    loss = curves.noisy(rng, curves.learning(N, 2.4, 0.3), 0.03)
    run = curves.build({"train_loss": loss, "lr": 0.01 * shape}, **kw)
    return [f for f in diagnose(run) if f.code == "LD506"]


def cosine(horizon):
    return 0.5 * (1 + np.cos(np.pi * T / horizon))


@pytest.mark.parametrize("horizon", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("shape", [cosine, lambda h: 1 - T / h], ids=["cosine", "line"])
def test_tells_for_how_many_steps_it_was_made(shape, horizon):
    (note,) = found(shape(horizon))

    assert note.severity is Severity.NOTE
    assert note.number("made_for") == pytest.approx(horizon * N, rel=0.02)
    changes = {c.name: c.after for c in note.prescriptions[0].changes}
    assert changes["decay_steps"] == N


def test_a_warm_up_before_it_changes_nothing():
    rates = np.where(T < 0.1, T / 0.1, 0.5 * (1 + np.cos(np.pi * (T - 0.1) / 1.9)))
    (note,) = found(rates)

    assert note.number("made_for") == pytest.approx(2.0 * N, rel=0.02)


def test_rates_of_few_digits_are_enough():
    assert found(np.round(cosine(2.0), 3))


@pytest.mark.parametrize(
    "shape",
    [
        cosine(1.0),
        0.3 + 0.7 * cosine(1.0),  # arrived at its floor
        0.4**T,
        np.where(T < 0.5, 1.0, 0.3),
        1.0 / np.sqrt(1 + 8 * T),
        0.5 * (1 + np.cos(2 * np.pi * T / 1.5)),  # wrapped
        np.ones(N),
    ],
    ids=["done", "floor", "exponential", "stairs", "root", "wrapped", "constant"],
)
def test_other_schedules_end_where_they_are_meant_to(shape):
    assert found(shape) == []
