"""Every spike and swing shows on new seeds, and does not once its cause is taken away."""

import dataclasses

import numpy as np
import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.config import Fault
from lossdoc.trainer.scenarios.spikes import SCENARIOS, _swings

torch.set_num_threads(1)

SEEDS = (2000, 2001)
"""Neither the seeds of the tuning nor those of its check."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def mended(scenario):
    """The same run with a lower rate, or with nothing wrong about its batches."""
    if scenario.edge is not None:
        return dataclasses.replace(scenario, edge=0.2 * scenario.edge).configs(SEEDS[:1])
    config = scenario.configs(SEEDS[:1])[0]
    if not config.faults:
        return [config.replace(lr=0.1 * config.lr)]
    harmless = tuple(Fault(first=fault.first, last=fault.last) for fault in config.faults)
    return [config.replace(faults=harmless)]


@pytest.fixture(scope="module")
def logs():
    """Logs by scenario: those of both seeds, and a mended one."""
    configs = {name: [*s.configs(SEEDS), *mended(s)] for name, s in BY_NAME.items()}
    flat = run_batch([config for three in configs.values() for config in three])
    return {name: flat[3 * i : 3 * i + 3] for i, name in enumerate(configs)}


@pytest.mark.parametrize("name", BY_NAME)
class TestSpikesAndSwings:
    def test_show_on_new_seeds(self, logs, name):
        assert [BY_NAME[name].oracle(log) for log in logs[name][:2]] == [True, True]

    def test_go_away_with_their_cause(self, logs, name):
        assert not BY_NAME[name].oracle(logs[name][2])


@pytest.mark.parametrize("name", [n for n in BY_NAME if n.startswith("gradient-spike")])
def test_clipping_bounds_what_a_bad_batch_does(logs, name):
    spiked = logs[name][0]
    first = spiked.config.faults[0].first
    clipped = run_batch([spiked.config.replace(clip_grad_norm=2.0)])[0]

    after = slice(first + 1, first + 20)
    assert np.median(clipped["train_loss"][after]) < 0.95 * np.median(spiked["train_loss"][after])


def test_a_short_memory_of_adam_gets_over_the_bad_batches(logs):
    scenario = BY_NAME["loss-spike-lingering"]
    short = run_batch([logs[scenario.name][0].config.replace(beta2=0.95)])[0]

    assert not scenario.oracle(short)


def test_swings_are_rises_by_a_factor_after_a_fall_by_it():
    assert _swings(np.array([1.0, 2.0, 1.0, 2.0]), 1.5) == 2
    assert _swings(np.array([2.0, 1.0, 1.2, 1.0, 1.2]), 1.5) == 0
    assert _swings(np.array([1.0, 2.0, 1.9, 2.1, 4.0]), 1.5) == 1
