"""Every schedule does harm on new seeds, and one decay over the whole run does better."""

import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.scenarios import measures
from lossdoc.trainer.scenarios.schedule import SCENARIOS
from lossdoc.trainer.schedules import Cosine, Linear

torch.set_num_threads(1)

SEEDS = (2000, 2001)
"""Neither the seeds of the tuning nor those of its check."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

MENDED = {
    "decay-too-early": Cosine(),
    "restart-bump": Cosine(),
    "schedule-wrap": Cosine(),
    "decay-never": Linear(),
    "late-noise-floor": Cosine(),
    "rate-below-zero": Linear(),
}


@pytest.fixture(scope="module")
def logs():
    """Logs of both seeds by scenario, and those of the same runs with one decay."""
    faults = [config for scenario in SCENARIOS for config in scenario.configs(SEEDS)]
    mended = [
        config.replace(schedule=MENDED[name])
        for name, scenario in BY_NAME.items()
        for config in scenario.configs(SEEDS)
    ]
    flat = run_batch(faults + mended)
    n = len(faults)
    return {
        name: (flat[2 * i : 2 * i + 2], flat[n + 2 * i : n + 2 * i + 2])
        for i, name in enumerate(BY_NAME)
    }


@pytest.mark.parametrize("name", BY_NAME)
class TestSchedules:
    def test_do_harm_on_new_seeds(self, logs, name):
        assert [BY_NAME[name].oracle(log) for log in logs[name][0]] == [True, True]

    def test_do_none_with_one_decay_over_the_run(self, logs, name):
        assert [BY_NAME[name].oracle(log) for log in logs[name][1]] == [False, False]

    def test_end_higher_than_with_one_decay(self, logs, name):
        for fault, mended in zip(*logs[name], strict=True):
            assert measures.val_end(mended) < 0.95 * measures.val_end(fault)


def test_a_rate_that_is_low_enough_needs_no_decay():
    config = BY_NAME["late-noise-floor"].config.replace(lr=0.003, seed=SEEDS[0])
    (log,) = run_batch([config])

    assert not BY_NAME["late-noise-floor"].oracle(log)
