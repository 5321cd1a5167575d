"""LD302: chance, and what only looks like it."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def classifier(level, accuracy, *, seed=0, n=400):
    """A run with losses at ``level`` and a validation accuracy, both float or float64[n]."""
    rng = np.random.default_rng(seed)
    columns = {
        "train_loss": level + 0.03 * rng.standard_normal(n),
        "val_loss": level + 5e-4 * rng.standard_normal(n),
        "val_acc": np.broadcast_to(accuracy, n),
    }
    return diagnose(curves.build(columns, every=20))


def codes(diagnosis):
    return [f.code for f in diagnosis.findings]


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_uniform_answers(classes):
    finding = classifier(np.log(classes), 1 / classes).findings[0]

    assert finding.code == "LD302"
    assert f"over {classes} classes" in finding.message


def test_a_constant_answer():
    """Always the largest class of several: a loss that is not that of uniform answers."""
    finding = classifier(0.6, 0.72).findings[0]

    assert finding.code == "LD302"
    assert "one value alone" in finding.message


def late(value):
    """Accuracies between 0.1 and 0.3, then one value alone in the later half."""
    early = 0.1 + 0.2 * np.random.default_rng(2).random(200)
    return np.concatenate((early, np.full(200, value)))


def test_a_model_that_collapsed_to_one_answer():
    finding = classifier(2.15, late(0.09375)).findings[0]

    assert finding.code == "LD302"
    assert "in 10 evaluations: a constant answer, after an accuracy of 0." in finding.message


def test_an_accuracy_that_came_to_rest_at_its_best_has_not_collapsed():
    assert "LD302" not in codes(classifier(2.15, late(0.3)))


def test_answers_that_never_moved():
    accuracy = 0.78 + 0.005 * np.random.default_rng(1).standard_normal(400)
    finding = classifier(0.55, accuracy).findings[0]

    assert finding.code == "LD302"
    assert "moved since the first row" in finding.message


@pytest.mark.parametrize("accuracy", [0.1, 0.1 + 0.02 * np.arange(400) / 400])
def test_a_loss_that_falls_along_a_line_is_not_stuck(accuracy):
    level = 2.35 - 0.06 * np.arange(400) / 400

    assert codes(classifier(level, accuracy)) == ["LD301"]


def test_it_is_stuck_where_the_loss_only_settles():
    """The last layer learns how frequent the classes are, and that is all."""
    level = 2.303 + 0.05 * np.exp(-np.arange(400) / 20)

    assert codes(classifier(level, 0.1)) == ["LD302"]


def test_a_learned_but_poor_classifier_is_not_at_chance():
    accuracy = 0.62 + 0.01 * np.random.default_rng(1).standard_normal(400)

    assert codes(classifier(0.66, accuracy)) == ["LD403"]


def test_the_learning_rate_is_kept():
    prescription = classifier(np.log(10), 0.1).findings[0].prescriptions[0]

    assert {c.name for c in prescription.changes} == {"init", "activation"}
    assert "chance" in prescription.rationale


def test_a_constant_answer_of_a_rare_class_is_chance_too():
    finding = classifier(np.log(10), 0.07).findings[0]

    assert finding.code == "LD302"
    assert "over 10 classes" in finding.message


def test_five_epochs_at_chance_are_enough():
    rng = np.random.default_rng(0)
    level = 2.303 + 0.002 * rng.standard_normal(5)
    run = curves.build(
        {"train_loss": level, "val_loss": level, "val_acc": [0.08, 0.08, 0.09, 0.08, 0.08]},
        axis="epoch",
    )

    assert codes(diagnose(run))[0] == "LD302"


def test_less_loss_than_uniform_answers_have_is_some_knowledge():
    accuracy = 0.57 + 0.01 * np.random.default_rng(1).standard_normal(400)

    assert "LD302" not in codes(classifier(0.667, accuracy))
    assert codes(classifier(0.692, accuracy - 0.07)) == ["LD302"]
