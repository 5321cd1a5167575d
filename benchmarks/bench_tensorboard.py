"""Reading TensorBoard event files, measured against tbparse.

Run it as ``python benchmarks/bench_tensorboard.py [--quick]``; it prints a table for every layout,
with the goal beside each number, and exits with 1 where a goal is missed. ``--quick`` leaves out
the files of a million scalars.
"""

from __future__ import annotations

import random
import struct
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import google_crc32c
from _measure import Case, Goal, compare

if TYPE_CHECKING:
    from collections.abc import Callable

TAGS = (
    "train/loss",
    "train/accuracy",
    "train/grad_norm",
    "train/learning_rate",
    "val/loss",
    "val/accuracy",
    "system/gpu_mem",
    "system/throughput",
)


def checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + checksum(length) + payload + checksum(payload)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def chunk(key: int, data: bytes) -> bytes:
    return bytes([key]) + varint(len(data)) + data


def simple(tag: str, value: float) -> bytes:
    """As PyTorch and tensorboardX write a scalar."""
    return chunk(0x0A, chunk(0x0A, tag.encode()) + b"\x15" + struct.pack("<f", value))


def tensor(tag: str, value: float) -> bytes:
    """As TensorFlow 2 writes a scalar."""
    content = b"\x08\x01\x12\x00" + chunk(0x22, struct.pack("<f", value))
    metadata = chunk(0x0A, chunk(0x0A, b"scalars") + b"\x12\x00") + b"\x20\x01"
    return chunk(0x0A, chunk(0x0A, tag.encode()) + chunk(0x42, content) + chunk(0x4A, metadata))


def write(path: Path, count: int, kind: Callable[[str, float], bytes], start: float = 1.7e9) -> str:
    """Event file of ``count`` scalars, eight tags in turn."""
    numbers = random.Random(count)
    wall = start
    version = b"\x09" + struct.pack("<d", wall) + chunk(0x1A, b"brain.Event:2")
    with path.open("wb") as stream:
        stream.write(record(version))
        for index in range(count):
            wall += 0.001 * numbers.random()
            step = varint(index // 8)
            summary = chunk(0x2A, kind(TAGS[index % 8], numbers.random()))
            head = b"\x09" + struct.pack("<d", wall) + (b"\x10" + step if index >= 8 else b"")
            stream.write(record(head + summary))
    return str(path)


def cases(path: str, frames: str) -> list[Case]:
    """The two readers on one path; ``frames`` are the attributes of tbparse that are needed."""
    return [
        Case(
            "tbparse",
            setup="from tbparse import SummaryReader",
            code=f"reader = SummaryReader({path!r}); frames = {frames}",
        ),
        Case(
            "lossdoc",
            setup="from pathlib import Path\n"
            "from lossdoc.sources import tensorboard\n"
            "from lossdoc.sources.base import Source",
            code=f"tables = tensorboard.read(Source(Path({path!r}), 'log'))",
        ),
    ]


def measure(title: str, path: str, frames: str, goal: Goal, rounds: int) -> bool:
    result = compare(cases(path, frames), rounds=rounds)
    reached = result.show("tbparse", [goal], title)
    whole = result.ratio("tbparse", "lossdoc", "process_cpu")
    print(f"whole process, imports included: {whole:.1f}x")
    return reached


SCALARS = "reader.scalars"
BOTH = "(reader.scalars, reader.tensors)"


def main(folder: Path, *, quick: bool) -> bool:
    many = folder / "many"
    many.mkdir()
    for number in range(100):
        write(many / f"events.out.tfevents.{1_700_000_000 + number}", 2400, simple, 1.7e9 + number)
    reached = [
        measure("100 files of 2400 scalars", str(many), SCALARS, Goal("lossdoc", faster=12), 3)
    ]
    for count, rounds in [(100_000, 5)] + ([] if quick else [(1_000_000, 3)]):
        # What a small file adds is mostly what any first use of numpy adds.
        memory = 0.5 if count >= 1_000_000 else None
        path = write(folder / f"events.out.tfevents.{count}", count, simple)
        goal = Goal("lossdoc", faster=30, memory=memory)
        reached.append(measure(f"{count} scalars", path, SCALARS, goal, rounds))
        path = write(folder / f"events.out.tfevents.{count}.v2", count, tensor)
        goal = Goal("lossdoc", faster=40, memory=memory)
        reached.append(measure(f"{count} tensor scalars", path, BOTH, goal, rounds))
    return all(reached)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        sys.exit(not main(Path(place), quick="--quick" in sys.argv))
