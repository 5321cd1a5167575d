"""One event record, taken apart in plain Python: what it holds and where its numbers lie.

An event is a protocol buffer; the few fields that matter are read here without its library
(``Event.wall_time``, ``step``, ``summary``; ``Summary.value``; ``Value.tag``, ``simple_value``,
``tensor``, ``metadata``). The places of the numbers inside the record are kept, since they are
what the fast reader needs to know to take thousands of like records apart at once.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    Data = bytes | memoryview


class Scalar(NamedTuple):
    """One number of an event.

    ``at`` and ``code`` say where it lies in the record and in which format of `struct`, for
    numbers that are stored with a fixed width; otherwise ``code`` is empty.
    """

    tag: bytes
    value: float
    at: int
    code: str


class Event(NamedTuple):
    """What a record holds.

    Parameters
    ----------
    wall, step
        As logged; 0 where absent.
    scalars
        In the order of the record.
    others
        Kinds of what else it holds: ``graph``, ``images``, ``histograms``, ``text``, ``hparams``
        or the name of another plugin.
    step_bytes
        Width of the stored step; 0 where there is none.
    regular
        Whether it is nothing but a wall time, perhaps a step, and one summary of scalars of fixed
        width, in this order, as every writer puts them.
    """

    wall: float
    step: int
    scalars: tuple[Scalar, ...]
    others: tuple[str, ...]
    step_bytes: int
    regular: bool


# Field number and wire type in one: number << 3 | type.
_WALL, _STEP, _SUMMARY = 0x09, 0x10, 0x2A
_OTHER_EVENTS = {0x22: "graph", 0x32: "log message", 0x42: "run metadata", 0x4A: "graph"}
_VALUE = _TAG = 0x0A
_SIMPLE, _TENSOR, _METADATA = 0x15, 0x42, 0x4A
_OTHER_VALUES = {0x22: "images", 0x2A: "histograms", 0x32: "audio", 0x1A: "histograms"}

# Of TensorProto: type -> format of one element in tensor_content.
_FORMATS = {
    1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 10: "<B",
    14: "bf", 17: "<H", 19: "<e", 22: "<I", 23: "<Q",
}  # fmt: skip
_SIGNED = frozenset({3, 5, 6, 9})
_STRING = 7
_CONTENT = 0x22
# Lists of values by type, packed (wire type 2) or not: float_val and double_val have a fixed
# width, all the others are varints.
_FIXED = {1: (0x2A, 0x2D), 2: (0x32, 0x31)}
_VARINTS = {
    3: (0x3A, 0x38), 4: (0x3A, 0x38), 5: (0x3A, 0x38), 6: (0x3A, 0x38), 9: (0x52, 0x50),
    10: (0x5A, 0x58), 14: (0x6A, 0x68), 17: (0x3A, 0x38), 19: (0x6A, 0x68),
    22: (0x82, 0x80), 23: (0x8A, 0x88),
}  # fmt: skip
_WIDTHS = {1: 8, 5: 4}


def varint(data: Data, at: int) -> tuple[int, int]:
    """Unsigned number that starts at ``at``, and where the next field starts."""
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than ten bytes")


def fields(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Key, start and end of every field in ``data[at:end]``.

    Raises
    ------
    ValueError, IndexError
        It is no message.
    """
    while at < end:
        key, start = varint(data, at)
        wire = key & 7
        if wire == 2:
            size, start = varint(data, start)
            at = start + size
        elif wire == 0:
            _, at = varint(data, start)
        elif wire in _WIDTHS:
            at = start + _WIDTHS[wire]
        else:
            raise ValueError(f"unknown wire type {wire}")
        if at > end:
            raise ValueError("a field that ends beyond its message")
        yield key, start, at


def parse(data: Data) -> Event:
    """Take one record apart.

    Raises
    ------
    ValueError, IndexError, struct.error
        It is no event.
    """
    wall, step, step_bytes = 0.0, 0, 0
    keys: list[int] = []
    scalars: list[Scalar] = []
    others: list[str] = []
    for key, start, end in fields(data, 0, len(data)):
        keys.append(key)
        if key == _WALL:
            (wall,) = struct.unpack("<d", data[start:end])
        elif key == _STEP:
            step, step_bytes = _signed(varint(data, start)[0]), end - start
        elif key == _SUMMARY:
            _summary(data, start, end, scalars, others)
        elif key in _OTHER_EVENTS:
            others.append(_OTHER_EVENTS[key])
    plain = keys in ([_WALL, _SUMMARY], [_WALL, _STEP, _SUMMARY])
    regular = plain and bool(scalars) and not others and all(s.code for s in scalars)
    return Event(wall, step, tuple(scalars), tuple(others), step_bytes, regular)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _summary(data: Data, at: int, end: int, scalars: list[Scalar], others: list[str]) -> None:
    for key, start, stop in fields(data, at, end):
        if key != _VALUE:
            continue
        value = _value(data, start, stop)
        if isinstance(value, Scalar):
            scalars.append(value)
        elif value:
            others.append(value)


def _value(data: Data, at: int, end: int) -> Scalar | str:
    """One value of a summary, or the kind of thing that it holds instead of a number."""
    found = {key: (start, stop) for key, start, stop in fields(data, at, end)}
    tag = bytes(data[slice(*found[_TAG])]) if _TAG in found else b""
    if _SIMPLE in found:
        start, stop = found[_SIMPLE]
        return Scalar(tag, struct.unpack("<f", data[start:stop])[0], start, "<f")
    plugin = _plugin(data, *found[_METADATA]) if _METADATA in found else ""
    if _TENSOR in found and plugin in {"", "scalars"}:
        number = _tensor(data, *found[_TENSOR])
        if number is not None:
            return Scalar(tag, *number)
    for key, kind in _OTHER_VALUES.items():
        if key in found:
            return kind
    return plugin or ("tensors" if _TENSOR in found else "")


def _plugin(data: Data, at: int, end: int) -> str:
    for key, start, stop in fields(data, at, end):
        if key == 0x0A:  # plugin_data
            for inner, a, b in fields(data, start, stop):
                if inner == 0x0A:  # plugin_name
                    return bytes(data[a:b]).decode(errors="replace")
    return ""


def _tensor(data: Data, at: int, end: int) -> tuple[float, int, str] | None:
    """Value, place and format of a tensor of one number; None for any other tensor."""
    dtype, elements = 0, 1
    parts: list[tuple[int, int, int]] = []
    for key, start, stop in fields(data, at, end):
        if key == 0x08:
            dtype = varint(data, start)[0]
        elif key == 0x12:
            elements = math.prod(_shape(data, start, stop))
        else:
            parts.append((key, start, stop))
    if dtype not in _FORMATS or elements != 1:
        return None
    for key, start, stop in parts:
        if key == _CONTENT and stop > start:
            return _fixed(data, start, stop, _FORMATS[dtype])
        if key in _FIXED.get(dtype, ()):
            return _fixed(data, start, stop, _FORMATS[dtype])
        if key in _VARINTS.get(dtype, ()):
            return _counted(varint(data, start)[0], dtype), start, ""
    return 0.0, at, ""  # a zero may be left out, as everywhere in protocol buffers


def _fixed(data: Data, at: int, end: int, code: str) -> tuple[float, int, str] | None:
    if code == "bf":
        return (_bfloat(*struct.unpack("<H", data[at:end])), at, code) if end - at == 2 else None
    if end - at != struct.calcsize(code):
        return None
    return float(struct.unpack(code, data[at:end])[0]), at, code


def _counted(number: int, dtype: int) -> float:
    """A number out of a list of varints, which hold the bits of half floats too."""
    if dtype == 19:
        return float(struct.unpack("<e", struct.pack("<H", number & 0xFFFF))[0])
    if dtype == 14:
        return _bfloat(number & 0xFFFF)
    return float(_signed(number) if dtype in _SIGNED else number)


def _bfloat(bits: int) -> float:
    return float(struct.unpack("<f", struct.pack("<I", bits << 16))[0])


def _shape(data: Data, at: int, end: int) -> list[int]:
    sizes = []
    for key, start, stop in fields(data, at, end):
        if key == 0x12:  # dim
            given = [varint(data, a)[0] for inner, a, _ in fields(data, start, stop) if inner == 8]
            sizes.append(given[-1] if given else 0)
    return sizes
