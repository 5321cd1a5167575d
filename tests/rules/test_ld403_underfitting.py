"""LD403: poor on both sides, and what holds the model down."""

import dataclasses

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def poor(*, gap=0.0, accuracy=0.4, start=2.3, end=1.4, context=None, seed=0):
    """A classifier that stays at ``end``; its validation loss lies ``gap`` above."""
    rng = np.random.default_rng(seed)
    level = curves.learning(400, start, end, 0.01)
    columns = {
        "train_loss": level + 0.05 * rng.standard_normal(400),
        "val_loss": level + gap + 0.003 * rng.standard_normal(400),
        "train_acc": accuracy + 0.06 * rng.standard_normal(400),
        "val_acc": accuracy + 0.01 * rng.standard_normal(400),
    }
    run = curves.build(columns, every=20)
    return diagnose(dataclasses.replace(run, context=context or {}))


def codes(diagnosis):
    return [f.code for f in diagnosis.findings if f.severity.label != "note"]


def settings(diagnosis):
    return [{c.name: c.after for c in p.changes} for p in diagnosis.findings[0].prescriptions]


@pytest.mark.parametrize("seed", range(10))
def test_a_last_batch_with_a_lucky_accuracy_changes_nothing(seed):
    assert codes(poor(seed=seed)) == ["LD403"]


def test_a_model_that_fits_its_own_data_better_has_the_capacity():
    assert codes(poor(gap=0.08)) == ["LD403"]
    assert codes(poor(gap=0.15)) == []


def test_capacity_comes_before_a_higher_rate():
    assert settings(poor()) == [
        {"width_factor": 4.0, "more_layers": 2},
        {"learning_rate_factor": 3.0, "warmup_steps": 20},
    ]


@pytest.mark.parametrize(
    ("optimizer", "decay", "strong"),
    [
        ("sgd", 0.4, True),
        ("sgd", 5e-4, False),
        ("adam", 0.05, True),
        ("adamw", 0.3, False),
        ("adamw", 2.0, True),
        (None, 0.1, False),
    ],
)
def test_a_decay_a_hundred_times_too_strong_is_the_first_suspect(optimizer, decay, strong):
    context = {"weight_decay": decay} | ({"optimizer": optimizer} if optimizer else {})
    first = settings(poor(context=context))[0]

    assert ("weight_decay" in first) is strong
    if strong:
        assert 0.005 <= first["weight_decay"] / decay <= 0.02


class TestTwoClasses:
    def test_unlucky_first_weights_are_no_progress(self):
        assert codes(poor(start=1.4, end=0.655, accuracy=0.63)) == ["LD403"]

    def test_of_more_classes_the_start_counts(self):
        """A loss far above the entropy of its accuracy: errors are spread over many classes."""
        assert codes(poor(start=2.4, end=1.2, accuracy=0.63)) == []


def test_a_rate_that_is_too_low_is_another_matter():
    rng = np.random.default_rng(0)
    level = 2.36 - 0.08 * np.arange(400) / 400
    loss = {"train_loss": level + 0.05 * rng.standard_normal(400), "val_loss": level}
    diagnosis = diagnose(curves.build({**loss, "val_acc": np.full(400, 0.15)}, every=20))
    told = [*diagnosis.findings, *(s.finding for s in diagnosis.superseded)]

    assert "LD403" not in [f.code for f in told]


class TestEpochsOfALanguageModel:
    """Its accuracy is bound by entropy; its first loss is hidden in the mean of an epoch."""

    @staticmethod
    def run(first, x):
        level = curves.learning(10, first, 2.2, 0.1)
        columns = dict.fromkeys(("train_loss", "val_loss"), level)
        columns |= dict.fromkeys(("train_acc", "val_acc"), np.linspace(0.3, 0.38, 10))
        return diagnose(curves.build(columns, steps=x + np.arange(10), axis="epoch"))

    def test_a_mean_of_an_epoch_is_below_the_first_loss(self):
        assert codes(self.run(3.0, x=1)) == []

    def test_a_low_start_is_that_of_few_classes(self):
        assert codes(self.run(3.0, x=0)) == ["LD403"]
