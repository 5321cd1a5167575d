"""LD305: a long flat tail is told, with its slope, and nothing is prescribed."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def tail(slope=0.0):
    rng = np.random.default_rng(0)
    t = np.arange(400) / 400
    level = 1.3 + 1.1 * np.exp(-t / 0.02) - slope * t
    run = curves.build({"train_loss": level + 0.02 * rng.standard_normal(400)})
    return next((f for f in diagnose(run).findings if f.code == "LD305"), None)


def test_a_flat_tail():
    finding = tail()

    assert finding.severity.label == "note"
    assert finding.prescriptions == ()
    assert abs(finding.number("slope")) * 400 < 0.05


@pytest.mark.parametrize("slope", [0.3, 0.6])
def test_a_falling_tail_is_no_plateau(slope):
    assert tail(slope) is None
