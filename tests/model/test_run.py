"""Runs: channels, segments, and the table."""

import numpy as np
import pytest

from lossdoc.model import Channel, LogIssue, Run, Series


def series(channel, name, steps, rows=None, values=None) -> Series:
    steps = np.asarray(steps, dtype=float)
    return Series(
        channel,
        name,
        steps,
        np.asarray(steps if values is None else values, dtype=float),
        np.arange(1, len(steps) + 1) if rows is None else np.asarray(rows),
    )


def two_executions() -> Run:
    train = series(Channel.TRAIN_LOSS, "loss", [0, 1, 2, 0, 1], rows=[2, 3, 5, 7, 8])
    val = series(Channel.VAL_LOSS, "val_loss", [2, 1], rows=[6, 9])
    return Run("x.csv", "csv", (train, val), restarts=(7,))


def test_the_first_series_of_a_channel_is_the_principal_one():
    one, two = (series(Channel.TRAIN_COMPONENT, n, [0, 1]) for n in ("box", "cls"))
    run = Run("x", "csv", (one, two))

    assert run[Channel.TRAIN_COMPONENT] is run.get(Channel.TRAIN_COMPONENT) is one
    assert run.all(Channel.TRAIN_COMPONENT) == (one, two)
    assert Channel.TRAIN_LOSS not in run
    assert run.get(Channel.TRAIN_LOSS) is None
    assert run.all(Channel.TRAIN_LOSS) == ()
    with pytest.raises(KeyError):
        run[Channel.TRAIN_LOSS]


def test_a_run_without_restarts_is_its_own_segment():
    run = Run("x", "csv", (series(Channel.TRAIN_LOSS, "loss", [0, 1]),))

    assert run.segments() == (run,)


def test_a_restart_cuts_every_series_at_its_row():
    first, second = two_executions().segments()

    assert [s.name for s in first.series] == ["loss", "val_loss"]
    assert list(first[Channel.TRAIN_LOSS].rows) == [2, 3, 5]
    assert list(first[Channel.VAL_LOSS].rows) == [6]
    assert list(second[Channel.TRAIN_LOSS].steps) == [0, 1]
    assert list(second[Channel.VAL_LOSS].rows) == [9]
    assert second.restarts == ()


def test_a_segment_leaves_out_series_that_it_has_not():
    train = series(Channel.TRAIN_LOSS, "loss", [0, 1, 0, 1], rows=[1, 2, 3, 4])
    val = series(Channel.VAL_LOSS, "val_loss", [1], rows=[4])
    first, second = Run("x", "csv", (train, val), restarts=(3,)).segments()

    assert Channel.VAL_LOSS not in first
    assert Channel.VAL_LOSS in second


def test_the_table_is_long_and_keeps_nan():
    values = [1.0, np.nan, 0.5]
    frame = Run(
        "x", "csv", (series(Channel.TRAIN_LOSS, "loss", [0, 1, 2], values=values),)
    ).to_frame()

    assert list(frame.columns) == ["channel", "name", "step", "value", "row"]
    assert frame["value"].isna().sum() == 1
    assert len(Run("x", "csv", ()).to_frame()) == 0


def test_everything_is_frozen():
    run = two_executions()

    with pytest.raises(AttributeError):
        run.path = "y"
    with pytest.raises(AttributeError):
        run[Channel.TRAIN_LOSS].name = "y"
    with pytest.raises(AttributeError):
        LogIssue("torn-tail", "").count = 2
