"""Where the records of an event file lie, whatever happened to the file.

A file is a chain of records: eight bytes of length, four of checksum of the length, the payload,
four of checksum of the payload. So a header proves itself, which serves twice: a whole stretch of
records is found at once, by looking for headers instead of walking from one to the next, and after
a damage the next intact record is found wherever it begins.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources import tfevents_crc as crc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from numpy.typing import NDArray

    from lossdoc.model import Ints

HEADER = Struct("<QI")
_FRAME = HEADER.size + 4
_BLANK = np.uint32(crc.plain(bytes(8)))
_WINDOW = 1 << 16
"""Bytes that are searched at once; the search then stays inside the cache."""
_LONG = 512
"""Bytes of a record from which on walking past it is cheaper than searching all of it."""
_BATCH = 1 << 14
"""Records that are handed out at once."""


def is_framed(head: bytes) -> bool:
    """Whether the first record is an event: an intact header, and a wall time behind it.

    Other records in this framing (examples of a dataset) begin with another field.
    """
    if len(head) <= HEADER.size:
        return False
    length, stored = HEADER.unpack_from(head)
    return crc.length_checksum(length) == stored and head[HEADER.size] == 0x09


class Walker:
    """Finds the records of a file.

    Attributes
    ----------
    records
        How many were found so far, a gap counting as one.
    gaps
        Record number and byte offset of stretches that hold no readable record.
    torn
        Bytes of an incomplete last record.
    """

    def __init__(self, buffer: bytes | mmap) -> None:
        self.records = 0
        self.gaps: list[tuple[int, int]] = []
        self.torn = 0
        self._buffer = buffer
        self._data = np.frombuffer(buffer, dtype=np.uint8)
        self._at = 0
        self._last: int | None = None
        self._sparse = False

    def batches(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Offsets, lengths of the payload and numbers of the records, thousands at a time."""
        while self._at < len(self._buffer):
            starts = self._chain()
            if not len(starts):
                self._skip()
                continue
            ends = np.append(starts[1:], self._at)
            self._last = int(starts[-1])
            rows = np.arange(self.records + 1, self.records + 1 + len(starts))
            self.records += len(starts)
            yield starts, ends - starts - _FRAME, rows

    def _chain(self) -> Ints:
        """Offsets of the records from here on, up to a batch; here is then behind them."""
        found: list[Ints] = []
        count = 0
        while count < _BATCH and self._at < len(self._buffer):
            starts = self._window()
            if not len(starts):
                break
            found.append(starts)
            count += len(starts)
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _window(self) -> Ints:
        """Offsets of the records that begin in the next window."""
        stop = min(self._at + _WINDOW, len(self._buffer))
        starts = None if self._sparse else self._search(stop)
        if starts is None:
            starts = self._walk(stop)
        self._sparse = len(starts) < _WINDOW // _LONG
        return starts

    def _search(self, stop: int) -> Ints | None:
        """As `_window`, all at once; None where the records found are no unbroken chain."""
        starts, lengths = headers(self._data, self._at, stop, low=2)
        ends = starts + lengths + _FRAME
        if len(ends) and ends[-1] > len(self._buffer):
            starts, ends = starts[:-1], ends[:-1]
        # Of two that reach beyond the end, only the last one is dropped: that is no chain either.
        if not len(ends) or starts[0] != self._at or ends[-1] > len(self._buffer):
            return None
        if (starts[1:] != ends[:-1]).any():
            return None
        self._at = int(ends[-1])
        return starts

    def _walk(self, stop: int) -> Ints:
        """As `_window`, from record to record."""
        starts = []
        end = len(self._buffer)
        at = self._at
        while at < stop and (length := self._length(at)) is not None:
            if at + length + _FRAME > end:
                break
            starts.append(at)
            at += length + _FRAME
        self._at = at
        return np.array(starts, dtype=np.int64)

    def _length(self, at: int) -> int | None:
        """Length of the payload of a record that begins here; None where none does."""
        if at + HEADER.size > len(self._buffer):
            return None
        length, stored = HEADER.unpack_from(self._buffer, at)
        return int(length) if crc.length_checksum(length) == stored else None

    def _skip(self) -> None:
        """Go to the next record, from something that is none."""
        here, end = self._at, len(self._buffer)
        incomplete = self._length(here) is not None
        self._at = self._next(self._suspect())
        if self._at == end and (incomplete or self._unwritten(here)):
            self.torn = end - here
        elif self._at > here:
            self.records += 1
            self.gaps.append((self.records, here))

    def _suspect(self) -> int:
        """Where the next record may begin: even inside the last one, if that is damaged.

        A record that lost some bytes still promises them, and so points beyond the next one.
        """
        if self._last is not None:
            (length, _), data = (
                HEADER.unpack_from(self._buffer, self._last),
                memoryview(self._buffer),
            )
            start = self._last + HEADER.size
            stop = start + length
            if crc.checksum(data[start:stop]) != int.from_bytes(data[stop : stop + 4], "little"):
                return start
        return self._at + 1

    def _next(self, at: int) -> int:
        """Offset of the first complete record from here on, or the end."""
        while at < len(self._buffer):
            stop = min(at + _WINDOW, len(self._buffer))
            if self._data[at:stop].any():  # blank stretches can be long
                starts, lengths = headers(self._data, at, stop, low=4)
                whole = starts[starts + lengths + _FRAME <= len(self._buffer)]
                if len(whole):
                    return int(whole[0])
            at = stop
        return at

    def _unwritten(self, at: int) -> bool:
        """Whether the rest is too short for a header, or blank as a crash leaves it."""
        rest = self._data[at:]
        return len(rest) < HEADER.size or not rest.any()


def headers(data: NDArray[np.uint8], start: int, stop: int, *, low: int) -> tuple[Ints, Ints]:
    """Find headers that begin in ``data[start:stop]``.

    Parameters
    ----------
    data
        uint8[n].
    low
        How many bytes of the length may be other than zero: 2 or 4.

    Returns
    -------
    int64[k] offsets and int64[k] lengths of the payload, of whatever is a header by its checksum.
    """
    zero = data[start + low : stop + 8] == 0
    width = 1
    while width < 8 - low:  # runs of 2, 4 (and 6) zero bytes
        step = min(width, 8 - low - width)
        zero = zero[: len(zero) - step] & zero[step:]
        width += step
    found = np.flatnonzero(zero) + start
    found = found[found < min(stop, len(data) - HEADER.size + 1)]
    if not len(found):
        return found, found
    items = np.ndarray(len(data) - HEADER.size + 1, f"V{HEADER.size}", data, strides=(1,))
    fields = items[found].view("<u4").reshape(-1, 3)
    added = crc.contributions(fields.view(np.uint8).T[:low], 7 - np.arange(low))
    good = crc.unmask(fields[:, 2]) == added ^ _BLANK
    return found[good], fields[good, 0].astype(np.int64)
