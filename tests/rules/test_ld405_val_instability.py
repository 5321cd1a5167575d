"""LD405 tells the noise of an evaluation from weights that move, and says what it would take."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.rules import builtin
from lossdoc.rules.ld405_val_instability import ValInstability

SEEDS = range(10)


def run(seed, *, noise=0.15, batch_noise=0.05, together=False, rate="constant", every=10):
    """500 steps; the validation loss varies by ``noise`` of its level."""
    rng = np.random.default_rng(seed)
    level = curves.learning(500, 4.0, 1.0, 0.1)
    moves = noise * rng.standard_normal(500 // every)
    train = level * np.exp(batch_noise * rng.standard_normal(500))
    if together:
        train *= np.repeat(np.exp(moves), every)
    lr = np.full(500, 0.1) if rate == "constant" else curves.cosine(500) ** 2
    val = np.repeat(level[every - 1 :: every] * np.exp(moves), every)
    return curves.build({"train_loss": train, "val_loss": val, "lr": lr}, every=every)


def found(made):
    return next((f for f in diagnose(made) if f.code == ValInstability.code), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_number_of_samples_follows_from_the_noise(seed):
    finding = found(run(seed))
    noise = finding.number("noise")

    assert noise == pytest.approx(0.15, rel=0.5)
    assert finding.number("more_samples") == np.ceil((noise / 0.02) ** 2)
    [change] = finding.prescriptions[0].changes
    assert (change.name, change.after) == (
        "validation_samples_factor",
        finding.number("more_samples"),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "other",
    [{"noise": 0.02}, {"together": True}, {"batch_noise": 1.0}],
    ids=["little noise", "weights move", "batches too noisy to tell"],
)
def test_what_else_it_may_be_is_not_told(other, seed):
    assert found(run(seed, **other)) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_what_jumps_when_the_rate_has_gone_is_the_evaluation(seed):
    """Batches are noisy; were it not for the rate, it would be oscillation."""
    finding = found(run(seed, noise=0.2, batch_noise=1.0, rate="decayed"))

    assert "although the rate has all but gone" in finding.message


def test_without_training_losses_between_evaluations_it_is_withheld():
    rng = np.random.default_rng(0)
    val = 0.5 + rng.random(40)
    made = curves.build({"train_loss": np.geomspace(2, 0.5, 40), "val_loss": val})
    sparse = made.series[0]
    short = type(sparse)(
        sparse.channel, sparse.name, sparse.steps[:3], sparse.values[:3], sparse.rows[:3]
    )
    made = type(made)(made.path, made.format, (short, made.series[1]))

    reasons = {n.code: n.reason for n in diagnose(made, rules=builtin()).not_checked}

    assert "log the training loss at least as often" in reasons["LD405"]
