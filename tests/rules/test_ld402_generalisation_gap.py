"""LD402: when a gap is more than a gap."""

import dataclasses

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def stuck(*, val=1.3, accuracy=None, context=None, n=50):
    """A run whose validation loss stays at ``val`` while the training loss goes to nothing."""
    rng = np.random.default_rng(0)
    columns = {
        "train_loss": curves.noisy(rng, curves.learning(n, 2.3, 0.02, 0.3), 0.02),
        "val_loss": curves.noisy(rng, curves.learning(n, 2.3, val, 0.02), 0.004),
    }
    if accuracy is not None:
        columns["val_acc"] = accuracy + 0.002 * rng.standard_normal(n)
    run = dataclasses.replace(curves.build(columns, axis="epoch"), context=context or {})
    return next((f for f in diagnose(run).findings if f.code == "LD402"), None)


def test_a_validation_loss_that_is_stuck_far_above():
    assert stuck().severity.label == "warning"


@pytest.mark.parametrize(("accuracy", "severity"), [(0.6, "warning"), (0.95, "note")])
def test_a_good_accuracy_makes_a_note_of_it(accuracy, severity):
    assert stuck(accuracy=accuracy).severity.label == severity


def settings(context):
    return {c.name: c.after for c in stuck(context=context).prescriptions[0].changes}


def test_one_notch_more_regularisation():
    assert settings({"weight_decay": 0.01}) == {"dropout": 0.3, "weight_decay": 0.03}
    assert settings({"weight_decay": 0.0}) == {"dropout": 0.3}
    assert settings({}) == {"dropout": 0.3}


# ---- validation stays at chance


def by_heart(*, val_acc=0.1, val=2.31, rise=3.0, train_acc=None, final=0.1, n=50, codes=False):
    """A run of which training learns and validation answers with an accuracy of ``val_acc``."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, 1, n)
    columns = {
        "train_loss": curves.noisy(rng, curves.learning(n, 2.3, final, 0.4), 0.02),
        "val_loss": curves.noisy(rng, val + rise * t**2, 0.005),
        "val_acc": val_acc + 0.01 * rng.standard_normal(n),
    }
    if train_acc is not None:
        columns["train_acc"] = np.linspace(0.1, train_acc, n)
    findings = diagnose(curves.build(columns, axis="epoch")).findings
    if codes:
        return [f.code for f in findings]
    return next((f for f in findings if f.code == "LD402"), None)


def test_what_is_learned_by_heart_is_an_error():
    found = by_heart()

    assert found.severity.label == "error"
    assert found.message.startswith("val_acc stays at chance (0.1")
    assert found.onset.step == 1
    assert found.prescriptions[0].kind == "data"


def test_it_is_told_instead_of_overfitting():
    assert "LD401" not in by_heart(codes=True)
    assert "LD401" in by_heart(val_acc=0.35, codes=True)


def test_while_training_has_learned_little_it_is_a_warning():
    assert by_heart(rise=0.1, final=1.9).severity.label == "warning"


def test_an_accuracy_of_training_tells_as_well():
    assert by_heart(rise=0.0, final=2.21) is None
    assert "at chance" in by_heart(rise=0.0, final=2.21, train_acc=0.4).message


def test_guesses_among_many_classes_may_have_some_luck_where_the_loss_never_fell():
    assert "at chance" in by_heart(val_acc=0.14).message
    assert by_heart(val_acc=0.17) is None or "at chance" not in by_heart(val_acc=0.17).message


def test_a_loss_below_that_of_guesses_knows_something():
    """A fourth of ten classes, with a loss to match."""
    found = by_heart(val_acc=0.25, val=1.7)

    assert found is None or "at chance" not in found.message


def test_the_majority_of_few_classes_is_no_luck():
    """Half of the samples are of one of three classes, and the loss tells that this is known."""
    found = by_heart(val_acc=0.5, val=1.06, rise=0.0, final=0.9)

    assert found is None or "at chance" not in found.message


def test_losses_that_were_rounded_to_zero_are_learned_by_heart_as_well():
    rng = np.random.default_rng(0)
    columns = {
        "train_loss": np.maximum(curves.learning(50, 2.3, -0.5, 0.2), 0.0),
        "val_loss": curves.noisy(rng, np.linspace(2.31, 5.0, 50), 0.005),
        "val_acc": 0.1 + 0.01 * rng.standard_normal(50),
    }
    found = diagnose(curves.build(columns, axis="epoch")).findings[0]

    assert (found.code, found.severity.label) == ("LD402", "error")


def test_two_classes_that_are_tossed_up():
    assert "at chance (0.5" in by_heart(val_acc=0.5, val=0.693).message
