"""LD304: how much longer, and what that would bring."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def finding(n=400, fall=1.5):
    rng = np.random.default_rng(0)
    level = 2.4 - fall * np.arange(n) / n
    columns = {name: curves.noisy(rng, level, 0.01) for name in ("train_loss", "val_loss")}
    found = diagnose(curves.build(columns, every=max(n // 20, 1))).findings
    return next((f for f in found if f.code == "LD304"), None)


def test_twice_as_many_steps_and_what_they_bring():
    prescription = finding().prescriptions[0]

    assert prescription.changes[0] == ("steps", 400.0, 800)
    assert "another 400 steps alike would lower train_loss by about" in prescription.rationale


def test_a_loss_cannot_fall_below_zero():
    found = finding(fall=2.0)

    assert found.number("gain_high") <= 0.5


@pytest.mark.parametrize("fall", [0.3, 0.0])
def test_a_run_that_covered_little_is_another_matter(fall):
    assert finding(fall=fall) is None
