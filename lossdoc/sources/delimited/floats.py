"""Decimal text to float64, a whole block at a time and bit for bit what ``float`` gives.

``float()`` costs a Python call per cell. Here a block is looked at once for everything that is no
digit; the digits between are then turned into integers eight at a time (the bytes of a word are
added up in pairs), and the integer mantissa is multiplied by its power of ten in double-double
arithmetic. A result whose rounding is not beyond doubt, and a cell that is no plain decimal, is
left to the caller, so that no cell is ever almost right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.sources.delimited.powers import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints

    Words = NDArray[np.uint64]
    Flags = NDArray[np.bool_]

_PAD = 24
"""Bytes before a block, so that the three words before any position can be loaded."""
_CHUNK = 1 << 14
"""Cells worked on at a time: their arrays stay in the cache of a core."""
_MINUS, _PLUS, _POINT, _E = b"-+.e"


class Block(NamedTuple):
    """A block of text, preceded by a newline, with the places of everything that is no digit.

    Parameters
    ----------
    data
        uint8[n], the bytes; number 0 is the newline before the text.
    tails, words
        24-byte records and uint64[n + 1]; the last bytes before every position.
    at
        Positions of the bytes that are no digits, in order.
    code
        uint8, those bytes.
    """

    data: NDArray[np.uint8]
    tails: NDArray[np.void]
    words: Words
    at: Ints
    code: NDArray[np.uint8]

    @classmethod
    def of(cls, text: bytes) -> Block:
        """Look through a block."""
        padded = b"\n" * (_PAD + 1) + text
        tails = np.ndarray((len(text) + 2,), f"V{_PAD}", padded, strides=(1,))
        words = np.ndarray((len(text) + 2,), "<u8", padded, offset=_PAD - 8, strides=(1,))
        data = np.frombuffer(padded, np.uint8)[_PAD:]
        at = np.flatnonzero((data - np.uint8(48)) > 9)
        return cls(data, tails, words, at, data.take(at, mode="clip"))


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a block, none of them empty.

    Parameters
    ----------
    start, end
        Where each begins and ends.
    first, last
        Its non-digits are number ``first`` to ``last - 1`` of the block's; a non-digit follows
        every cell (its separator), and that is number ``last`` or a later one.
    """

    start: Ints
    end: Ints
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def joined(cls, parts: list[Cells]) -> Cells:
        """All cells of several parts."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.end for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.last for part in parts]),
        )

    def take(self, which: Ints | slice) -> Cells:
        """Some of the cells."""
        return Cells(self.start[which], self.end[which], self.first[which], self.last[which])


def to_floats(block: Block, cells: Cells) -> tuple[Floats, Ints]:
    """Read cells as numbers.

    Returns
    -------
    values
        float64[n].
    odd
        Indices of the cells that were not read: infinities, texts, numbers of more than
        19 digits or beyond 1e±20 or so, and the very few whose rounding is in doubt.
    """
    values = np.empty(len(cells))
    odd = []
    for begin in range(0, len(cells), _CHUNK):
        part = cells.take(slice(begin, begin + _CHUNK))
        found, doubtful = _decimals(block, part)
        values[begin : begin + _CHUNK] = found
        odd.append(np.flatnonzero(doubtful) + begin)
    strange = np.concatenate(odd) if odd else np.empty(0, np.int64)
    nan = _are_nan(block, cells.take(strange)) if strange.size else strange
    values[strange[nan]] = np.nan
    return values, strange[~nan] if strange.size else strange


def _are_nan(block: Block, cells: Cells) -> Flags:
    """Which cells say ``nan``: a run that broke says so in every row."""
    letters = [block.data.take(cells.start + i, mode="clip") | 32 for i in range(3)]
    right: Flags = cells.end - cells.start == 3
    for letter, wanted in zip(letters, b"nan", strict=True):
        right &= letter == wanted
    return right


def _decimals(block: Block, cells: Cells) -> tuple[Floats, Flags]:
    """Values, and the cells that are odd; the frequent shapes have their short cuts."""
    marks = cells.last - cells.first
    most = marks.max()
    if most == 0 and (length := cells.end - cells.start).max() <= 15:
        whole = _digits(block, cells.end, length)
        return whole.view(np.int64).astype(np.float64), np.zeros(len(cells), bool)
    code, at = _marks(block, cells.first)
    if most == 1 and (code == _POINT).all():
        mantissa, power, odd = _mantissas(block, cells.start, at, at + 1, cells.end)
        values, doubtful = scaled(mantissa, power)
        return values, odd | doubtful
    negative = code == _MINUS
    negative &= at == cells.start
    if not negative.any():
        return _general(block, cells)
    bare = Cells(cells.start + negative, cells.end, cells.first + negative, cells.last)
    values, odd = _general(block, bare)
    np.negative(values, out=values, where=negative)
    return values, odd


def _marks(block: Block, number: Ints) -> tuple[NDArray[np.uint8], Ints]:
    """Some of the non-digits of a block, and where they are."""
    return block.code.take(number, mode="clip"), block.at.take(number, mode="clip")


def _general(block: Block, cells: Cells) -> tuple[Floats, Flags]:
    """Read digits, a point perhaps, an exponent perhaps."""
    code, point = _marks(block, cells.first)
    pointed = code == _POINT
    pointed &= cells.first < cells.last
    mark = cells.first + pointed
    exponential = mark < cells.last
    stop = cells.end
    if some := exponential.any():
        e_at, exponent, wrong = _exponents(block, cells.end, mark, cells.last)
        stop = _where(exponential, e_at, stop)
    whole_stop = _where(pointed, point, stop)
    mantissa, power, odd = _mantissas(block, cells.start, whole_stop, whole_stop + pointed, stop)
    if some:
        power += exponent * exponential
        odd |= exponential & wrong
    values, doubtful = scaled(mantissa, power)
    return values, odd | doubtful


def _where(flags: Flags, yes: Ints, no: Ints) -> Ints:
    return yes if flags.all() else np.where(flags, yes, no)


def _exponents(block: Block, end: Ints, mark: Ints, last: Ints) -> tuple[Ints, Ints, Flags]:
    """Where mantissas stop, the exponents after them, and which are no exponents.

    Cells without an exponent give nonsense, for the caller to leave out.
    """
    letter, at = _marks(block, mark)
    sign, sign_at = _marks(block, mark + 1)
    signed = last - mark == 2
    minus = sign == _MINUS
    minus &= signed
    length = end - at - 1 - signed
    right = (letter | 32) == _E
    right &= (length > 0) & (length <= 3)
    right &= (signed & (minus | (sign == _PLUS)) & (sign_at == at + 1)) | (last - mark == 1)
    size = _digits(block, end, length * right).view(np.int64)
    np.negative(size, out=size, where=minus)
    return at, size, ~right


def _mantissas(
    block: Block, start: Ints, whole_stop: Ints, part_start: Ints, stop: Ints
) -> tuple[Words, Ints, Flags]:
    """Digits before and after the point as one integer, its power of ten, and what is unfit."""
    whole_size = whole_stop - start
    size = stop - part_start
    unfit = np.zeros(len(size), bool)
    if min(size.min(), whole_size.min()) < 1 or size.max() > 24 or whole_size.max() > 16:
        unfit = (size < 0) | (size > 24) | (whole_size < 0) | (whole_size > 16)
        unfit |= whole_size + size == 0
        size[unfit] = whole_size[unfit] = 0
    mantissa = _digits(block, stop, size)
    if whole_size.max() == 1 == whole_size.min():
        whole = (block.data.take(start, mode="clip") - np.uint8(48)).astype(np.uint64)
    else:
        whole = _digits(block, whole_stop, whole_size)
    if (long := np.flatnonzero(whole_size + size > 19)).size:
        # These may not fit into 64 bits, unless they begin with zeros.
        top = _digits(block, stop[long] - 16, np.maximum(size[long] - 16, 0))
        unfit[long] |= (whole[long] > 0) | (top > 999)
    whole *= _TENS.take(size, mode="clip")
    mantissa += whole
    return mantissa, -size, unfit


def _digits(block: Block, end: Ints, size: Ints) -> Words:
    """Integers of the ``size`` (at most 24) digits before ``end``."""
    longest = int(size.max())
    if longest <= 8:
        return _eight_digits(block.words[end], size)
    words = block.tails[end].view("<u8").reshape(-1, 3)
    number = _eight_digits(words[:, 2], size)
    size = size - 8
    more = _eight_digits(words[:, 1], size)
    more *= _TENS[8]
    number += more
    if longest > 16:
        which = np.flatnonzero(size > 8)
        number[which] += _eight_digits(words[which, 0], size.take(which) - 8) * _TENS[16]
    return number


_TENS = np.array([10**k for k in range(20)], np.uint64)
_ZEROS = np.uint64(0x3030303030303030)
_KEEP = np.array([0, *((2**64 - 1) << 8 * (8 - n) & (2**64 - 1) for n in range(1, 9))], np.uint64)
"""Masks that keep the last 0 ... 8 bytes of a word."""


def _eight_digits(word: Words, size: Ints) -> Words:
    """Integers of the last ``size`` (all where more than 8) digits of words: pairs, fours, eights."""
    word = word ^ _ZEROS
    if size.min() < 8:
        word &= _KEEP.take(size, mode="clip")
    for factor, shift, mask in _FOLDS:
        word *= factor
        word >>= shift
        word &= mask
    word *= _LAST
    word >>= _HALF
    return word


_FOLDS = tuple(
    (np.uint64((10**n << 8 * n) + 1), np.uint64(8 * n), np.uint64(mask))
    for n, mask in ((1, 0x00FF00FF00FF00FF), (2, 0x0000FFFF0000FFFF))
)
_LAST, _HALF = np.uint64((10**4 << 32) + 1), np.uint64(32)
