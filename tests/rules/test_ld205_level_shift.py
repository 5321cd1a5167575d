"""LD205 tells of a step up as a question, and no other rule alarms about it."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.rules.ld103_train_loss_regression import TrainLossRegression
from lossdoc.rules.ld205_level_shift import LevelShift

SEEDS = range(10)


def curriculum(seed, *, validated=True, back=0.4):
    """Easy samples for 120 steps, down to 0.02; then all of them, from 0.8 down to ``back``."""
    rng = np.random.default_rng(seed)
    t = np.arange(480) / 480
    easy = 0.02 + 2.0 * np.exp(-np.arange(120) / 15)
    harder = back + (0.8 - back) * np.exp(-t / 0.3)
    columns = {"train_loss": curves.noisy(rng, np.concatenate((easy, harder)), 0.2)}
    if validated:
        columns["val_loss"] = curves.noisy(rng, 0.3 + 1.7 * np.exp(-np.arange(600) / 150), 0.01)
    return curves.build(columns, every=20)


def alarms(run):
    return [f.code for f in diagnose(run) if f.severity > Severity.NOTE]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("validated", [True, False])
def test_a_curriculum_is_asked_about_and_alarms_nobody(seed, validated):
    run = curriculum(seed, validated=validated, back=0.05 if not validated else 0.4)

    found = [f for f in diagnose(run) if f.code == LevelShift.code]

    assert alarms(run) == []
    assert [f.onset.step for f in found] == [121]
    assert "did the data" in found[0].message
    assert found[0].prescriptions == ()


def test_a_step_that_validation_shares_is_damage():
    """The same training loss, but the validation loss steps up with it and stays there."""
    run = curriculum(0)
    val = run.series[1]
    val.values[val.steps > 120] = 1.5

    diagnosis = diagnose(run)

    assert LevelShift.code not in {f.code for f in diagnosis}
    assert alarms(run) != []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_stays_above_its_best_after_a_step_has_not_climbed(seed):
    """Half of the step is made good and no more: judged from the step on, nothing was lost."""
    run = curriculum(seed, validated=False, back=0.2)
    codes = {f.code for f in diagnose(run)}

    assert LevelShift.code in codes
    assert TrainLossRegression.code not in codes
