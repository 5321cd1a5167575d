"""LD404 tells of a validation loss below the training loss, and explains it."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.rules.ld404_val_better_than_train import ValBetterThanTrain

SEEDS = range(10)


def run(seed, *, extra=0.0, factor=1.0, noise=0.1, n=400):
    """A training loss that is higher than the validation loss by ``extra`` and ``factor``."""
    rng = np.random.default_rng(seed)
    level = curves.learning(n, 2.5, 0.3)
    train = curves.noisy(rng, factor * level + extra, noise)
    return curves.build(
        {"train_loss": train, "val_loss": curves.noisy(rng, level, 0.005)}, every=n // 20
    )


def found(made):
    return next((f for f in diagnose(made) if f.code == ValBetterThanTrain.code), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_above_the_validation_loss_is_told_without_a_remedy(seed):
    finding = found(run(seed, extra=0.4))

    assert finding.onset.step == 20
    assert "dropout" in finding.message
    assert finding.prescriptions == ()
    assert finding.number("gap") == pytest.approx(0.4 / 1.5, rel=0.3)


@pytest.mark.parametrize("seed", SEEDS)
def test_late_in_a_run_a_ratio_will_do(seed):
    """The gap is small beside all that was learned, and twice the validation loss."""
    rng = np.random.default_rng(seed)
    level = np.geomspace(8.0, 0.1, 400)
    made = curves.build(
        {"train_loss": curves.noisy(rng, 2 * level, 0.1), "val_loss": level}, every=20
    )

    assert found(made).number("ratio") == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "same", [{}, {"extra": 0.03}, {"noise": 0.8, "extra": 0.1}], ids=["equal", "little", "noise"]
)
def test_what_lies_within_the_noise_or_is_small_is_not_told(same, seed):
    assert found(run(seed, **same)) is None


def test_a_validation_loss_that_crosses_is_not_below_all_along():
    made = run(0, extra=0.4)
    made.series[1].values[14:] += 0.8

    assert found(made) is None
