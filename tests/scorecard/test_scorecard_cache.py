"""Logs are trained once, and come back as they were."""

import dataclasses

import numpy as np
import pytest
import torch
from scorecard_samples import FAULT

from lossdoc.errors import UsageError
from lossdoc.scorecard.cache import logs_of
from lossdoc.scorecard.judging import judge

torch.set_num_threads(1)


@pytest.fixture
def trained(monkeypatch):
    """Seeds that were trained, in order."""
    from lossdoc.trainer import batch

    seeds, run_batch = [], batch.run_batch

    def counting(configs, **rest):
        seeds.extend(config.seed for config in configs)
        return run_batch(configs, **rest)

    monkeypatch.setattr(batch, "run_batch", counting)
    return seeds


def test_a_log_comes_back_as_it_was(tmp_path):
    (new,) = logs_of(FAULT, [3], tmp_path, "cpu")
    (old,) = logs_of(FAULT, [3], tmp_path, "cpu", train=False)

    assert old.config == new.config
    assert old.names == new.names
    assert all(np.array_equal(old[name], new[name], equal_nan=True) for name in new.names)
    assert np.array_equal(old.evaluated, new.evaluated)
    assert dict(old.facts) == dict(new.facts)
    assert judge(old.run()) == judge(new.run())


def test_only_what_is_missing_is_trained(tmp_path, trained):
    logs_of(FAULT, [1, 2], tmp_path, "cpu")
    logs = logs_of(FAULT, [0, 1, 2, 3], tmp_path, "cpu")

    assert trained == [1, 2, 0, 3]
    assert [log.config.seed for log in logs] == [0, 1, 2, 3]


def test_a_recipe_that_was_changed_is_trained_again(tmp_path, trained):
    logs_of(FAULT, [1], tmp_path, "cpu")
    logs_of(dataclasses.replace(FAULT, config=FAULT.config.replace(lr=1.2)), [1], tmp_path, "cpu")

    assert trained == [1, 1]


def test_without_a_folder_nothing_is_kept(trained):
    logs_of(FAULT, [1], None, "cpu")
    logs_of(FAULT, [1], None, "cpu")

    assert trained == [1, 1]


def test_what_may_not_be_trained_must_be_there(tmp_path):
    with pytest.raises(UsageError, match="holds no log of grows, seed 1"):
        logs_of(FAULT, [1], tmp_path, train=False)
