"""Where every value stands on the x axis, whatever the log counts."""

import numpy as np
import pytest

from lossdoc.errors import AmbiguousMetric
from lossdoc.model import Channel
from lossdoc.sources.frames import run_from_mapping


def steps(run, channel=Channel.TRAIN_LOSS):
    return run[channel].steps.tolist()


def loss(n):
    return np.linspace(2, 1, n)


# ---- which column counts


@pytest.mark.parametrize(
    ("columns", "axis", "first"),
    [
        ({"step": [10, 20, 30]}, "step", 10),
        ({"epoch": [0, 1, 2], "global_step": [5, 10, 15]}, "step", 5),
        ({"epoch": [0, 1, 2]}, "epoch", 0),
        ({"epoch": [0.1, 0.2, 0.3]}, "epoch", 0.1),
        ({"tokens": [1e6, 2e6, 3e6]}, "tokens", 1e6),
        ({"tokens": [930, 3070, 812], "step": [0, 1, 2]}, "step", 0),
        ({"total_steps": [100, 100, 100], "current_steps": [5, 10, 15]}, "step", 5),
        ({"step": [7, 7, 7], "epoch": [1, 2, 3]}, "epoch", 1),
        ({"epoch": [0, 0, 0]}, "row", 1),
        ({}, "row", 1),
    ],
)
def test_choice(columns, axis, first):
    run = run_from_mapping({**columns, "loss": loss(3)})

    assert run.axis == axis
    assert steps(run)[0] == first


def test_the_user_names_the_column():
    run = run_from_mapping(
        {"step": [1, 2, 3], "position": [10, 20, 30], "loss": loss(3)}, step_column="position"
    )

    assert steps(run) == [10, 20, 30]


def test_a_named_column_must_exist():
    with pytest.raises(AmbiguousMetric, match="'tick'"):
        run_from_mapping({"step": [1, 2, 3], "loss": loss(3)}, step_column="tick")


# ---- rows without a step


def test_a_row_without_a_step_stands_where_the_log_was():
    run = run_from_mapping(
        {
            "step": [10, 20, None, 30, 40, None],
            "epoch": [None, None, 1, None, None, 2],
            "loss": [4, 3, None, 2, 1, None],
            "val_loss": [None, None, 3.5, None, None, 1.5],
        }
    )

    assert steps(run, Channel.VAL_LOSS) == [20, 40]


def test_evaluations_after_all_training_rows_are_placed_by_their_epoch():
    training = 12
    run = run_from_mapping(
        {
            "step": [*range(1, training + 1), *[None] * 4],
            "epoch": [*np.repeat([1, 2, 3, 4], 3), 1, 2, 3, 4],
            "loss": [*loss(training), *[None] * 4],
            "val_loss": [*[None] * training, 4, 3, 2, 1],
        }
    )

    assert steps(run, Channel.VAL_LOSS) == [3, 6, 9, 12]


def test_evaluations_that_count_epochs_in_the_step_column_stand_where_the_log_was():
    run = run_from_mapping(
        {
            "step": [50, 100, 1, 150, 200, 2, 250, 300, 3],
            "loss": [6, 5, None, 4, 3, None, 2, 1, None],
            "val_loss": [None, None, 6, None, None, 4, None, None, 2],
        }
    )

    assert run.restarts == ()
    assert steps(run, Channel.VAL_LOSS) == [100, 200, 300]


# ---- counters within an epoch


def test_a_counter_that_restarts_every_epoch_becomes_one_axis():
    run = run_from_mapping(
        {
            "epoch": np.repeat([1, 2, 3], 4),
            "iter": np.tile([50, 100, 150, 200], 3),
            "loss": loss(12),
        }
    )

    assert steps(run) == list(range(50, 601, 50))
    assert run.restarts == ()


def test_batches_that_begin_anew_with_every_epoch_need_no_epoch_column():
    run = run_from_mapping({"batch": np.tile([0, 10, 20, 30], 5), "loss": loss(20)})

    assert steps(run) == list(range(0, 200, 10))
    assert run.restarts == ()


def test_equal_runs_that_begin_anew_are_appended_runs():
    run = run_from_mapping({"iter": np.tile([0, 10, 20, 30], 5), "loss": np.tile(loss(4), 5)})

    assert len(run.restarts) == 4


def test_appended_runs_with_a_counter_per_epoch_restart_once():
    once = {"epoch": np.repeat([1, 2, 3], 4), "iter": np.tile([1, 2, 3, 4], 3)}
    run = run_from_mapping({**{k: np.tile(v, 2) for k, v in once.items()}, "loss": loss(24)})

    assert run.restarts == (13,)
    assert [steps(part) for part in run.segments()] == [list(range(1, 13))] * 2


# ---- several values per step, steps of their own


def test_batches_logged_under_the_number_of_their_epoch_are_spread():
    run = run_from_mapping({"epoch": np.repeat([0, 1, 2], 4), "loss": loss(12)})

    assert steps(run) == [i / 4 for i in range(12)]


def test_series_with_steps_of_their_own_keep_them():
    run = run_from_mapping({"loss": ([0, 10, 20], loss(3)), "val_loss": ([5, 15], loss(2))})

    assert steps(run) == [0, 10, 20]
    assert steps(run, Channel.VAL_LOSS) == [5, 15]


def test_a_series_that_counts_epochs_is_stretched_onto_the_steps():
    run = run_from_mapping(
        {"loss": (np.arange(0, 1000, 10), loss(100)), "val_loss": ([0, 1, 2, 3], loss(4))}
    )

    assert np.allclose(steps(run, Channel.VAL_LOSS), np.array([1, 2, 3, 4]) / 4 * 990)
    assert any("stretched" in line for line in run.why)


def test_epochs_and_times_are_kept_beside_the_steps():
    run = run_from_mapping(
        {"step": [1, 2, 3], "epoch": [0.1, 0.2, 0.3], "train_time_ms": [5, 10, 15], "loss": loss(3)}
    )

    assert run[Channel.EPOCH].values.tolist() == [0.1, 0.2, 0.3]
    assert run[Channel.WALL_TIME].values.tolist() == [0.005, 0.010, 0.015]


def test_durations_of_single_steps_are_no_clock():
    run = run_from_mapping({"step": [1, 2, 3, 4], "time": [5.0, 4.8, 5.1, 4.9], "loss": loss(4)})

    assert Channel.WALL_TIME not in run
