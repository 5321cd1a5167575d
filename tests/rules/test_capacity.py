"""A weight decay that leaves no weights is the first suspect wherever a run does not learn."""

import dataclasses

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def at_chance(*, faded=False, accuracy=False, context=None):
    """A run that stays at ln 10; ``faded``: its first layer has less and less gradient."""
    rng = np.random.default_rng(0)
    columns = {"train_loss": np.log(10) + 0.01 * rng.standard_normal(300)}
    if faded:
        fading = np.geomspace(1.0, 1e-11, 300)
        columns |= {"grad_norm_first": 0.3 * fading, "grad_norm_last": np.full(300, 0.2)}
    if accuracy:
        columns["val_loss"] = np.log(10) + 0.001 * rng.standard_normal(300)
        columns["val_acc"] = 0.1 + 0.003 * rng.standard_normal(300)
    run = dataclasses.replace(curves.build(columns), context=context or {})
    return diagnose(run).findings[0]


def changes(finding):
    return {c.name: c.after for c in finding.prescriptions[0].changes}


SIGNS = {
    "LD301": {},
    "LD302": {"accuracy": True},
    "LD306": {"faded": True},
}


@pytest.mark.parametrize("code", SIGNS)
def test_a_strong_decay_is_mended_first(code):
    found = at_chance(**SIGNS[code], context={"weight_decay": 1.0, "optimizer": "sgd"})

    assert found.code == code
    assert changes(found) == {"weight_decay": 0.005}


@pytest.mark.parametrize("code", SIGNS)
@pytest.mark.parametrize("context", [{}, {"weight_decay": 1e-4, "optimizer": "sgd"}])
def test_no_other_decay_is_touched(code, context):
    found = at_chance(**SIGNS[code], context=context)

    assert found.code == code
    assert "weight_decay" not in changes(found)


@pytest.mark.parametrize(
    ("optimizer", "decay", "after"),
    [
        ("sgd", 0.01, 0.0001),
        ("sgd", 0.4, 0.005),
        ("sgd", 100.0, 0.005),
        ("adamw", 2.0, 0.02),
        ("adamw", 1000.0, 0.5),
    ],
)
def test_what_is_prescribed_is_no_strong_decay_itself(optimizer, decay, after):
    found = at_chance(context={"weight_decay": decay, "optimizer": optimizer})

    assert changes(found) == {"weight_decay": after}
