"""Event files for the tests, written with TensorBoard's own record writer and messages."""

import io

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

from lossdoc.sources import tensorboard
from lossdoc.sources.base import Source

START = 1.7e9
RECORD = 12 + 4
"""Bytes of a record around its payload."""
NAME = "events.out.tfevents.1700000000.host.1.0"


def framed(events):
    """Bytes of an event file."""
    stream = io.BytesIO()
    writer = RecordWriter(stream)
    for event in events:
        writer.write(event if isinstance(event, bytes) else event.SerializeToString())
    return stream.getvalue()


def version():
    """First event of every file."""
    return Event(wall_time=START, file_version="brain.Event:2")


def event(step, *values, wall=None):
    """Event with some summary values."""
    wall = START + step if wall is None else wall
    return Event(wall_time=wall, step=step, summary=Summary(value=values))


def simple(tag, value):
    """Value as TensorFlow 1 and PyTorch write it."""
    return Summary.Value(tag=tag, simple_value=value)


def tensor(tag, *, plugin="scalars", **fields):
    """Value as TensorFlow 2 writes it; ``fields`` are those of the tensor."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    return Summary.Value(tag=tag, tensor=TensorProto(**fields), metadata=metadata)


def shape(*sizes):
    """Shape of a tensor."""
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def curve(tag="loss", count=20, *, start=START):
    """File of one falling curve."""
    events = [event(i, simple(tag, 1 / (1 + i)), wall=start + i) for i in range(count)]
    return framed([version(), *events])


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


def points(found):
    """Everything that was read, as (tag, step, wall time, value)."""
    return [
        (tag, *numbers)
        for tag, track in found.tracks.items()
        for numbers in zip(track.steps, track.walls, track.values, strict=True)
    ]


def offsets(data):
    """Where the records begin."""
    at, found = 0, []
    while at < len(data):
        found.append(at)
        at += RECORD + int.from_bytes(data[at : at + 8], "little")
    return found
