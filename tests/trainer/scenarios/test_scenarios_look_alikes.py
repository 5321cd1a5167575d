"""Every look-alike looks so on a new seed, and does not once what makes it look so is gone."""

import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.config import LossScale
from lossdoc.trainer.models import MLP
from lossdoc.trainer.scenarios import FAMILIES
from lossdoc.trainer.schedules import Constant
from lossdoc.trainer.tasks import Digits, Mixture

torch.set_num_threads(1)

SEED = 2000
"""Neither of the seeds of the tuning nor of those of its check."""

SCENARIOS = FAMILIES["Look-alikes"]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

PLAIN = {
    "early-plateau": {"model": MLP(depth=3, activation="identity", init="xavier", gain=0.7)},
    "bayes-floor": {"task": Mixture(spread=1.5)},
    "val-below-train-dropout": {"model": MLP(width=128, depth=2)},
    "val-below-train": {"task": Digits()},
    "grokking": {"weight_decay": 0.0, "steps": 350},
    "sawtooth-sorted": {"order": "shuffled"},
    "sawtooth-fixed": {"order": "shuffled"},
    "noisy-small-batches": {"batch_size": 64},
    "noisy-small-batches-floor": {"batch_size": 64},
    "curriculum-switch": {"curriculum": None},
    "curriculum-switch-floor": {"curriculum": None},
    "resumed-run": {"interruption": None},
    "warm-up-hump": {"lr": 0.02},
    "step-decay-drops": {"schedule": Constant()},
    "label-smoothing": {"label_smoothing": 0.0},
    "ema-weights": {"ema_decay": None},
    "early-stopping": {"early_stopping": None, "steps": 300},
    "loss-scaler": {"loss_scale": LossScale(initial=1024.0)},
}


@pytest.fixture(scope="module")
def logs():
    """Log of each scenario by its name; beside it a plain one."""
    alike = [scenario.config.replace(seed=SEED) for scenario in SCENARIOS]
    plain = [config.replace(**PLAIN[name]) for name, config in zip(BY_NAME, alike, strict=True)]
    flat = run_batch(alike + plain)
    return dict(zip(BY_NAME, zip(flat[: len(alike)], flat[len(alike) :], strict=True), strict=True))


@pytest.mark.parametrize("name", BY_NAME)
class TestLookAlikes:
    def test_look_so_on_a_new_seed(self, logs, name):
        assert BY_NAME[name].oracle(logs[name][0])

    def test_do_not_without_what_makes_them_look_so(self, logs, name):
        assert not BY_NAME[name].oracle(logs[name][1])
