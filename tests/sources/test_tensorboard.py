import gzip
import math

import numpy as np
import pytest
from event_records import (
    NAME,
    curve,
    event,
    framed,
    put,
    read,
    read_one,
    tensor,
    version,
)
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from tensorboard.summary import Writer
from tensorboardX import SummaryWriter

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources import tensorboard
from lossdoc.sources.base import Source

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
