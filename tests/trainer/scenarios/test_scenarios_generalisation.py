"""Overfitting shows on new seeds, and not with more data or at a lower rate."""

import numpy as np
import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.scenarios import measures
from lossdoc.trainer.scenarios.generalisation import SCENARIOS
from lossdoc.trainer.tasks import Digits, Mixture, Text

torch.set_num_threads(1)

SEEDS = (2000, 2001)
"""Neither the seeds of the tuning nor those of its check."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

OPPOSITES = {
    "overfitting-few-samples": {"task": Mixture(n_train=8000)},
    "overfitting-label-noise": {"task": Digits()},
    "generalisation-gap-shuffled-labels": {"task": Digits()},
    "overfitting-gpt": {"task": Text(), "steps": 200},
    "overfitting-fine-tuning": {"lr": 5e-6},
    "fine-tuning-cured": {"lr": 2e-4},
}


@pytest.fixture(scope="module")
def logs():
    """Logs by scenario: those of both seeds, and one that must not show it."""
    configs = {
        name: [*scenario.configs(SEEDS), scenario.config.replace(seed=SEEDS[0], **OPPOSITES[name])]
        for name, scenario in BY_NAME.items()
    }
    flat = run_batch([config for three in configs.values() for config in three])
    return {name: flat[3 * i : 3 * i + 3] for i, name in enumerate(configs)}


@pytest.mark.parametrize("name", BY_NAME)
class TestGeneralisation:
    def test_shows_on_new_seeds(self, logs, name):
        assert [BY_NAME[name].oracle(log) for log in logs[name][:2]] == [True, True]

    def test_is_told_from_its_opposite(self, logs, name):
        assert not BY_NAME[name].oracle(logs[name][2])


class TestFineTuning:
    def test_is_the_classical_one(self):
        fault, cured = BY_NAME["overfitting-fine-tuning"], BY_NAME["fine-tuning-cured"]

        assert (fault.config.lr, cured.config.lr) == (5e-5, 2e-5)
        assert fault.config.task.problem.outputs == 12
        assert fault.config == cured.config.replace(lr=5e-5, schedule=fault.config.schedule)

    @pytest.mark.parametrize("i", [0, 1])
    def test_turns_after_two_to_four_epochs_and_the_cure_does_not(self, logs, i):
        fault, cured = logs["overfitting-fine-tuning"][i], logs["fine-tuning-cured"][i]
        best = np.nanargmin(fault["val_loss"])

        assert 1.5 <= fault["epoch"][best] <= 4.0
        assert measures.val_end(cured) < 1.15 * measures.val_best(fault)
        assert measures.val_end(cured) < 0.95 * measures.val_end(fault)
        assert cured["val_acc"][-1] > fault["val_acc"][-1] + 0.05

    def test_gains_by_its_pretraining(self, logs):
        cured = BY_NAME["fine-tuning-cured"].config.replace(seed=SEEDS[0])
        (scratch,) = run_batch([cured.replace(pretraining=None)])

        assert measures.val_best(scratch) > 1.2 * measures.val_best(logs["fine-tuning-cured"][0])
