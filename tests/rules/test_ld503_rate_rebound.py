"""LD503 explains what a rising rate does to either loss."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

SEEDS = range(8)


def wrapped(seed, *, noise=0.04, train_rise=0.8, val_rise=0.8):
    rng = np.random.default_rng(seed)
    t = np.arange(600) / 600
    rate = 0.5 * (1 + np.cos(2 * np.pi * t))
    late = np.clip(rate - 0.1, 0, 1) * (t > 0.5)
    level = curves.learning(600, 2.4, 0.3, 0.05)
    return curves.build(
        {
            "train_loss": curves.noisy(rng, level + train_rise * late, noise),
            "val_loss": curves.noisy(rng, level + val_rise * late, 0.01),
            "lr": 0.3 * rate + 1e-9,
        },
        every=20,
    )


def alarms(diagnosis):
    return [f.code for f in diagnosis if f.severity > Severity.NOTE]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_third_of_the_peak_is_decayed_once(seed):
    diagnosis = diagnose(wrapped(seed))
    (remedy,) = diagnosis.findings[0].prescriptions

    assert alarms(diagnosis) == ["LD503"]
    assert {c.name: c.after for c in remedy.changes} == {
        "schedule": "cosine to 0",
        "decay_steps": 600,
        "learning_rate": pytest.approx(0.1),
    }
    assert remedy.from_step == pytest.approx(301, abs=5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_validation_loss_shows_it_where_batches_hide_it(seed):
    diagnosis = diagnose(wrapped(seed, noise=0.3, train_rise=0.2, val_rise=0.5))

    assert alarms(diagnosis) == ["LD503"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_validation_loss_that_rises_alone_is_not_the_rates_doing(seed):
    assert "LD503" not in alarms(diagnose(wrapped(seed, train_rise=0.0, val_rise=0.5)))


def test_a_warm_up_from_zero_is_no_rebound():
    run = wrapped(0)
    t = np.arange(600) / 600
    columns = {s.name: s.values for s in run.series if s.name == "train_loss"}
    columns["lr"] = 0.3 * t  # still rising where the loss ends above its best

    assert "LD503" not in [f.code for f in diagnose(curves.build(columns))]
