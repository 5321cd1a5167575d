"""JSON as training scripts write it: NaN and Infinity, prefixes before an object, torn ends.

msgspec decodes what is strictly JSON, fast; everything else is decided by the standard library.
Where it fails, NaN and Infinity are put in quotes. Within a string that breaks the string, and the
next attempt fails as well, so that no text is ever taken for a number.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

_LITERAL = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[-+]?\b(?:(?P<nan>nan)|(?P<inf>inf(?:inity)?))\b',
    re.IGNORECASE | re.DOTALL,
)
_EXACT = json.JSONDecoder(
    strict=False,
    # int() refuses more than 4300 digits, and float() does not mind.
    parse_int=lambda digits: int(digits) if len(digits) < 300 else float(digits),
)
_MAX_DEPTH = 100
"""No log is nested as deeply as this."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]|"', re.DOTALL)


@cache
def decoder() -> msgspec.json.Decoder[Any]:
    """Strict decoder, made once."""
    import msgspec

    return msgspec.json.Decoder()


def decode_lines(data: bytes) -> list[Any]:
    """Decode all values in data; raise one of `strict_errors` where they are not plain JSON."""
    return cast("list[Any]", _decode(decoder().decode_lines, data))


def decode_value(data: bytes) -> Any:
    """Decode the one value in data; raise one of `strict_errors` where it is not plain JSON."""
    return _decode(decoder().decode, data)


def _decode(decode: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return decode(data)
    except strict_errors():
        return decode(_quoted(_quoted(data, b"NaN"), b"Infinity"))


def _quoted(data: bytes, word: bytes) -> bytes:
    """Data with a word in quotes, wherever it stands, together with its sign."""
    initial, done = word[:1], 0
    pieces = []
    place = data.find(initial)  # one byte is searched many times faster than a word
    while place >= 0:
        if data.startswith(word, place):
            start = place - data.startswith(b"-", place - 1)
            pieces += [data[done:start], b'"', data[start : place + len(word)], b'"']
            done = place + len(word)
        place = data.find(initial, place + 1)
    return b"".join([*pieces, data[done:]]) if pieces else data


@cache
def strict_errors() -> tuple[type[Exception], ...]:
    """What msgspec raises for data that are not strictly JSON."""
    import msgspec

    return msgspec.DecodeError, UnicodeDecodeError, RecursionError


@dataclass(frozen=True)
class FoundObject:
    """A JSON object in a line of text.

    Parameters
    ----------
    value
        The object.
    before, after
        Text around it, stripped.
    """

    value: dict[str, Any]
    before: str
    after: str

    @property
    def is_bare(self) -> bool:
        """Whether nothing but the object stands in the line."""
        return not self.before and not self.after


def find_object(line: bytes) -> FoundObject | None:
    """First JSON object in a line, whatever stands around it; None where there is none."""
    text = line.decode("utf-8", "replace").strip("\0 \t\r\n\ufeff")
    for mark in ("{", '{"'):
        start = text.find(mark)
        if start < 0:
            return None
        try:
            value, end = decode_prefix(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return FoundObject(value, text[:start].strip(), text[end:].strip())
    return None


def decode_prefix(text: str, start: int = 0) -> tuple[Any, int]:
    """Decode the value at ``start``; return it with the position behind it.

    Raises
    ------
    json.JSONDecodeError
        No value stands there.
    RecursionError
        It is nested too deeply.
    """
    try:
        return _EXACT.raw_decode(text, start)
    except json.JSONDecodeError:
        spelled = spell_literals(text[start:])
        if spelled == text[start:]:
            raise
        value, end = _EXACT.raw_decode(spelled)
        return value, len(text) - (len(spelled) - end)


def spell_literals(text: str) -> str:
    """Spell ``nan``, ``-inf`` ... as the standard library reads them.

    >>> spell_literals('{"nan": [-nan, inf]}')
    '{"nan": [NaN, Infinity]}'
    """
    return _LITERAL.sub(_canonical_literal, text)


def _canonical_literal(match: re.Match[str]) -> str:
    if match.lastgroup is None:
        return match[0]
    if match.lastgroup == "nan":
        return "NaN"
    return "-Infinity" if match[0].startswith("-") else "Infinity"


def decode_document(data: bytes) -> Any:
    """Decode one document.

    Raises
    ------
    json.JSONDecodeError
        With the position of the error.
    RecursionError
        It is nested too deeply.
    """
    try:
        return decode_value(data)
    except strict_errors():
        text = data.decode("utf-8", "replace").strip("\0 \t\r\n\ufeff")
    value, end = decode_prefix(text)
    if text[end:].strip():
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def recover(text: str, *, whole_rows: bool) -> Any:
    """Value of a document that breaks off: its complete parts, all that is open closed.

    Parameters
    ----------
    text
        The document up to the break.
    whole_rows
        Leave out an unfinished object that is an element of a list, with all that is in it.

    Returns
    -------
    object
        A number or a text at the very end may be torn and is left out. None where nothing is
        complete.
    """
    stack = cut_stack = ""
    cut = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        place = token.end()
        if mark in "[{":
            stack = ("]" if mark == "[" else "}") + stack
        elif mark in "]}" and stack.startswith(mark):
            stack = stack[1:]
        elif mark == ",":
            place = token.start()
        elif len(mark) > 1:
            continue
        else:
            break
        if not (whole_rows and "}]" in stack):
            cut, cut_stack = place, stack
        if not 0 < len(stack) <= _MAX_DEPTH:
            break
    try:
        return decode_prefix(text[:cut] + cut_stack)[0] if cut else None
    except (ValueError, RecursionError):
        return None
