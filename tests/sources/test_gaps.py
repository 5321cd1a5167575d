"""NaN that a writer left as empty cells."""

import numpy as np
import pytest

from lossdoc.model import Channel
from lossdoc.sources.frames import run_from_mapping


def emptied(n, at):
    """A falling loss that is empty from row ``at`` (from 0) on."""
    return [2 - i / n if i < at else None for i in range(n)]


def train_loss(**columns):
    run = run_from_mapping(columns)
    return run[Channel.TRAIN_LOSS], [issue.kind for issue in run.issues]


def test_a_loss_that_goes_empty_beside_a_rate_that_goes_on_is_nan():
    loss, issues = train_loss(step=np.arange(20), loss=emptied(20, 12), lr=np.ones(20))

    assert np.isnan(loss.values).tolist() == [False] * 12 + [True] * 8
    assert issues == ["emptied-cells"]


def test_a_bare_counter_is_a_witness_too():
    loss, _ = train_loss(epoch=np.arange(20), loss=emptied(20, 12))

    assert np.isnan(loss.values).sum() == 8


@pytest.mark.parametrize(
    "columns",
    [
        {"step": np.arange(20), "loss": emptied(20, 18), "lr": np.ones(20)},  # two last rows
        # evaluations go on after the training: another kind of row
        {
            "step": np.arange(20),
            "loss": emptied(20, 12),
            "val_loss": [None] * 12 + [1.0] * 8,
        },
        # a part of the loss was switched off
        {"step": np.arange(20), "loss": np.ones(20), "aux_loss": emptied(20, 12)},
        # a loss of every other row
        {"step": np.arange(20), "loss": [1.0, None] * 5 + [None] * 10, "lr": np.ones(20)},
    ],
)
def test_other_gaps_are_gaps(columns):
    run = run_from_mapping(columns)

    assert not run.issues
    assert not any(np.isnan(series.values).any() for series in run.series)


def test_series_with_steps_of_their_own_have_no_cells():
    loss, issues = train_loss(loss=([0, 1, 2], [3, 2, 1]), lr=(np.arange(9), np.ones(9)))

    assert len(loss) == 3
    assert issues == []
