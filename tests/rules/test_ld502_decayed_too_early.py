"""When a rate fell is told in shares of the run, also of a log that lacks its first rows."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose


def told(first, decayed_at):
    """Whether a rate that falls at a step of 600 counts as early, in a log from some step on."""
    steps = np.arange(first, 600.0)
    rng = np.random.default_rng(0)
    loss = np.where(steps < decayed_at, 2.4 - 1.4 * steps / decayed_at, 1.0)
    columns = {
        "train_loss": curves.noisy(rng, loss, 0.01),
        "lr": np.where(steps < decayed_at, 1e-2, 1e-5),
    }
    return "LD502" in {f.code for f in diagnose(curves.build(columns, steps=steps))}


@pytest.mark.parametrize("first", [0, 30, 100])
def test_a_rate_that_fell_before_the_middle_is_told_from_wherever_the_log_begins(first):
    assert told(first, 240)


@pytest.mark.parametrize("first", [0, 30, 100])
def test_one_that_fell_after_it_is_not(first):
    assert not told(first, 310)
