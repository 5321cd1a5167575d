"""Every divergence shows what it says on new seeds, and does not once its cause is taken away."""

import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.config import LossScale
from lossdoc.trainer.models import MLP, RNN
from lossdoc.trainer.scenarios.divergence import SCENARIOS

torch.set_num_threads(1)

SEEDS = (2000, 2001)
"""Neither the seeds of the tuning nor those of its check."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

MENDED = {
    "divergence-sgd": {"lr": 0.05},
    "divergence-cnn": {"lr": 0.03},
    "divergence-adam": {"lr": 0.003},
    "divergence-from-start": {"lr": 0.1},
    "divergence-ramp": {"lr": 0.3},
    "nan-blow-up": {"lr": 0.1},
    "fp16-overflow": {"loss_scale": LossScale(initial=1024.0, growth_interval=25, skip=True)},
    "no-warm-up": {"warmup_steps": 100},
    "exploding-rnn": {"model": RNN(recurrent_gain=1.0)},
    "exploding-deep": {"model": MLP(depth=8)},
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
class TestDivergences:
    def test_show_on_new_seeds(self, logs, name):
        assert [BY_NAME[name].oracle(log) for log in logs[name][:2]] == [True, True]

    def test_go_away_with_their_cause(self, logs, name):
        assert not BY_NAME[name].oracle(logs[name][2])


def test_a_warm_up_does_not_mend_what_diverges_from_the_start():
    scenario = BY_NAME["divergence-from-start"]
    warmed = [config.replace(warmup_steps=100) for config in scenario.configs(SEEDS)]

    for log in run_batch(warmed):
        assert log["train_loss"][-30:].mean() > 2.0
