"""Settings of a run that no run can have are refused where they are given."""

import math

import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer import SCENARIOS, TrainConfig, run_batch
from lossdoc.trainer.config import Curriculum, Fault, Interruption, LossScale, Recovery
from lossdoc.trainer.models import MLP
from lossdoc.trainer.tasks import LeastSquares

SMALL = TrainConfig(task=LeastSquares(), model=MLP(depth=0), steps=20, batch_size=8)

WRONG = [
    {"steps": 0},
    {"steps": 10**12},
    {"warmup_steps": -1},
    {"batch_size": 0},
    {"batch_size": -5},
    {"seed": -1},
    {"seed": 2**63},
    {"data_seed": -1},
    {"lr": -0.1},
    {"lr": math.inf},
    {"momentum": 5.0},
    {"beta1": 1.0},
    {"beta2": 1.5},
    {"eps": -1e-8},
    {"weight_decay": -1.0},
    {"clip_grad_norm": -1.0},
    {"label_smoothing": 2.0},
    {"ema_decay": 2.0},
    {"early_stopping": 0},
    {"eval_every": 0},
    {"log_every": 0},
]

# The last setting is the wrong one.
WRONG_PARTS = [
    (LossScale, {"initial": -1.0}),
    (LossScale, {"growth": 0.0}),
    (LossScale, {"growth_interval": 0}),
    (LossScale, {"backoff": 0.0}),
    (Recovery, {"factor": 0.0}),
    (Recovery, {"snapshot_every": 0}),
    (Fault, {"last": 2, "first": 0}),
    (Fault, {"first": 1, "last": 2, "inputs": math.nan}),
    (Curriculum, {"until": -1}),
    (Curriculum, {"until": 5, "share": 3.0}),
    (Interruption, {"checkpoint": 0, "after": 0}),
    (Interruption, {"after": 5, "checkpoint": -1}),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_setting_out_of_its_range_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(UsageError, match=f"TrainConfig: {name} must be "):
        SMALL.replace(**wrong)


@pytest.mark.parametrize(("part", "wrong"), WRONG_PARTS)
def test_a_setting_of_a_part_out_of_its_range_is_refused_by_name(part, wrong):
    with pytest.raises(UsageError, match=f"{part.__name__}: {list(wrong)[-1]} must be "):
        part(**wrong)


def test_the_ends_of_the_ranges_are_settings():
    config = SMALL.replace(
        seed=2**63 - 1, data_seed=0, lr=0.0, momentum=1.0, beta1=0.0, beta2=0.0, batch_size=1
    )

    assert TrainConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_settings_of_every_scenario_are_valid(name):
    config = SCENARIOS[name].config

    assert TrainConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(("after", "checkpoint"), [(21, 10), (10, 10), (5, 10)])
def test_a_job_goes_on_only_from_where_it_has_been(after, checkpoint):
    interruption = Interruption(after=after, checkpoint=checkpoint)
    with pytest.raises(UsageError, match=f"die after step {after} and go on from {checkpoint}"):
        run_batch([SMALL.replace(interruption=interruption)])


def test_a_fault_that_outlasts_its_run_ends_with_it():
    forever = Fault(first=15, last=10**15, targets=2.0)
    to_the_end = forever.replace(last=20)

    logs = run_batch([SMALL.replace(faults=(fault,)) for fault in (forever, to_the_end)])

    assert (logs[0]["train_loss"] == logs[1]["train_loss"]).all()


def test_the_largest_seed_trains():
    (log,) = run_batch([SMALL.replace(seed=2**63 - 1)])

    assert len(log["train_loss"]) == 20
