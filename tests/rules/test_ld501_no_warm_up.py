"""LD501 is the cause where the first steps threw a run off that had low rates later."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

N = 400
SEEDS = range(8)


def thrown_off(seed, *, rate="cosine", back=False, broken=False, val=True):
    """Blow up within ten steps; sit at ln 10, come back or break."""
    rng = np.random.default_rng(seed)
    t = np.arange(N) / N
    stuck = np.full(N, 2.303) + 0.006 * rng.standard_normal(N)
    loss = curves.noisy(rng, curves.learning(N, 2.3, 0.4), 0.03) if back else stuck
    loss[:10] = 3.5 * np.exp(np.sqrt(np.arange(10)) * rng.uniform(1.5, 2.0))
    if broken:
        loss[10:] = np.nan
    columns = {
        "train_loss": loss,
        "lr": curves.cosine(N, 0.06, warm_up=1 / N) if rate == "cosine" else np.full(N, 0.06),
    }
    if val and not broken:
        columns["val_loss"] = np.where(t < 0.03, 60.0, loss + 0.002)
        columns["val_acc"] = np.where(t < 0.03, 0.1, 0.1 + 0.002 * rng.standard_normal(N))
    return curves.build(columns, every=10)


def alarms(diagnosis):
    return [f.code for f in diagnosis if f.severity > Severity.NOTE]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_follows_from_it_is_not_told(seed):
    diagnosis = diagnose(thrown_off(seed))

    assert alarms(diagnosis) == ["LD501"]
    assert diagnosis.findings[0].severity is Severity.ERROR
    assert diagnosis.findings[0].onset.step == 1
    assert diagnosis.superseded


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_breaks_is_told_with_its_cause_first(seed):
    assert alarms(diagnose(thrown_off(seed, broken=True))) == ["LD501", "LD101"]


def test_the_warm_up_is_a_fifth_of_the_run_and_the_rate_the_second_choice():
    first, second = diagnose(thrown_off(0)).findings[0].prescriptions

    assert {c.name: c.after for c in first.changes} == {"warmup_steps": 80}
    assert {c.name: c.after for c in second.changes} == {"learning_rate": pytest.approx(0.02)}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rate_that_never_came_down_is_itself_too_high(seed):
    diagnosis = diagnose(thrown_off(seed, rate="constant"))

    assert "LD501" not in alarms(diagnosis)
    assert "LD501" in [f.code for f in diagnosis]
    assert alarms(diagnosis)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_came_back_is_a_note_with_a_shorter_warm_up(seed):
    diagnosis = diagnose(thrown_off(seed, back=True))
    (note,) = (f for f in diagnosis if f.code == "LD501")

    assert note.severity is Severity.NOTE
    assert {c.name: c.after for c in note.prescriptions[0].changes} == {"warmup_steps": 20}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_validation_loss_that_only_falls_contradicts_a_hump(seed):
    """Sorted samples: the batches get harder, the network better."""
    rng = np.random.default_rng(seed)
    level = curves.learning(N, 2.4, 0.05)
    loss = curves.noisy(rng, level * (1 + 0.9 * np.sin(2 * np.pi * np.arange(N) / 20)) + 0.02, 0.05)
    loss[:20] *= 1.6
    columns = {"train_loss": loss, "val_loss": level, "lr": np.full(N, 0.02)}

    assert "LD501" not in [f.code for f in diagnose(curves.build(columns, every=10))]


def test_a_loss_that_grows_all_the_time_is_no_hump():
    columns = {
        "train_loss": 4e-4 + 0.03 * (np.arange(N) / N) ** 0.5,
        "lr": curves.cosine(N, warm_up=1 / N),
    }

    assert "LD501" not in [f.code for f in diagnose(curves.build(columns))]
