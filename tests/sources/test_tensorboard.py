import gzip
import json
import math

import numpy as np
import pytest
from event_records import START, curve, event, framed, simple, tensor, version
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from tensorboard.summary import Writer
from tensorboardX import SummaryWriter

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources import tensorboard
from lossdoc.sources.base import Source

NAME = "events.out.tfevents.1700000000.host.1.0"


def read(path):
    """All runs at a path."""
    return tensorboard.read(Source(path, path.name))


def read_one(path):
    """The only run at a path."""
    (table,) = read(path)
    return table


def values(table):
    return {column.name: column.values.tolist() for column in table.columns}


def put(folder, data, name=NAME):
    """Write an event file into a folder that may not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder


def scalars(tag, numbers, *, start=START):
    """File of one curve."""
    events = [event(i, simple(tag, v), wall=start + i) for i, v in enumerate(numbers)]
    return framed([version(), *events])


# One file


def assert_equal_to_tbparse(path):
    """Every tag has the same steps, wall times and values as tbparse gives."""
    from tbparse import SummaryReader

    reader = SummaryReader(
        str(path), extra_columns={"wall_time"}, event_types={"scalars", "tensors"}
    )
    table = read_one(path)
    seen = set()
    for frame in (reader.scalars, reader.tensors):
        for tag, group in frame.groupby("tag", sort=False) if len(frame) else []:
            (column,) = (c for c in table.columns if c.name == tag)
            np.testing.assert_array_equal(table.steps[tag], group["step"])
            np.testing.assert_array_equal(table.wall_times[tag], group["wall_time"])
            np.testing.assert_array_equal(column.values, group["value"].astype(float))
            seen.add(tag)
    assert seen == {column.name for column in table.columns}


def test_equal_to_tbparse_on_a_file_of_tensorboardx(tmp_path):
    rng = np.random.default_rng(0)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(400):
            writer.add_scalar("train/loss", rng.random() if step % 50 else math.nan, step)
            writer.add_scalar("train/lr", 0.1 / (1 + step), step)
            if step % 20 == 0:
                writer.add_scalar("val/loss", rng.random(), step)
                writer.add_histogram("weights", rng.random(100), step)
            writer.add_scalar("gpu/°C", 70, step * 1000)

    assert_equal_to_tbparse(next(tmp_path.iterdir()))


def test_equal_to_tbparse_on_a_file_of_tensorboard_itself(tmp_path):
    writer = Writer(str(tmp_path))
    for step in range(300):
        for name in ("epoch_loss", "epoch_accuracy"):
            writer.add_scalar(name, step / 7, step)
    writer.close()

    assert_equal_to_tbparse(next(tmp_path.iterdir()))


def test_equal_to_tbparse_on_packed_tensors(tmp_path):
    events = [
        event(i, tensor(tag, dtype=DT_FLOAT, tensor_content=np.float32(i / 3).tobytes()))
        for i in range(300)
        for tag in ("epoch_loss", "epoch_accuracy")
    ]
    path = tmp_path / NAME
    path.write_bytes(framed([version(), *events]))

    assert_equal_to_tbparse(path)


def test_a_file_is_recognised_by_its_content(tmp_path):
    path = tmp_path / "renamed.bin"
    path.write_bytes(curve())

    assert "first record" in tensorboard.sniff(Source(path, "renamed.bin"))


def test_a_damaged_file_is_recognised_by_its_name(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(b"\x01" + curve()[1:])

    assert "named" in tensorboard.sniff(Source(path, NAME))
    assert [issue.kind for issue in read_one(path).issues] == ["corrupt-record"]


@pytest.mark.parametrize("content", [b"step,loss\n1,0.5\n", b"", framed([b"\x0a\x03abc"])])
def test_other_files_are_not_recognised(tmp_path, content):
    path = tmp_path / "metrics.csv"
    path.write_bytes(content)

    assert tensorboard.sniff(Source(path, "metrics.csv")) is None


def test_a_large_file_is_mapped(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(100 * curve(count=300))
    assert path.stat().st_size > 1 << 20

    assert len(read_one(path).columns[0].values) == 30_000


def test_a_compressed_file(tmp_path):
    path = tmp_path / f"{NAME}.gz"
    path.write_bytes(gzip.compress(curve()))

    assert tensorboard.sniff(Source(path, path.name))
    assert len(read_one(path).columns[0].values) == 20


def test_a_compressed_file_that_breaks_off_gives_what_stands_before(tmp_path):
    path = tmp_path / f"{NAME}.gz"
    packed = gzip.compress(curve(count=3000))
    path.write_bytes(packed[: len(packed) // 2])

    table = read_one(path)

    assert 0 < len(table.columns[0].values) < 3000
    assert "damaged-file" in {issue.kind for issue in table.issues if issue.lost}


def test_what_was_lost_is_said_with_place_and_number(tmp_path):
    data = bytearray(curve(count=50))
    for at in (400, 800, 1200):
        data[at] ^= 4
    path = tmp_path / NAME
    path.write_bytes(data)

    (issue,) = read_one(path).issues

    assert (issue.kind, issue.count, issue.lost) == ("corrupt-record", 3, True)
    assert issue.message.startswith("3 damaged records")
    assert "at byte " in issue.message
    assert issue.row == int(np.setdiff1d(np.arange(2, 52), read_one(path).columns[0].rows)[0])


def test_a_file_that_is_being_written(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(curve(count=50)[:-3])

    table = read_one(path)

    assert len(table.columns[0].values) == 49
    assert [(issue.kind, issue.lost) for issue in table.issues] == [("torn-tail", False)]


# Nothing to judge


def test_a_file_without_scalars_says_what_it_holds(tmp_path):
    image = Summary.Value(tag="x", image=Summary.Image(encoded_image_string=b"png"))
    put(tmp_path, framed([version(), Event(graph_def=b"graph"), event(1, image), event(2, image)]))

    with pytest.raises(NoUsableMetric, match="holds no scalars") as caught:
        read(tmp_path / NAME)

    assert "found instead: images (2), graph (1)" in caught.value.details
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", bytes(100), b"\xff" * 100])
def test_a_file_without_an_intact_record_is_unreadable(tmp_path, content):
    path = put(tmp_path, content) / NAME

    with pytest.raises(UnreadableLog, match=r"empty|no intact record"):
        read(path)


def test_a_folder_without_event_files(tmp_path):
    assert tensorboard.sniff(Source(tmp_path, "runs")) is None
    with pytest.raises(UnreadableLog, match="no event file"):
        read(tmp_path)


# Folders


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


# Hyper-parameters


def test_hyper_parameters_of_hugging_face(tmp_path):
    arguments = {
        "learning_rate": 5e-5,
        "per_device_train_batch_size": 8,
        "optim": "adamw_torch",
        "weight_decay": 0.01,
        "max_steps": -1,
        "num_train_epochs": 3,
        "warmup_steps": 500,
    }
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("args", json.dumps(arguments, indent=2))
        writer.add_scalar("train/loss", 1.0, 1)

    assert read_one(tmp_path).context == {
        "learning_rate": 5e-5,
        "batch_size": 8,
        "optimizer": "adamw_torch",
        "weight_decay": 0.01,
        "epochs": 3,
        "warmup_steps": 500,
    }


@pytest.mark.parametrize(
    "text",
    [
        "|param|value|\n|-|-|\n|learning_rate|0.003|\n|optimizer|SGD|",
        "Namespace(lr=0.003, optim='SGD', seed=1)",
        "lr: 0.003\noptimizer: SGD\n",
    ],
)
def test_hyper_parameters_in_other_texts(tmp_path, text):
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("hyperparameters", text)
        writer.add_scalar("loss", 1.0, 1)

    assert read_one(tmp_path).context == {"learning_rate": 0.003, "optimizer": "SGD"}


def test_hyper_parameters_that_stand_in_a_folder_of_their_own(tmp_path):
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(3):
            writer.add_scalar("loss", step, step)
        writer.add_hparams(
            {"lr": 0.25, "bsize": 4, "batch_size": 16}, {"loss": 99.0}, name="1700000000.5"
        )

    table = read_one(tmp_path)

    assert table.context == {"learning_rate": 0.25, "batch_size": 16}
    assert values(table) == {"loss": [0, 1, 2]}


def test_texts_that_are_no_settings_do_not_load_tbparse(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tbparse", None)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("samples", "learning_rate: 3")
        writer.add_scalar("loss", 1.0, 1)

    table = read_one(tmp_path)

    assert (dict(table.context), table.issues) == ({}, ())


def test_a_failure_of_tbparse_is_an_issue(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tbparse", None)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("args", '{"lr": 1}')
        writer.add_scalar("loss", 1.0, 1)

    table = read_one(tmp_path)

    assert values(table) == {"loss": [1]}
    assert [(issue.kind, issue.lost) for issue in table.issues] == [("unread-hparams", True)]
