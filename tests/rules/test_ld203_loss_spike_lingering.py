"""LD203 compares the levels before a spike and after it, not single lucky stretches."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity

SEEDS = range(10)


def run(seed, *, lost=1.5, lucky=0.8, height=40.0):
    """600 steps; three bad batches at 301, from which on the level is ``lost`` times as high.

    Batches 200 to 230 happen to be easy: ``lucky`` times the level, the lowest of the run.
    """
    rng = np.random.default_rng(seed)
    level = curves.learning(600, 2.4, 0.4, 0.05)
    level[200:230] *= lucky
    level[300:] *= lost
    level[300:303] *= height
    loss = curves.noisy(rng, level, 0.15)
    val = curves.noisy(rng, curves.learning(600, 2.4, 0.4, 0.05), 0.005)
    val[300:] *= lost
    return curves.build({"train_loss": loss, "val_loss": val}, every=10)


def stated(made):
    return {f.code: f for f in diagnose(made) if f.severity > Severity.NOTE}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_level_before_the_spike_counts_not_the_luckiest(seed):
    found = stated(run(seed))

    assert found["LD203"].onset.step == 301
    assert {"LD103", "LD202"} & set(found) == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_spike_after_which_the_level_is_the_same_has_recovered(seed):
    found = stated(run(seed, lost=1.0))

    assert "LD203" not in found
    assert "LD202" in found


def test_the_run_is_resumed_before_the_spike_and_the_batches_are_left_out():
    [prescription] = stated(run(0))["LD203"].prescriptions

    changes = {c.name: c.after for c in prescription.changes}
    assert changes == {"resume_from_step": 271.0, "skip_batches": "271-501"}
