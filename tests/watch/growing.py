"""Logs that grow, and a clock that goes as told."""

import math

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


class Clock:
    """Seconds; each look costs ``step`` of them, so that judging is as dear as a test wants."""

    def __init__(self, step=0.0):
        self.now = 0.0
        self.step = step

    def __call__(self):
        self.now += self.step
        return self.now


def falls(step):
    return 0.4 + 2 * math.exp(-step / 60) + 0.02 * math.sin(7.1 * step)


def explodes(step):
    return falls(step) if step < 200 else 50.0 + step


def turns_nan(step):
    return falls(step) if step < 200 else math.nan


def header(path):
    path.write_text("step,train_loss,lr\n")


def rows(steps, loss=falls):
    return "".join(f"{step},{loss(step):.6f},0.001\n" for step in steps)


def append(path, steps, loss=falls):
    with path.open("a") as file:
        file.write(rows(steps, loss))


def kinds(events):
    return [event.kind for event in events]


def codes(events):
    return [event.finding.code for event in events if event.finding]


def write_events(path, steps):
    """Append a falling loss to an event file of TensorBoard."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        writer = RecordWriter(file)
        for step in steps:
            value = Summary.Value(tag="train/loss", simple_value=falls(step))
            event = Event(wall_time=1.7e9 + step, step=step, summary=Summary(value=[value]))
            writer.write(event.SerializeToString())
