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
