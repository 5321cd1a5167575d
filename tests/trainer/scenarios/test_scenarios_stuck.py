"""Every stuck run shows what it says on new seeds, and gets on once its cause is taken away."""

import numpy as np
import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.models import MLP
from lossdoc.trainer.scenarios.stuck import SCENARIOS

torch.set_num_threads(1)

SEEDS = (2000, 2001)
"""Neither the seeds of the tuning nor those of its check."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

MENDED = {
    "plateau-low-rate": {"lr": 0.05},
    "plateau-dead-relu": {"model": MLP(depth=2)},
    "plateau-saturated-sigmoid": {"model": MLP(depth=3, activation="tanh", init="lecun")},
    "plateau-small-init": {"model": MLP(depth=3)},
    "plateau-weight-decay": {"weight_decay": 1e-4},
    "vanishing-gradient": {"model": MLP(width=32, depth=20, norm="layer", residual=True)},
    "slow-convergence-sgd": {"lr": 0.05},
    "slow-convergence-adam": {"lr": 0.003},
    "underfitting-capacity": {"model": MLP()},
    "underfitting-linear-spirals": {"model": MLP(depth=2)},
    "underfitting-weight-decay": {"weight_decay": 1e-4},
}


@pytest.fixture(scope="module")
def logs():
    """Logs by scenario: those of both seeds, and a mended one."""
    configs = {
        name: [*scenario.configs(SEEDS), scenario.config.replace(seed=SEEDS[0], **MENDED[name])]
        for name, scenario in BY_NAME.items()
    }
    flat = run_batch([config for three in configs.values() for config in three])
    return {name: flat[3 * i : 3 * i + 3] for i, name in enumerate(configs)}


@pytest.mark.parametrize("name", BY_NAME)
class TestStuckRuns:
    def test_show_on_new_seeds(self, logs, name):
        assert [BY_NAME[name].oracle(log) for log in logs[name][:2]] == [True, True]

    def test_get_on_without_their_cause(self, logs, name):
        assert not BY_NAME[name].oracle(logs[name][2])
        assert logs[name][2]["val_loss"][-1] < 0.8 * logs[name][0]["val_loss"][-1]


PLATEAUS = [name for name in BY_NAME if name.startswith(("plateau", "vanishing"))]


@pytest.mark.parametrize("name", PLATEAUS)
def test_plateaus_answer_by_chance(logs, name):
    assert np.median(logs[name][0]["train_acc"]) < 0.25


@pytest.mark.parametrize("name", PLATEAUS[1:])
def test_a_higher_rate_does_not_mend_what_gets_no_gradient(logs, name):
    config = BY_NAME[name].config
    (faster,) = run_batch([config.replace(seed=SEEDS[0], lr=3.0 * config.lr)])

    assert BY_NAME[name].oracle(faster)


def test_plateaus_tell_their_cause_by_their_first_layer(logs):
    first = {name: np.median(logs[name][0]["grad_norm_first"]) for name in PLATEAUS}

    assert first["plateau-low-rate"] > 0.1
    assert first["plateau-dead-relu"] == 0.0
    assert all(0.0 < first[name] < 1e-6 for name in PLATEAUS[2:])
