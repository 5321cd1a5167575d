"""Panels of Weights & Biases become runs; the table of runs is refused."""

import numpy as np
import pytest

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources import csv, wandb
from lossdoc.sources.base import Source


@pytest.fixture
def source(tmp_path):
    def make(*rows):
        path = tmp_path / "wandb_export.csv"
        # As the page writes it: everything in quotes, no newline at the end.
        path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows))
        return Source(path, "wandb_export.csv")

    return make


def band(name):
    return [name, f"{name}__MIN", f"{name}__MAX"]


def thrice(*values):
    return [value for value in values for _ in range(3)]


def test_a_panel_of_two_runs_that_logged_at_their_own_steps(source):
    panel = source(
        ["Step", *band("sunny-sea-1 - train/loss"), *band("old - moon - train/loss")],
        ["0", *thrice("0.5", "0.75")],
        ["10", *thrice("0.4", "")],
        ["20", *thrice("NaN", "0.25")],
    )

    assert wandb.sniff(panel) == "panel exported from Weights & Biases, 2 runs"
    first, second = wandb.read(panel)

    assert (first.name, second.name) == ("sunny-sea-1", "old - moon")
    assert [column.name for column in first.columns] == ["train/loss"]
    np.testing.assert_array_equal(first.columns[0].values, [0.5, 0.4, np.nan])
    assert first.steps["train/loss"].tolist() == [0, 10, 20]
    assert second.columns[0].rows.tolist() == [2, 4]
    assert second.columns[0].values.tolist() == [0.75, 0.25]
    assert second.steps["train/loss"].tolist() == [0, 20]


def test_steps_and_times_of_a_panel_over_time(source):
    panel = source(
        ["Relative Time (Process)", "a - _step", "a - _runtime", *band("a - loss")],
        ["0.5", "0", "1", *thrice("0.5")],
        ["7.5", "100", "8", *thrice("0.25")],
        ["9.5", "", "", *thrice("")],
    )

    (table,) = wandb.read(panel)

    assert [column.name for column in table.columns] == ["loss"]
    assert table.steps["loss"].tolist() == [0, 100]
    assert table.wall_times["loss"].tolist() == [1, 8]


def test_several_metrics_of_a_run_over_a_metric_of_their_own(source):
    panel = source(
        ["epoch", "a - loss", "a - val/loss", "a - loss__MIN"],
        ["1", "0.5", "", "0.5"],
        ["2", "0.25", "0.75", "0.25"],
        ["3", "0.125", "", "0.125"],
    )

    (table,) = wandb.read(panel)

    assert {c.name: table.steps[c.name].tolist() for c in table.columns} == {
        "loss": [1, 2, 3],
        "val/loss": [2],
    }


def test_blank_cells_of_a_sparse_run_are_no_nan(source):
    rows = [[str(i), *thrice("0.5" if i < 9 else "", "0.5")] for i in range(20)]

    short, _ = wandb.read(source(["Step", *band("a - loss"), *band("b - acc")], *rows))

    assert len(short.columns[0].values) == 9
    assert not short.issues


def test_the_table_of_runs_is_refused(source):
    table = source(
        ["Name", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "lr", "loss"],
        *(
            [
                f"run-{i}",
                "finished",
                "-",
                "me",
                "",
                "2026-05-25T14:08:33.000Z",
                "73",
                "",
                "0.1",
                "1.5",
            ]
            for i in range(64)
        ),
    )

    assert wandb.sniff(table) == "table of runs exported from Weights & Biases"
    assert csv.sniff(table) is None
    with pytest.raises(
        NoUsableMetric, match="is a table of 64 runs, not a training log"
    ) as refusal:
        wandb.read(table)
    assert "history" in refusal.value.hint


@pytest.mark.parametrize(
    "header",
    [
        ["_step", "_timestamp", "_runtime", "train/loss"],
        ["epoch", "train - loss", "val - loss"],
        ["step", "loss", "a - b"],
        ["name", "loss"],
    ],
)
def test_other_tables_are_left_to_the_reader_of_csv(source, header):
    table = source(header, ["1"] * len(header), ["2"] * len(header))

    assert wandb.sniff(table) is None
    assert csv.sniff(table) is not None
    with pytest.raises(UnreadableLog, match="no panel"):
        wandb.read(table)


def test_what_is_no_table_at_all(source, tmp_path):
    assert wandb.sniff(source(["just some text"])) is None
    assert wandb.sniff(Source(tmp_path, "folder")) is None
