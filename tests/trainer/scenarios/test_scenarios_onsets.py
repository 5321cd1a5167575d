"""When a fault begins is known from the recipe, or read off the log by plain means."""

import math

import numpy as np
import pytest

from lossdoc.trainer.config import Fault, TrainConfig
from lossdoc.trainer.log import RunLog
from lossdoc.trainer.scenarios import SCENARIOS, onsets
from lossdoc.trainer.tasks import Digits


def log_of(losses, *, val=None, faults=()):
    """Log of some training losses, with a validation loss in every tenth row if there is one."""
    n = len(losses)
    steps = np.arange(1.0, n + 1)
    evaluated = np.zeros(n, dtype=bool) if val is None else steps % 10 == 0
    config = TrainConfig(task=Digits(), lr=0.1, steps=n, faults=faults)
    columns = {"step": steps, "train_loss": np.asarray(losses, dtype=float)}
    if val is not None:
        columns["val_loss"] = np.asarray(val, dtype=float)
    return RunLog(config, columns, evaluated)


FALL = np.geomspace(2.0, 0.1, 100)


def test_a_recipe_knows_its_milestones_and_its_bad_batches():
    spoiled = log_of(FALL, faults=(Fault(first=40, last=42), Fault(first=70, last=70)))

    assert onsets.at(30)(spoiled) == 30
    assert onsets.first_fault(spoiled) == 40


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_the_first_number_that_is_none(value):
    losses = FALL.copy()
    losses[60:] = value

    assert onsets.first_non_finite(log_of(losses)) == 61
    assert math.isnan(onsets.first_non_finite(log_of(FALL)))


def test_a_loss_leaves_its_low_where_it_is_near_it_for_the_last_time():
    losses = np.concatenate((FALL, np.full(100, 2.3)))

    assert onsets.leaves_its_low(log_of(losses)) == 100


def test_a_single_spike_before_it_is_no_departure():
    losses = np.concatenate((FALL, np.full(50, 0.1), np.full(50, math.nan)))
    losses[80] = 50.0

    assert onsets.leaves_its_low(log_of(losses)) == 150


def test_the_lowest_validation_loss_does_not_hang_on_one_value():
    curve = 1.0 + ((np.arange(200) - 120) / 100) ** 2
    curve[19] = 0.5

    assert onsets.lowest_validation(log_of(np.ones(200), val=curve)) == pytest.approx(120, abs=10)


def test_only_faults_begin():
    dated = [scenario for scenario in SCENARIOS.values() if scenario.onset is not None]

    assert len(dated) >= 20
    assert {scenario.kind for scenario in dated} == {"fault"}
