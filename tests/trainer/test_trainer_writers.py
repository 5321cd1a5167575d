"""Logs on disk: what is written is read back, whatever happens to the process."""

import json
import math
import signal
import subprocess
import sys

import numpy as np
import pytest

import lossdoc
from lossdoc.errors import UsageError
from lossdoc.model import Channel
from lossdoc.sources import open_all
from lossdoc.trainer.writers import FORMATS, metadata_path, open_writer
from lossdoc.trainer.writers.base import number

METADATA = {"hyperparameters": {"learning_rate": 0.1, "optimizer": "sgd"}, "data": {"chance": 2.3}}
EVERY_FORMAT = pytest.mark.parametrize("form", FORMATS)


def rows(first, last):
    """Rows of a run that is validated every tenth step."""
    for step in range(first, last + 1):
        loss = float(np.float32(0.4 + 2 * math.exp(-step / 60)))
        yield {
            "step": float(step),
            "epoch": step / 62,
            "train_loss": loss,
            "val_loss": loss if step % 10 == 0 else None,
            "lr": float(np.float32(0.1)),
        }


def write(path, form, first=1, last=100, **options):
    with open_writer(path, form, METADATA, **options) as writer:
        for row in rows(first, last):
            writer.write(row)


def losses(path, channel=Channel.TRAIN_LOSS):
    """Values of a log by their steps; it is one run without anything that could not be read."""
    run = lossdoc.load(path)
    assert run.issues == ()
    return dict(zip(run[channel].steps, run[channel].values.astype(np.float32), strict=True))


def expected(last):
    return {row["step"]: row["train_loss"] for row in rows(1, last)}


@pytest.fixture
def path(tmp_path, form):
    return tmp_path / f"run{FORMATS[form]}"


@EVERY_FORMAT
def test_what_is_written_is_read_back(path, form):
    write(path, form)

    assert losses(path) == expected(100)
    assert list(losses(path, Channel.VAL_LOSS)) == list(range(10, 101, 10))
    assert Channel.LEARNING_RATE in lossdoc.load(path)


@EVERY_FORMAT
def test_nan_and_infinities_are_values(path, form):
    with open_writer(path, form, METADATA) as writer:
        for row in rows(1, 98):
            writer.write(row)
        for step, value in enumerate((math.inf, -math.inf, math.nan), start=99):
            writer.write(row | {"step": float(step), "train_loss": value, "val_loss": None})

    np.testing.assert_array_equal(
        lossdoc.load(path)[Channel.TRAIN_LOSS].values[-3:], [math.inf, -math.inf, math.nan]
    )


@pytest.mark.parametrize("form", ["jsonl", "tensorboard"])
def test_the_settings_stand_in_the_log_where_the_format_has_a_place(path, form):
    write(path, form)

    assert dict(lossdoc.load(path).context) == METADATA["hyperparameters"]


@EVERY_FORMAT
def test_the_metadata_beside_the_log_are_not_taken_for_a_log(path, form):
    write(path, form)

    assert json.loads(metadata_path(path).read_text()) == METADATA
    opened = list(open_all([path.parent]))
    assert [len(one.runs) for one in opened if one.runs] == [1]
    assert [one.problem for one in opened if one.problem] == []


@EVERY_FORMAT
def test_a_new_log_replaces_an_old_one(path, form):
    write(path, form, last=80)
    write(path, form, last=50)

    assert losses(path) == expected(50)


@EVERY_FORMAT
def test_a_log_goes_on_as_if_nothing_had_happened(path, form):
    write(path, form, last=70)
    write(path, form, first=61, keep=60)

    assert losses(path) == expected(100)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_torn_last_line_goes_when_the_log_goes_on(path, form):
    write(path, form, last=70)
    path.write_bytes(path.read_bytes()[:-9])
    write(path, form, first=70, keep=75)

    assert losses(path) == expected(100)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_log_that_goes_on_is_the_same_file_as_one_that_was_never_interrupted(path, form):
    write(path, form)
    whole = path.read_bytes()
    write(path, form, last=70)
    write(path, form, first=61, keep=60)

    assert path.read_bytes() == whole


def test_tensorboard_is_told_which_steps_to_purge(tmp_path):
    from tensorboardX.proto.event_pb2 import SessionLog

    write(tmp_path, "tensorboard", last=70)
    write(tmp_path, "tensorboard", first=61, keep=60)

    starts = [e for e in events(tmp_path) if e.session_log.status == SessionLog.START]
    assert [event.step for event in starts] == [61]


def events(folder):
    """All events of a folder, file by file."""
    from tensorboardX.proto.event_pb2 import Event

    for file in sorted(folder.glob("events.*"), key=lambda file: file.name.rpartition(".")[2]):
        data = file.read_bytes()
        while data:
            size = int.from_bytes(data[:8], "little")
            yield Event.FromString(data[12 : 12 + size])
            data = data[16 + size :]


def test_tensorboard_has_the_tags_of_training_scripts(tmp_path):
    write(tmp_path, "tensorboard")

    tags = {value.tag for event in events(tmp_path) for value in event.summary.value}
    assert tags == {"config/text_summary", "train/loss", "val/loss", "lr", "epoch"}


WRITE_UNTIL_KILLED = """
import itertools, sys
from pathlib import Path
from lossdoc.trainer.writers import open_writer
writer = open_writer(Path(sys.argv[1]), sys.argv[2], {})
for step in itertools.count(1):
    writer.write({"step": float(step), "train_loss": 1.0 + 1.0 / step, "val_loss": None})
    print(step, flush=True)
"""


@EVERY_FORMAT
def test_a_killed_process_loses_the_row_that_it_is_writing_at_most(path, form):
    command = [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path), form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        known = [int(child.stdout.readline()) for _ in range(500)]
        child.send_signal(signal.SIGKILL)
        known += [int(line) for line in child.stdout if line.endswith("\n")]

    run = lossdoc.load(path)

    steps = list(run[Channel.TRAIN_LOSS].steps)
    assert steps[: len(known)] == known
    assert len(steps) <= len(known) + 1
    assert {issue.kind for issue in run.issues} <= {"torn-tail"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (float(np.float32(0.05)), "0.05"),
        (float(np.float32(1e-7)), "1e-07"),
        (65536.0, "65536"),
        (1 / 3, "0.333333333"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_a_float32_is_told_from_its_neighbours():
    bits = np.random.default_rng(0).integers(0, 2**31, 2000, dtype=np.uint32)
    values = bits.view(np.float32)
    values = values[np.isfinite(values)]

    assert all(np.float32(number(float(value))) == value for value in values)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_there_must_be_a_log_to_go_on_with(path, form):
    with pytest.raises(UsageError, match=r"cannot write .*: No such file"):
        open_writer(path, form, METADATA, keep=60)


@EVERY_FORMAT
def test_a_place_that_cannot_be_written_is_an_error_of_the_user(tmp_path, form):
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="cannot write"):
        open_writer(tmp_path / "file" / "run", form, METADATA)
