"""Runs of what is in memory."""

import numpy as np
import pytest

from lossdoc.errors import NoUsableMetric, UsageError
from lossdoc.model import Channel
from lossdoc.sources.frames import run_from_frame, run_from_mapping

pd = pytest.importorskip("pandas")
NAN = float("nan")


def test_a_frame():
    run = run_from_frame(pd.DataFrame({"step": [1, 2], "loss": [2.0, 1.0], "host": ["a", "b"]}))

    assert run.format == "frame"
    assert run[Channel.TRAIN_LOSS].values.tolist() == [2.0, 1.0]


def test_in_a_sparse_column_nan_means_not_logged():
    frame = pd.DataFrame(
        {"step": range(9), "loss": np.ones(9), "val_loss": [NAN, NAN, 3.0] * 2 + [NAN, NAN, 1.0]}
    )

    assert run_from_frame(frame)[Channel.VAL_LOSS].steps.tolist() == [2, 5, 8]


def test_in_a_dense_column_nan_is_a_value():
    frame = pd.DataFrame({"step": range(6), "loss": [3.0, 2.0, NAN, 1.0, NAN, NAN]})

    assert np.isnan(run_from_frame(frame)[Channel.TRAIN_LOSS].values).sum() == 3


def test_a_dense_column_that_begins_later_was_not_logged_before():
    frame = pd.DataFrame({"step": range(6), "loss": np.ones(6), "val_loss": [NAN, NAN, 4, 3, 2, 1]})

    assert run_from_frame(frame)[Channel.VAL_LOSS].steps.tolist() == [2, 3, 4, 5]


def test_an_empty_column_is_left_out_unless_it_is_the_only_loss():
    beside = pd.DataFrame({"step": range(4), "loss": np.ones(4), "val_loss": [NAN] * 4})
    alone = pd.DataFrame({"step": range(4), "loss": [NAN] * 4})

    assert Channel.VAL_LOSS not in run_from_frame(beside)
    assert np.isnan(run_from_frame(alone)[Channel.TRAIN_LOSS].values).all()


def test_an_empty_frame_holds_no_rows():
    with pytest.raises(NoUsableMetric, match="no data rows"):
        run_from_frame(pd.DataFrame({"loss": []}))


def test_none_is_missing_and_nan_is_a_value():
    run = run_from_mapping({"loss": [2.0, None, NAN, 1.0]})

    assert run[Channel.TRAIN_LOSS].rows.tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"loss": ([1, 2], [1.0])}, "2 steps for 1 values"),
        ({"loss": [[1, 2], [3, 4]]}, "one dimension"),
        ({"loss": 2.0}, "one dimension"),
        ({"loss": ["low", "high"]}, "loss: not all of it are numbers: .*'low'"),
        ({"loss": [3, 2, 1], "val_loss": [3, 2]}, "different lengths"),
    ],
)
def test_arrays_that_do_not_fit(given, message):
    with pytest.raises(UsageError, match=message):
        run_from_mapping(given)


def test_an_index_that_counts_steps_is_a_column():
    by_step = pd.DataFrame({"loss": [3.0, 2.0, 1.0]}, index=pd.Index([10, 20, 30], name="step"))
    nameless = pd.DataFrame({"loss": [3.0, 2.0, 1.0]}, index=[10, 20, 30])
    named = nameless.rename_axis("tick")

    assert run_from_frame(by_step)[Channel.TRAIN_LOSS].steps.tolist() == [10, 20, 30]
    assert run_from_frame(nameless).axis == "row"
    assert run_from_frame(named).axis == "row"
    told = run_from_frame(named, step_column="tick")
    assert told[Channel.TRAIN_LOSS].steps.tolist() == [10, 20, 30]


def test_a_column_goes_before_an_index_of_the_same_name():
    frame = pd.DataFrame({"step": [1, 2], "loss": [2.0, 1.0]}, index=pd.Index([8, 9], name="step"))

    assert run_from_frame(frame)[Channel.TRAIN_LOSS].steps.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", ["object", "string", "Float64", "float32"])
def test_numbers_are_numbers_however_a_frame_holds_them(dtype):
    frame = pd.DataFrame({"loss": pd.Series(["3", "2", "NaN", "1"], dtype="object")})
    frame["loss"] = frame["loss"].astype("float64" if "loat" in dtype else "object").astype(dtype)
    frame["host"] = ["a", "b", "c", "d"]
    frame["weights"] = [[1], [2], [3], [4]]

    run = run_from_frame(frame)

    assert [s.name for s in run.series] == ["loss"]
    assert run[Channel.TRAIN_LOSS].values[[0, 1, 3]].tolist() == [3, 2, 1]


def test_two_columns_of_one_name_are_not_mixed_up():
    frame = pd.DataFrame([[3.0, 2.0], [2.0, 1.0]], columns=["loss", "loss"])

    with pytest.raises(UsageError, match="two columns of the frame have the name 'loss'"):
        run_from_frame(frame)


def test_names_that_are_no_text_are_written_as_text():
    assert run_from_mapping({"loss": [2.0, 1.0], 0: [1, 2]})[Channel.TRAIN_LOSS].name == "loss"
    columns = pd.MultiIndex.from_tuples([("train", "loss"), ("val", "loss")])
    frame = pd.DataFrame(np.ones((5, 2)), columns=columns)
    assert Channel.VAL_LOSS in run_from_frame(frame)
