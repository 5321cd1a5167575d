"""A stopped job goes on from its checkpoint as if nothing had happened."""

import numpy as np
import pytest
import torch

from lossdoc.errors import UsageError
from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.config import Interruption, LossScale, Recovery, TrainConfig
from lossdoc.trainer.models import MLP
from lossdoc.trainer.schedules import Cosine, ReduceOnPlateau
from lossdoc.trainer.tasks import Digits

torch.set_num_threads(1)

CONFIG = TrainConfig(task=Digits(n_train=320), steps=40, lr=0.05, eval_every=5)

SETTINGS = {
    "momentum": {"momentum": 0.9, "schedule": Cosine()},
    "adam": {"optimizer": "adam", "lr": 1e-3},
    "dropout": {"model": MLP(dropout=0.4)},
    "averaged weights": {"ema_decay": 0.9},
    "loss scale": {"loss_scale": LossScale(initial=1e7, growth_interval=3)},
    "recovery": {"recovery": Recovery(factor=1.2, snapshot_every=4)},
    "early stopping": {"early_stopping": 4, "lr": 2.0},
    "reduce on plateau": {"schedule": ReduceOnPlateau(patience=0), "lr": 1.0},
    "interruption": {"interruption": Interruption(after=30, checkpoint=15)},
}


class Killed(Exception):  # noqa: N818 - reads as what it is
    """The job dies."""


def stopped_at(update, configs, path, **settings):
    """Train until some update of the first run, and die."""
    heard = []

    def sink(i, rows):
        if i == 0:
            heard.extend(rows)
            if len(heard) >= update:
                raise Killed

    with pytest.raises(Killed):
        run_batch(configs, sink=sink, checkpoint=path, checkpoint_every=10, **settings)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_log_goes_on_as_that_of_a_run_that_was_not_stopped(settings, tmp_path):
    configs = [CONFIG.replace(seed=seed, **settings) for seed in (0, 1)]
    path = tmp_path / "runs.ckpt"
    stopped_at(24, configs, path)
    tail = []

    resumed = run_batch(
        configs, checkpoint=path, resume=True, sink=lambda i, rows: tail.append((i, rows))
    )

    for log, whole in zip(resumed, run_batch(configs), strict=True):
        assert log.names == whole.names
        for name in set(log.names) - {"wall_time"}:
            assert np.array_equal(log[name], whole[name], equal_nan=True), name
    # Only what was not logged before comes again.
    told = [row for i, rows in tail if i == 0 for row in rows]
    assert told == list(resumed[0].rows())[20:]


def test_the_clock_goes_on(tmp_path):
    stopped_at(24, [CONFIG], tmp_path / "c")
    log = run_batch([CONFIG], checkpoint=tmp_path / "c", resume=True)[0]

    assert (np.diff(log["wall_time"]) > 0).all()


def test_every_chunk_has_its_own_file_and_none_is_left_at_the_end(tmp_path):
    configs = [CONFIG.replace(seed=seed) for seed in (0, 1)]
    seen = set()
    run_batch(
        configs,
        chunk_size=1,
        checkpoint=tmp_path / "c",
        checkpoint_every=10,
        progress=lambda *_: seen.update(p.name for p in tmp_path.iterdir()),
    )

    assert seen == {"c", "c.1"}
    assert list(tmp_path.iterdir()) == []


def test_a_chunk_that_was_finished_is_not_trained_again(tmp_path):
    configs = [CONFIG.replace(seed=seed) for seed in (0, 1)]
    heard = []

    def die_in_the_second(i, rows):
        heard.append(i)
        if i == 1:
            raise Killed

    with pytest.raises(Killed):
        run_batch(configs, chunk_size=1, sink=die_in_the_second, checkpoint=tmp_path / "c")
    heard.clear()
    logs = run_batch(
        configs,
        chunk_size=1,
        sink=lambda i, rows: heard.append(i),
        checkpoint=tmp_path / "c",
        resume=True,
    )

    assert set(heard) == {1}
    assert [len(log) for log in logs] == [40, 40]


def test_without_a_checkpoint_a_job_starts_at_the_beginning(tmp_path):
    log = run_batch([CONFIG], checkpoint=tmp_path / "none", resume=True)[0]

    assert len(log) == CONFIG.steps


def test_the_checkpoint_of_other_runs_is_refused(tmp_path):
    stopped_at(24, [CONFIG], tmp_path / "c")

    with pytest.raises(UsageError, match="other runs") as caught:
        run_batch([CONFIG.replace(lr=0.1)], checkpoint=tmp_path / "c", resume=True)

    assert "same command" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 torn"])
def test_a_broken_file_is_named(content, tmp_path):
    path = tmp_path / "c"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="no checkpoint of lossdoc"):
        run_batch([CONFIG], checkpoint=path, resume=True)
