"""A constant rate is worth a note where a decay could still gain something, and no more."""

import numpy as np

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity


def run(*, n=400, floor=0.4, time=0.08, rates=None, **kw):
    rng = np.random.default_rng(0)
    loss = curves.noisy(rng, floor + 2.0 * np.exp(-np.arange(n) / n / time), 0.03)
    return curves.build(
        {"train_loss": loss, "lr": np.full(n, 0.01) if rates is None else rates}, **kw
    )


def notes(one):
    return [f for f in diagnose(one) if f.code == "LD504"]


def test_a_constant_rate_is_a_note_without_a_prescription():
    (note,) = notes(run())

    assert note.severity is Severity.NOTE
    assert note.prescriptions == ()
    assert "0.01" in note.message


def test_a_warm_up_is_not_held_against_it():
    (note,) = notes(run(rates=0.01 * np.minimum(np.arange(1, 401) / 40, 1.0)))

    assert note.onset.step == 36  # nine tenths of the peak


def test_silent_where_a_decay_gains_nothing():
    assert notes(run(floor=0.0)) == []
    assert notes(run(time=1.0)) == []  # still falling
    assert notes(run(n=50)) == []
    assert notes(run(context={"optimizer": "Adagrad"})) == []
