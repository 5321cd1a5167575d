"""MLflow's file store: one file per metric, lines of timestamp, value and step."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossdoc.errors import UnreadableLog
from lossdoc.sources import mlflow
from lossdoc.sources.base import Source

T0 = 1_742_520_089_000
"""Milliseconds."""


def points(values, *, start=0, every=10):
    return "".join(f"{T0 + 1000 * i} {v} {i * every}\n" for i, v in enumerate(values, start))


def make_run(folder, metrics, params=(), tags=()):
    """Write a run as MLflow does; names with slashes are folders."""
    groups = {"metrics": metrics, "params": dict(params), "tags": dict(tags)}
    for group, entries in groups.items():
        for name, content in entries.items():
            path = folder / group / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    return folder


def source(path):
    return Source(path, str(path))


def read(path):
    (table,) = mlflow.read(source(path))
    return table


def column(table, name):
    (found,) = [c for c in table.columns if c.name == name]
    return found


def test_a_run(tmp_path):
    run = make_run(
        tmp_path,
        {"loss": points([2.5, 1.5, math.nan]), "val/loss": points([3], start=2)},
        params={"lr": "0.01", "optimizer": "Adam", "batch_size": "32", "model": "resnet"},
        tags={"mlflow.runName": "gentle-owl-12"},
    )

    table = read(run)

    loss, val = column(table, "loss"), column(table, "val/loss")
    np.testing.assert_equal(loss.values, [2.5, 1.5, math.nan])
    assert loss.rows.tolist() == [1, 2, 3]
    assert val.rows.tolist() == [3]  # the same record as the third of the loss
    assert table.steps["loss"].tolist() == [0, 10, 20]
    assert table.wall_times["val/loss"].tolist() == [T0 / 1000 + 2]
    assert table.context == {"learning_rate": 0.01, "optimizer": "Adam", "batch_size": 32}
    assert table.settings == {"model": "resnet"}
    assert table.name == "gentle-owl-12"
    assert table.issues == ()


@pytest.mark.parametrize("given", ["mlruns", "mlruns/1", "mlruns/1/abc", "mlruns/1/abc/metrics"])
def test_a_run_is_found_from_every_folder_above_it(tmp_path, given):
    make_run(tmp_path / "mlruns/1/abc", {"loss": points([2, 1])}, params={"lr": "0.1"})
    (tmp_path / "mlruns/1/meta.yaml").write_text("name: Default\n")
    path = tmp_path / given

    assert mlflow.sniff(source(path)) is not None
    assert column(read(path), "loss").values.tolist() == [2, 1]
    assert read(path).context == {"learning_rate": 0.1}


def test_run_folders_finds_runs_in_any_project(tmp_path):
    runs = [
        make_run(tmp_path / "project/mlruns/1" / name, {"a/b/loss": points([1])}) for name in "ab"
    ]
    make_run(tmp_path / "project/other", {"notes": "not a metric\n"})
    make_run(tmp_path / "project/.trash/1/c", {"loss": points([1])})
    (tmp_path / "project/empty/metrics").mkdir(parents=True)

    assert mlflow.run_folders(tmp_path) == runs
    assert mlflow.run_folders(runs[0]) == [runs[0]]
    assert mlflow.run_folders(runs[0] / "metrics") == [runs[0] / "metrics"]
    assert mlflow.sniff(source(tmp_path / "project")) is None


def test_several_runs_are_several_tables_with_names(tmp_path):
    for name in ("abc", "def"):
        make_run(tmp_path / "1" / name, {"loss": points([2, 1])})
    (tmp_path / "1/def/meta.yaml").write_text("run_id: def\nrun_name: 'brave-fox'\n")

    assert [table.name for table in mlflow.read(source(tmp_path))] == ["abc", "brave-fox"]


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "metrics").write_text(points([1]))

    assert mlflow.sniff(source(tmp_path / "metrics")) is None
    assert mlflow.sniff(source(tmp_path)) is None


def test_rows_follow_the_time_over_all_metrics(tmp_path):
    run = make_run(
        tmp_path,
        {
            "loss": f"{T0} 3 0\n{T0 + 5} 2 1\n{T0 + 9} 1 2\n",
            "val": f"{T0 + 7} 4 1\n{T0 + 9} 5 2\n",
        },
    )

    table = read(run)

    assert column(table, "loss").rows.tolist() == [1, 2, 4]
    assert column(table, "val").rows.tolist() == [3, 4]


def test_points_of_one_time_and_step_keep_rows_of_their_own(tmp_path):
    run = make_run(tmp_path, {"loss": f"{T0} 3 7\n{T0} 2 7\n{T0} 1 8\n", "val": f"{T0} 9 7\n"})

    loss = column(read(run), "loss")

    assert loss.rows.tolist() == [1, 2, 3]
    assert loss.values.tolist() == [3, 2, 1]
    assert column(read(run), "val").rows.tolist() == [1]


def test_points_out_of_order_are_sorted_by_time(tmp_path):
    run = make_run(tmp_path, {"loss": f"{T0 + 5} 2 1\n{T0} 3 0\n"})

    assert column(read(run), "loss").values.tolist() == [3, 2]


def test_a_resumed_run_goes_back_in_its_steps(tmp_path):
    run = make_run(tmp_path, {"loss": points([3, 2, 1]) + f"{T0 + 9000} 2 10\n"})

    assert read(run).steps["loss"].tolist() == [0, 10, 20, 10]


@pytest.mark.parametrize("line", ["{time} {value}\n", "{time} {value} 0\n"])
def test_points_without_steps_are_numbered(tmp_path, line):
    text = "".join(line.format(time=T0 + i, value=v) for i, v in enumerate([3, 2, 1]))
    table = read(make_run(tmp_path, {"loss": text}))

    assert table.steps["loss"].tolist() == [0, 1, 2]
    assert [(i.kind, i.count, i.lost) for i in table.issues] == [("no-steps", 1, False)]


@pytest.mark.parametrize(
    ("text", "value"), [("NaN", math.nan), ("inf", math.inf), ("-1e999", -math.inf)]
)
def test_values_that_are_not_finite(tmp_path, text, value):
    table = read(make_run(tmp_path, {"loss": f"{T0} {text} 0\n"}))

    np.testing.assert_equal(column(table, "loss").values, [value])


def test_lines_that_are_no_points_are_counted(tmp_path):
    run = make_run(tmp_path, {"loss": points([3]) + "oops\n1 2\nnan 1 2\n" + points([2], start=1)})

    table = read(run)

    assert column(table, "loss").values.tolist() == [3, 2]
    assert [(i.kind, i.count, i.lost) for i in table.issues] == [("skipped-lines", 3, True)]


def test_a_torn_last_line_is_left_out(tmp_path):
    """``... 0.5 1`` may be the beginning of ``... 0.5 12``."""
    run = make_run(tmp_path, {"loss": points([3, 2]) + f"{T0 + 9} 1 3"})

    table = read(run)

    assert column(table, "loss").values.tolist() == [3, 2]
    assert [(i.kind, i.lost) for i in table.issues] == [("torn-tail", False)]


def test_a_lone_line_without_its_end_is_taken(tmp_path):
    assert column(read(make_run(tmp_path, {"loss": f"{T0} 1 3"})), "loss").values.tolist() == [1]


def test_a_metric_that_may_not_be_opened_is_reported(tmp_path, monkeypatch):
    run = make_run(tmp_path, {"loss": points([2]), "secret": points([1])})
    allowed = type(run).read_bytes

    def refuse(path):
        if path.name == "secret":
            raise PermissionError(13, "Permission denied")
        return allowed(path)

    monkeypatch.setattr(type(run), "read_bytes", refuse)
    (issue,) = read(run).issues

    assert (issue.kind, issue.lost) == ("unreadable-file", True)
    assert "secret (Permission denied)" in issue.message


def test_a_folder_without_points_is_unreadable(tmp_path):
    with pytest.raises(UnreadableLog, match="holds no MLflow metrics"):
        mlflow.read(source(tmp_path))


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_never_crash(tmp_path_factory, data, behind_a_point):
    folder = tmp_path_factory.mktemp("run")
    make_run(folder, {"a": points([1])})
    (folder / "metrics/loss").write_bytes(points([1]).encode() * behind_a_point + data)

    mlflow.sniff(source(folder))
    with contextlib.suppress(UnreadableLog):
        for c in read(folder).columns:
            assert np.all(np.diff(c.rows) > 0)
