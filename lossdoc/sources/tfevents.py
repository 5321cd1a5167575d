"""Event files of TensorBoard: the scalars of one file, by tag.

Records are found by `tfevents_frames`, taken apart in batches by `tfevents_batch`, and sorted by
tag here.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.tfevents_batch import Decoder, Points
from lossdoc.sources.tfevents_form import Vocabulary
from lossdoc.sources.tfevents_frames import HEADER, Walker

if TYPE_CHECKING:
    from collections import Counter

    from lossdoc.model import Floats, Ints


@dataclass(frozen=True, eq=False)
class Track:
    """Values of one tag, in the order of the file.

    Parameters
    ----------
    rows
        int64[n], strictly increasing: record numbers, from 1.
    steps, walls, values
        float64[n]; wall times in seconds since 1970.
    """

    rows: Ints
    steps: Floats
    walls: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class Scan:
    """What one event file holds.

    Parameters
    ----------
    tracks
        By tag, in the order of their first value.
    records
        How many records there are, a damaged stretch counting as one.
    others
        Kinds of records that hold no scalars, and how many.
    notes
        Payloads of records with hyper-parameters or text.
    damaged
        Record number and byte offset of what could not be read.
    repeated
        How many values were superseded by another one of the same tag in the same record.
    torn
        Bytes of an incomplete last record.
    """

    tracks: dict[str, Track]
    records: int
    others: Counter[str]
    notes: list[bytes]
    damaged: list[tuple[int, int]]
    repeated: int
    torn: int

    @property
    def start(self) -> float:
        """Earliest wall time of a scalar; infinite where there is none."""
        firsts = [float(np.fmin.reduce(track.walls)) for track in self.tracks.values()]
        return min(firsts, default=float("inf"))


def scan(buffer: bytes | mmap.mmap, vocabulary: Vocabulary | None = None) -> Scan:
    """Read an event file.

    Parameters
    ----------
    buffer
        All its bytes.
    vocabulary
        What is known from other files of the same writer; grows.
    """
    vocabulary = vocabulary or Vocabulary()
    walker = Walker(buffer)
    decoder = Decoder(buffer, vocabulary)
    for at, lengths, rows in walker.batches():
        decoder.decode(at + HEADER.size, lengths, rows)
        _release(buffer, int(at[-1]))
    tracks, repeated = _tracks(decoder.points, list(vocabulary.tags))
    return Scan(
        tracks=tracks,
        records=walker.records,
        others=decoder.others,
        notes=decoder.notes,
        damaged=sorted(walker.gaps + decoder.damaged),
        repeated=repeated,
        torn=walker.torn,
    )


def _release(buffer: bytes | mmap.mmap, end: int) -> None:
    """Give back the pages of a mapped file that were read; they would add up to all of it."""
    if not isinstance(buffer, bytes) and hasattr(mmap, "MADV_DONTNEED"):
        length = end // mmap.PAGESIZE * mmap.PAGESIZE
        if length:
            buffer.madvise(mmap.MADV_DONTNEED, 0, length)


def _tracks(points: Points, tags: list[bytes]) -> tuple[dict[str, Track], int]:
    """Sort the numbers by tag; also how many were superseded within their record."""
    if not points.tags:
        return {}, 0
    numbers = np.concatenate(points.tags)
    small = numbers.astype(np.uint16) if len(tags) <= 1 << 16 else numbers  # a radix sort
    order = np.argsort(small, kind="stable")
    bounds = np.flatnonzero(np.diff(numbers[order])) + 1
    present = numbers[order[np.concatenate([[0], bounds])]].tolist()
    columns = []
    for parts in (points.rows, points.steps, points.walls, points.values):
        whole = np.concatenate(parts)
        parts.clear()
        columns.append(np.split(whole[order], bounds))
    named: dict[str, list[Track]] = {}
    for number, *arrays in zip(present, *columns, strict=True):
        name = tags[number].decode(errors="replace").strip()
        named.setdefault(name, []).append(Track(*arrays))
    tracks = {name: in_order(parts) for name, parts in named.items()}
    repeated = len(numbers) - sum(len(track.rows) for track in tracks.values())
    return dict(sorted(tracks.items(), key=lambda item: item[1].rows[0])), repeated


def in_order(parts: list[Track]) -> Track:
    """One track of several, by row; of several values in one row the last one stays."""
    whole = (
        parts[0]
        if len(parts) == 1
        else Track(*map(np.concatenate, zip(*map(_fields, parts), strict=True)))
    )
    if (np.diff(whole.rows) > 0).all():
        return whole
    order = np.argsort(whole.rows, kind="stable")
    rows = whole.rows[order]
    last = np.append(rows[1:] != rows[:-1], True)
    return Track(*(array[order[last]] for array in _fields(whole)))


def _fields(track: Track) -> tuple[Ints, Floats, Floats, Floats]:
    return track.rows, track.steps, track.walls, track.values
