"""Every healthy run learns on a new seed, and is told from one that hardly does."""

import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.scenarios.healthy import SCENARIOS, learned
from lossdoc.trainer.tasks import Digits

torch.set_num_threads(1)

SEED = 2000
"""Neither of the seeds of the tuning nor of those of its check."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

OVERFITTING = TrainConfig(
    task=Digits(n_train=100, label_noise=0.2), optimizer="adam", lr=3e-3, steps=400
)


@pytest.fixture(scope="module")
def logs():
    """Log of each scenario by its name; beside it a short one at a thousandth of its rate."""
    healthy = [scenario.config.replace(seed=SEED) for scenario in SCENARIOS]
    dull = [config.replace(lr=1e-3 * config.lr, steps=60) for config in healthy]
    flat = run_batch(healthy + dull)
    return dict(
        zip(BY_NAME, zip(flat[: len(healthy)], flat[len(healthy) :], strict=True), strict=True)
    )


@pytest.mark.parametrize("name", BY_NAME)
class TestHealthyRuns:
    def test_learn_on_a_new_seed(self, logs, name):
        assert BY_NAME[name].oracle(logs[name][0])

    def test_do_not_learn_at_a_thousandth_of_the_rate(self, logs, name):
        assert not BY_NAME[name].oracle(logs[name][1])


class TestLearned:
    def test_a_rising_validation_loss_is_not_healthy_whatever_the_level(self):
        log = run_batch([OVERFITTING])[0]

        assert not learned(level=10.0)(log)
        assert learned(level=10.0, rise=10.0)(log)

    def test_a_level_can_be_a_multiple_of_what_is_known_of_the_data(self, logs):
        log = logs["healthy-mixture-momentum"][0]

        assert learned(1.3, "bayes_floor")(log)
        assert not learned(0.9, "bayes_floor")(log)


def test_together_they_use_every_optimizer_and_kind_of_network():
    configs = [scenario.config for scenario in SCENARIOS]

    assert {c.optimizer for c in configs} == {"sgd", "adagrad", "rmsprop", "adam", "adamw"}
    assert {type(c.model).__name__ for c in configs} == {"MLP", "CNN", "RNN", "GPT"}
    assert {c.batch_size for c in configs} > {None, 1, 64}
    assert any(c.momentum and not c.nesterov for c in configs)
    assert any(c.nesterov for c in configs)
