"""LD401: when validation has turned, and how to train again."""

import dataclasses

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def turning(*, at=0.2, n=600, axis="step", train_noise=0.02, fall=1.0, context=None, **more):
    """A run whose validation loss turns at a share ``at``; its training loss falls by ``fall``."""
    rng = np.random.default_rng(0)
    t = np.arange(1, n + 1) / n
    columns = {
        "train_loss": 0.4 + fall * np.exp(-4 * t) + train_noise * rng.standard_normal(n),
        "val_loss": 1.0 + 2 * np.abs(t - at) ** 1.5 + 0.004 * rng.standard_normal(n),
        **more,
    }
    every = 1 if axis == "epoch" else 20
    run = curves.build(columns, every=every, axis=axis)
    found = diagnose(dataclasses.replace(run, context=context or {})).findings
    return next((f for f in found if f.code == "LD401"), None)


def settings(prescription):
    return {c.name: c.after for c in prescription.changes}


def test_a_better_run_comes_first_the_best_checkpoint_is_free():
    better, keep = turning().prescriptions

    assert settings(better).keys() == {"learning_rate_factor", "schedule", "dropout", "steps"}
    assert keep.from_step == 120
    assert "keep the checkpoint of step 120" in better.rationale


def test_the_sum_of_rates_to_the_minimum_is_given_again_and_more():
    """100 steps at 1e-3; at 5e-4, under a cosine, with 0.7 of the units, half as much again."""
    better = settings(turning(lr=np.full(600, 1e-3)).prescriptions[0])

    assert better["learning_rate"] == 5e-4
    assert better["dropout"] == 0.3
    assert better["steps"] == pytest.approx(1.5 / 0.7 * 100 * 2 / 0.5, rel=0.02)


def test_wrong_samples_of_training_take_more_dropout_and_more_steps():
    """39 steps at 1e-3; the validation loss turns at 1.0, the training loss is still at 1.7."""
    better = turning(at=0.1, fall=1.8, lr=np.full(600, 1e-3)).prescriptions[0]

    assert settings(better)["dropout"] == 0.5
    assert settings(better)["steps"] == pytest.approx(1.5 / 0.5 * 39 * 2 / 0.5, rel=0.02)
    assert "lay below train_loss 1." in better.rationale


def test_a_later_minimum_leaves_no_room_for_that_much_dropout():
    better = settings(turning(at=0.3, fall=3.0, lr=np.full(600, 1e-3)).prescriptions[0])

    assert (better["dropout"], better["steps"]) == (0.3, 900)


def test_the_rate_of_a_fine_tuning():
    context = {"learning_rate": 5e-5}
    change = turning(n=6, axis="epoch", context=context).prescriptions[0].changes[0]

    assert (change.name, change.before, change.after) == ("learning_rate", 5e-5, 2e-5)


@pytest.mark.parametrize("at", [0.3, 0.45])
def test_no_more_than_half_as_many_steps_again(at):
    assert settings(turning(at=at).prescriptions[0])["steps"] == 900


def test_a_late_minimum_leaves_most_of_the_rate():
    """Otherwise the sum of rates that led there would not fit into the steps."""
    early, late = (settings(turning(at=at).prescriptions[0]) for at in (0.2, 0.6))

    assert early["learning_rate_factor"] == pytest.approx(0.4)
    assert late["learning_rate_factor"] == pytest.approx(0.8, abs=0.05)


def test_rows_are_no_steps():
    assert "steps" not in settings(turning(axis="row").prescriptions[0])


def test_a_training_loss_that_only_seems_to_fall_is_no_witness():
    assert turning(fall=1.0, train_noise=0.3) is not None
    assert turning(fall=0.0, train_noise=0.3) is None


@pytest.mark.parametrize(("first", "told"), [(1, False), (40, True)])
def test_of_few_values_one_must_have_been_reached_by_training(first, told):
    """Validation only rises: from the first weights on, or from what was learned by step 40."""
    rng = np.random.default_rng(0)
    steps = np.arange(1.0, 201.0)
    columns = {"train_loss": 0.1 + 3.0 * np.exp(-steps / 20) + 0.01 * rng.standard_normal(200)}
    train = curves.build(columns, steps=steps)
    evaluated = np.array([first, 80, 120, 160, 200], float)
    val = curves.build({"val_loss": [2.0, 2.6, 3.1, 3.5, 3.8]}, steps=evaluated)
    run = dataclasses.replace(train, series=(*train.series, *val.series))

    assert ("LD401" in {f.code for f in diagnose(run).findings}) is told
