import math

import numpy as np
import pytest
from event_records import (
    START,
    curve,
    event,
    framed,
    put,
    read,
    read_one,
    scalars,
    simple,
    values,
    version,
)
from tensorboardX import SummaryWriter

from lossdoc.sources import tensorboard


def test_files_of_one_folder_are_one_run_in_the_order_of_their_times(tmp_path):
    put(tmp_path, scalars("loss", [4, 3], start=START + 100), "events.out.tfevents.1.a")
    put(tmp_path, scalars("loss", [9, 8, 7]), "events.out.tfevents.2.b")
    put(tmp_path, scalars("eval/loss", [5], start=START + 500), "events.out.tfevents.3.c")
    put(tmp_path, framed([version()]), "events.out.tfevents.4.stub")
    put(tmp_path, b"", "events.out.tfevents.5.empty")
    put(tmp_path, framed([version()]), "events.out.tfevents.6.profile-empty")

    table = read_one(tmp_path)

    assert values(table) == {"loss": [9, 8, 7, 4, 3], "eval/loss": [5]}
    assert table.columns[0].rows.tolist() == [2, 3, 4, 6, 7]
    assert table.columns[1].rows.tolist() == [9]
    assert table.steps["loss"].tolist() == [0, 1, 2, 0, 1]
    assert table.name == ""


def test_keras_writes_training_and_validation_side_by_side(tmp_path):
    put(tmp_path / "train", scalars("epoch_loss", [3, 2, 1]))
    put(tmp_path / "validation", scalars("epoch_loss", [6, 5, 4], start=START + 0.5))

    table = read_one(tmp_path)

    assert tensorboard.run_folders(tmp_path) == [tmp_path]
    assert values(table) == {"train/epoch_loss": [3, 2, 1], "validation/epoch_loss": [6, 5, 4]}
    # Records follow each other as they were written.
    rows = {column.name: column.rows.tolist() for column in table.columns}
    order = sorted((row, name) for name, numbers in rows.items() for row in numbers)
    assert [name.partition("/")[0] for _, name in order] == ["train", "validation"] * 3


def test_records_of_the_same_instant_have_numbers_of_their_own(tmp_path):
    put(tmp_path / "train", scalars("loss", [3, 2, 1]))
    put(tmp_path / "validation", scalars("loss", [6, 5, 4]))

    rows = np.concatenate([column.rows for column in read_one(tmp_path).columns])

    assert len(set(rows)) == 6


def test_wall_times_that_are_no_times(tmp_path):
    for folder, wall in (("train", math.nan), ("validation", START)):
        events = [event(i, simple("loss", i), wall=wall if i < 3 else START) for i in range(6)]
        put(tmp_path / folder, framed(events))

    for column in read_one(tmp_path).columns:
        assert (np.diff(column.rows) > 0).all()


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (["train", "val"], {"train/loss", "validation/loss"}),
        (["training", "test"], {"train/loss", "validation/loss"}),
        (["train", "val", "test"], {"train/loss", "validation/loss", "test/loss"}),
        (["validation"], {"validation/loss"}),
        ([".", "eval"], {"loss", "validation/loss"}),
    ],
)
def test_names_of_training_and_validation_folders(tmp_path, folders, expected):
    for folder in folders:
        put(tmp_path / folder, curve())

    assert set(values(read_one(tmp_path))) == expected


def test_a_tag_that_names_its_split_is_not_prefixed_again(tmp_path):
    put(tmp_path / "train", scalars("train/loss", [1]))
    put(tmp_path / "val", scalars("loss", [2]))

    assert set(values(read_one(tmp_path))) == {"train/loss", "validation/loss"}


def test_add_scalars_makes_folders_of_one_run(tmp_path):
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(5):
            writer.add_scalar("lr", 0.1, step)
            writer.add_scalars("Loss", {"train": step, "val": 2 * step}, step)

    table = read_one(tmp_path)

    assert tensorboard.run_folders(tmp_path) == [tmp_path]
    assert set(values(table)) == {"lr", "Loss/train", "Loss/val"}
    assert values(table)["Loss/val"] == [0, 2, 4, 6, 8]


def test_two_folders_never_share_a_name(tmp_path):
    put(tmp_path, scalars("Loss/train", [1, 1]))
    put(tmp_path / "Loss_train", scalars("Loss", [2, 2]))

    assert values(read_one(tmp_path)) == {
        "Loss/train": [1, 1],
        "Loss_train/Loss/train": [2, 2],
    }


def test_every_other_folder_is_a_run_of_its_own(tmp_path):
    for name in ("exp_1", "exp_2", "deep/exp_3", "test"):
        put(tmp_path / name, scalars("loss", [1, 2]))

    assert tensorboard.run_folders(tmp_path) == [
        tmp_path / name for name in ("deep/exp_3", "exp_1", "exp_2", "test")
    ]
    assert [table.name for table in read(tmp_path)] == ["deep/exp_3", "exp_1", "exp_2", "test"]


def test_runs_below_a_run_are_not_read_with_it(tmp_path):
    put(tmp_path, scalars("loss", [9]))
    put(tmp_path / "exp_1", scalars("loss", [1]))

    assert tensorboard.run_folders(tmp_path) == [tmp_path, tmp_path / "exp_1"]
    assert values(read_one(tmp_path)) == {"loss": [9]}


def test_a_run_without_scalars_among_others_is_reported(tmp_path):
    put(tmp_path / "a", scalars("loss", [1]))
    put(tmp_path / "b", framed([version()]))

    (table,) = read(tmp_path)

    assert table.name == "a"
    assert [issue.kind for issue in table.issues] == ["unread-run"]
