"""Thousands of event records taken apart at once, with their checksums.

Records of one length are laid side by side as rows of a matrix. Rows of a known form are decoded
column by column; of the others one is taken apart in plain Python (`tfevents_event`), which gives
the next form, or finds it damaged, or of no use.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources import tfevents_crc as crc
from lossdoc.sources.tfevents_context import has_settings
from lossdoc.sources.tfevents_event import Event, parse
from lossdoc.sources.tfevents_form import row_bytes
from lossdoc.sources.tfevents_frames import HEADER

if TYPE_CHECKING:
    from mmap import mmap

    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.tfevents_form import Form, Vocabulary

_LONGEST = 2048
"""Longer records are read one by one; a record of scalars has some 40 bytes per value."""
_FEWEST = 4
"""Fewer records of one length are not worth a matrix."""
_STRAYS = 32
"""After so many records in vain, the rest of one length is read one by one."""
_NOTES = frozenset({"text", "hparams"})
_NOTE_BYTES = 1 << 20
_MOST_NOTES = 64


@dataclass
class Points:
    """Numbers of a log in any order: tag number, record number, step, wall time, value."""

    tags: list[NDArray[np.int32]] = field(default_factory=list)
    rows: list[Ints] = field(default_factory=list)
    steps: list[Floats] = field(default_factory=list)
    walls: list[Floats] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)

    def add(
        self, tags: NDArray[np.int32], rows: Ints, steps: Floats, walls: Floats, values: Floats
    ) -> None:
        """Append one array of each."""
        self.tags.append(tags)
        self.rows.append(rows)
        self.steps.append(steps)
        self.walls.append(walls)
        self.values.append(values)


class Decoder:
    """Takes the records of one file apart.

    Parameters
    ----------
    buffer
        The whole file.
    vocabulary
        What is known about its records; grows.

    Attributes
    ----------
    points
        What was read.
    others
        How many records hold what else (``graph``, ``images``, ``text``).
    notes
        Small records with hyper-parameters or texts.
    damaged
        Record number and byte offset of every record with a false checksum.
    """

    def __init__(self, buffer: bytes | mmap, vocabulary: Vocabulary) -> None:
        self.points = Points()
        self.others: Counter[str] = Counter()
        self.notes: list[bytes] = []
        self.damaged: list[tuple[int, int]] = []
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._vocabulary = vocabulary
        self._singles: list[tuple[int, int, float, float, float]] = []

    def decode(self, at: Ints, lengths: Ints, rows: Ints) -> None:
        """Read some records.

        Parameters
        ----------
        at, lengths
            int64[n]: where the payloads start and their bytes.
        rows
            int64[n]: record numbers, ascending.
        """
        classes = np.minimum(lengths, _LONGEST + 1).astype(np.uint16)  # small: a radix sort
        order = np.argsort(classes, kind="stable")
        bounds = np.flatnonzero(np.diff(classes[order])) + 1
        for group in np.split(order, bounds):
            length = int(classes[group[0]])
            if length > _LONGEST or len(group) < _FEWEST:
                self._one_by_one(at[group], lengths[group], rows[group])
            else:
                self._alike(at[group], length, rows[group])
        if self._singles:
            self._flush()

    def _alike(self, at: Ints, length: int, rows: Ints) -> None:
        """Records of one length."""
        width = row_bytes(length)
        if at[-1] + width > len(self._buffer):  # rows are padded with what follows the record
            self._single(int(at[-1]), length, int(rows[-1]))
            at, rows = at[:-1], rows[:-1]
        # A view with one item per byte offset: picking items copies whole records.
        shape = len(self._buffer) - width + 1
        items = np.ndarray(shape, f"V{width}", self._buffer, strides=(1,))
        matrix = items[at].view(np.uint8).reshape(-1, width)
        for form in self._vocabulary.known(length):
            at, rows, matrix = self._take(form, at, rows, matrix)
            if not len(at):
                return
        strays = 0
        while len(at) and strays < _STRAYS:
            before = len(at)
            met = self._meet(int(at[0]), length, int(rows[0]))
            at, rows, matrix = at[1:], rows[1:], matrix[1:]
            if met is not None:
                at, rows, matrix = self._take(met, at, rows, matrix)
            strays += before - len(at) < _FEWEST
        self._one_by_one(at, np.full(len(at), length), rows)

    def _take(
        self, form: Form, at: Ints, rows: Ints, matrix: NDArray[np.uint8]
    ) -> tuple[Ints, Ints, NDArray[np.uint8]]:
        """Read the rows that have this form; return the others."""
        fits, which = form.match(matrix)
        rest = ~fits
        complete = not rest.any()
        if not complete:
            which, taken, good = which[fits], rows[fits], matrix[fits]
        else:
            taken, good = rows, matrix
        if len(good):
            walls = np.ascontiguousarray(good[:, 1:9]).view("<f8")[:, 0]
            steps = form.steps(good)
            tags = form.tags[which]
            for number, slot in enumerate(form.slots):
                self.points.add(tags[:, number], taken, steps, walls, slot.read(good))
        return at[rest], rows[rest], matrix if complete else matrix[rest]

    def _one_by_one(self, at: Ints, lengths: Ints, rows: Ints) -> None:
        for start, length, row in zip(at.tolist(), lengths.tolist(), rows.tolist(), strict=True):
            self._single(start, length, row)

    def _meet(self, at: int, length: int, row: int) -> Form | None:
        """Read one record; its form where others may have it too."""
        event = self._single(at, length, row)
        if event is None or not event.regular:
            return None
        return self._vocabulary.learn(bytes(self._view[at : at + length]), event)

    def _single(self, at: int, length: int, row: int) -> Event | None:
        """Read one record; None where it is damaged."""
        record: bytes | memoryview = self._view[at : at + length]
        if length <= _NOTE_BYTES:
            record = bytes(record)
        (stored,) = struct.unpack_from("<I", self._buffer, at + length)
        if crc.checksum(record) != stored:
            self.damaged.append((row, at - HEADER.size))
            return None
        try:
            event = parse(record)
        except (ValueError, IndexError, struct.error):
            self.damaged.append((row, at - HEADER.size))
            return None
        for scalar in event.scalars:
            number = self._vocabulary.number(scalar.tag)
            self._singles.append((number, row, float(event.step), event.wall, scalar.value))
        self.others.update(set(event.others))
        if isinstance(record, bytes) and not _NOTES.isdisjoint(event.others):
            self._note(record)
        return event

    def _note(self, record: bytes) -> None:
        if len(self.notes) < _MOST_NOTES and has_settings(record):
            self.notes.append(record)

    def _flush(self) -> None:
        tags, rows, steps, walls, values = zip(*self._singles, strict=True)
        self._singles.clear()
        self.points.add(
            np.array(tags, dtype=np.int32),
            np.array(rows, dtype=np.int64),
            np.array(steps, dtype=np.float64),
            np.array(walls, dtype=np.float64),
            np.array(values, dtype=np.float64),
        )
