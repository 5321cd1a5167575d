"""CRC-32C as event files use it: masked, of single records and of many records at once.

The checksum of a message is linear in its bytes: it is that of the message with some bytes set to
zero, XORed with what each of those bytes adds, and that depends only on the byte and on how many
bytes follow it. So the checksums of a million records that differ in fifteen bytes each cost
fifteen table look-ups per record, all of them in numpy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import google_crc32c
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)
_MASK_DELTA = 0xA282EAD8
_PIECE = 1 << 18


def masked(crc: int) -> int:
    """Checksum as it is stored: rotated and shifted, so that data may hold checksums."""
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def unmask(stored: Words) -> Words:
    """Undo `masked` for many stored checksums."""
    turned = stored - np.uint32(_MASK_DELTA)
    return (turned >> np.uint32(17)) | (turned << np.uint32(15))


def checksum(data: bytes | memoryview) -> int:
    """Masked checksum of one message; a view is copied piece by piece, never as a whole."""
    if isinstance(data, bytes):
        return masked(google_crc32c.value(data))
    crc = 0
    for start in range(0, len(data), _PIECE):
        crc = google_crc32c.extend(crc, bytes(data[start : start + _PIECE]))
    return masked(crc)


@lru_cache(maxsize=4096)
def length_checksum(length: int) -> int:
    """Masked checksum of the length of a record."""
    return masked(google_crc32c.value(length.to_bytes(8, "little")))


def plain(data: bytes) -> int:
    """Checksum without mask, the constant part of `contributions`."""
    return int(google_crc32c.value(data))


@lru_cache(maxsize=8)
def _tables(count: int) -> Words:
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ _POLYNOMIAL, first >> 1)
    rows = np.empty((count, 256), dtype=np.uint32)
    rows[0] = first
    for distance in range(1, count):
        last = rows[distance - 1]
        rows[distance] = (last >> 8) ^ first[last & 0xFF]
    return rows.ravel()


def contributions(columns: NDArray[np.uint8], distances: NDArray[np.intp]) -> Words:
    """What some bytes of many messages add to the checksums of these messages.

    Parameters
    ----------
    columns
        uint8[k, n]: k bytes of n messages, which count as zero in the constant part.
    distances
        intp[k]: how many bytes of the message follow each of them.

    Returns
    -------
    uint32[n], to be XORed with the checksum of the message without these bytes.
    """
    # Rounded up, so that a handful of tables serves every length.
    tables = _tables(1 << int(distances.max()).bit_length())
    places = np.add(columns, (distances << 8)[:, None], order="C")
    added: Words = np.bitwise_xor.reduce(tables.take(places, mode="clip"), axis=0)
    return added
