"""The log of a run: columns, rows, and what lossdoc makes of it."""

import numpy as np
import pytest

from lossdoc.model import Channel
from lossdoc.trainer.config import MLP, Mixture, TrainConfig
from lossdoc.trainer.log import COLUMNS, RunLog, describe, facts_of

CONFIG = TrainConfig(task=Mixture(n_train=200, n_val=50), model=MLP(width=4), batch_size=32)


def made(steps, config=CONFIG, **columns):
    """A log with a falling loss that is validated every fourth step."""
    steps = np.asarray(steps, dtype=np.float64)
    evaluated = steps % 4 == 0
    loss = 1.0 + np.exp(-steps / 20)
    given = {"step": steps, "train_loss": loss, "val_loss": np.where(evaluated, loss, np.nan)}
    return RunLog(config, given | columns, evaluated)


def test_columns_stand_in_the_order_of_the_log_whatever_order_they_are_given_in():
    steps = np.arange(1.0, 9.0)
    log = made(steps, wall_time=steps, lr=steps, epoch=steps)

    assert log.names == ("step", "epoch", "train_loss", "val_loss", "lr", "wall_time")
    assert set(log.names) <= set(COLUMNS)
    assert "lr" in log
    assert "grad_norm" not in log
    assert len(log) == 8


def test_a_row_tells_what_was_not_measured_from_what_was_measured_as_nan():
    lr = np.full(8, 0.1)
    log = made(np.arange(1, 9), lr=lr)
    log["val_loss"][7] = np.nan
    log["train_loss"][0] = np.nan

    rows = list(log.rows())

    assert np.isnan(rows[0]["train_loss"])
    assert rows[0]["val_loss"] is None
    assert rows[3]["val_loss"] == log["val_loss"][3]
    assert np.isnan(rows[7]["val_loss"])
    assert [row["step"] for row in rows] == list(range(1, 9))


def test_a_run_has_the_measured_values_at_their_steps():
    log = made(np.arange(1, 101), lr=np.full(100, 0.1))
    log["val_loss"][99] = np.nan

    run = log.run()

    assert np.array_equal(run[Channel.TRAIN_LOSS].values, log["train_loss"])
    assert list(run[Channel.VAL_LOSS].steps) == list(range(4, 101, 4))
    assert np.isnan(run[Channel.VAL_LOSS].values[-1])
    assert Channel.LEARNING_RATE in run


def test_a_run_knows_the_hyper_parameters_that_are_in_use():
    config = CONFIG.replace(
        optimizer="adamw", weight_decay=0.01, clip_grad_norm=2.0, steps=100, batch_size=None
    )
    known = dict(made(np.arange(1, 101), config).run().context)

    assert known == {
        "learning_rate": config.lr,
        "optimizer": "adamw",
        "momentum": 0.0,
        "weight_decay": 0.01,
        "clip_grad_norm": 2.0,
        "total_steps": 100,
    }


def test_a_job_that_went_on_from_a_checkpoint_is_seen_as_such():
    run = made([*range(1, 61), *range(41, 101)]).run()

    assert run.resumes == (41.0,)
    assert len(run[Channel.TRAIN_LOSS]) == 100


def test_the_metadata_make_the_run_again():
    told = made(np.arange(1, 9)).metadata

    assert TrainConfig.from_dict(told["config"]) == CONFIG
    assert {"lossdoc", "python", "numpy"} <= set(told["versions"])


@pytest.mark.parametrize(("batch_size", "steps"), [(32, 6), (None, 1), (1000, 1)])
def test_the_facts_tell_chance_and_the_steps_of_an_epoch(batch_size, steps):
    data = CONFIG.task.make(0)
    facts = facts_of(CONFIG.replace(batch_size=batch_size))

    assert facts["chance"] == data.chance
    assert facts["n_train"] == 200
    assert facts["steps_per_epoch"] == steps
    assert facts.items() >= data.facts.items()
    assert describe(CONFIG, facts)["data"] == facts
