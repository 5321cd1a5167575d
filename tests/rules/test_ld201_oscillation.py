"""LD201 tells of a validation loss that swings with the training loss, and explains what follows."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.rules.ld201_oscillation import Oscillation

SEEDS = range(10)


def restless(seed, *, moves=0.3, batch_noise=0.7, together=True, trend=0.0):
    """A run whose weights jump from evaluation to evaluation; ``trend``: how far it overfits."""
    rng = np.random.default_rng(seed)
    level = curves.learning(500, 2.3, 0.3, 0.05)
    moved = moves * rng.standard_normal(50)
    moved[:5] = 0.0
    train = level * np.exp(batch_noise * rng.standard_normal(500))
    train *= np.repeat(np.exp(moved), 10) if together else 1.0
    train *= np.geomspace(1.0, 0.4, 500)
    rise = np.exp(trend * np.clip(np.linspace(-1, 1, 50), 0, None))
    val = level[9::10] * np.exp(moved) * rise
    return curves.build(
        {"train_loss": train, "val_loss": np.repeat(val, 10), "lr": np.full(500, 0.5)}, every=10
    )


def stated(run):
    return {f.code: f for f in diagnose(run) if f.severity > Severity.NOTE}


@pytest.mark.parametrize("seed", SEEDS)
def test_swings_that_noisy_batches_hide_are_seen_in_the_validation_loss(seed):
    found = stated(restless(seed))

    assert found["LD201"].channel == "val_loss"
    assert "swings" in found["LD201"].message


@pytest.mark.parametrize("seed", SEEDS)
def test_swings_that_end_above_the_best_are_no_overfitting(seed):
    """The rate makes the validation loss swing: that explains where it ends."""
    assert "LD401" not in stated(restless(seed, trend=0.4))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rise_far_beyond_the_swings_is_overfitting(seed):
    found = stated(restless(seed, moves=0.11, trend=2.2, batch_noise=0.1))

    assert "LD401" in found
    assert "LD201" not in found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_noisy_evaluation_of_a_steady_run_is_neither_oscillation_nor_spikes(seed):
    found = stated(restless(seed, moves=0.13, batch_noise=0.03, together=False))

    assert not {"LD201", "LD202"} & set(found)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_swings_are_no_spikes(seed):
    assert "LD202" not in {c for c, f in stated(restless(seed)).items() if f.channel == "val_loss"}


def test_a_third_of_the_rate_and_a_cosine_are_prescribed():
    [prescription] = stated(restless(0))["LD201"].prescriptions

    changes = {change.name: change.after for change in prescription.changes}
    assert changes == {"learning_rate": 0.2, "schedule": "cosine to 0"}


def test_thresholds_can_be_set():
    rule = Oscillation().configured({"above": 5.0, "wide": 5.0})

    assert [f for f in diagnose(restless(0), rules=[rule]) if f.severity > Severity.NOTE] == []
