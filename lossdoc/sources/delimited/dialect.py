"""How a delimited log is written: delimiter, decimal mark, header, and what its columns hold."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.sources.base import HEAD_BYTES, parse_cell
from lossdoc.sources.delimited.layout import Layout, make_layout
from lossdoc.sources.naming import Kind, meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.sources.base import Source

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}
_SAMPLE_LINES = 20
_GOOD_SHARE = 0.6
"""Part of the lines below a header that must look like its rows."""
_WIDE_SHARE = 0.4
_RULE = frozenset("-:|+= \t\r")
"""What the lines that only draw a table are made of."""
_NAME = re.compile(r"[^\W\d_%#][^,;!?{}<>=\"]{0,59}|[_%#][\w /.-]{1,59}")
_PLAIN_NAME = re.compile(r"%?[\w/.()@*:-]+( [\w/.()@*:-]+){0,3}")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


class Dialect(NamedTuple):
    """How a delimited log is written.

    Parameters
    ----------
    delimiter
        One character.
    decimal_comma
        Whether numbers are written ``0,5``.
    header_line
        Number of the line with the names, from 1.
    layout
        What the header and the first rows tell about the columns.
    newline
        What ends a line; lone carriage returns are as old as the Macintosh.
    """

    delimiter: str
    decimal_comma: bool
    header_line: int
    layout: Layout
    newline: str = "\n"

    def __str__(self) -> str:
        names = self.layout.names
        header = ",".join(names[:6]) + (",..." if len(names) > 6 else "")
        mark = " with decimal comma" if self.decimal_comma else ""
        count = f"{len(names)} column" + "s" * (len(names) != 1)
        return f"{_DELIMITERS[self.delimiter]}-separated{mark}, {count}, header {header}"

    def is_plain(self, text: str) -> bool:
        """Whether nothing but delimiters and cells stands in these lines."""
        if self.decimal_comma or self.delimiter == "|":
            return False
        return not any(sign in text for sign in ' "#\r\t' if sign != self.delimiter)

    def split(self, line: str) -> list[str]:
        """Fields of a line, stripped."""
        fields = split_fields(line, self.delimiter)
        return [f.replace(",", ".") for f in fields] if self.decimal_comma else fields


def split_fields(line: str, delimiter: str) -> list[str]:
    """Fields of a line, stripped of blanks and quotes; the outer pipes of a table are dropped."""
    fields = _quoted_fields(line, delimiter) if '"' in line else line.split(delimiter)
    fields = [field.strip() for field in fields]
    if delimiter == "|" and len(fields) > 2 and not fields[0] and not fields[-1]:
        return fields[1:-1]
    return fields


def _quoted_fields(line: str, delimiter: str) -> list[str]:
    if line.count('"') % 2 == 0:
        try:
            return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:  # a field beyond csv's limit, or a stray carriage return
            pass
    return line.replace('"', "").split(delimiter)


def is_rule(line: str) -> bool:
    """Whether a line only draws: ``|---|---|`` or ``+====+``."""
    return _RULE.issuperset(line)


def detect(source: Source) -> Dialect | None:
    """Find out how a log is written; None where it is no delimited table with a header."""
    return _detect_text(source.head_text, torn=len(source.head) >= HEAD_BYTES)


@lru_cache(maxsize=2)
def _detect_text(text: str, *, torn: bool) -> Dialect | None:
    # Cached, because recognising and reading a file both begin with this.
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    lines = text.split(newline)
    last = lines.pop()
    dialect = None if torn or not last else detect_lines([*lines, last])
    # The last line may be one that is being written.
    dialect = dialect or detect_lines(lines)
    return dialect and dialect._replace(newline=newline)


def detect_lines(lines: Sequence[str]) -> Dialect | None:
    """Find out how a log is written, of its first lines."""
    above: tuple[int, str] | None = None
    body: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        if not _is_preamble(line):
            body.append((number, line.rstrip("\r")))
        elif not body:
            above = number, line
        if len(body) > _SAMPLE_LINES:
            break
    if not body:
        return None
    if above is not None and not _has_names(body[0][1]):
        # numpy.savetxt writes its header as a comment.
        body.insert(0, (above[0], above[1].strip("#\r ")))
    number, header = body[0]
    sample = [line for _, line in body[1:]]
    candidates = [d for d in _DELIMITERS if d in header] or [","]
    good = [found for d in candidates if (found := _judge(header, sample, d)) is not None]
    if not good:
        return None
    _, best = max(good, key=lambda pair: (pair[0], len(pair[1].layout.names)))
    return best._replace(header_line=number)


def lacks_header(lines: Sequence[str]) -> bool:
    """Whether nothing but rows of two or more numbers stands in the first lines.

    >>> lacks_header(["0,2.5", "1,2.25"]), lacks_header(["step,loss", "1,2.25"])
    (True, False)
    """
    filled = [line for line in lines[:_SAMPLE_LINES] if line.strip()]
    rows = [re.split(r"[,;\t|]", line.strip()) for line in filled]
    return len(rows) > 1 and all(
        len(row) == len(rows[0]) > 1 and all(parse_cell(field) is not None for field in row)
        for row in rows
    )


def _is_preamble(line: str) -> bool:
    return line.startswith(("#", "sep=")) or is_rule(line)


def _has_names(line: str) -> bool:
    return any(
        _NAME.match(f.strip('" ')) and parse_cell(f) is None for f in re.split("[,;\t|]", line)
    )


def _judge(header: str, sample: list[str], delimiter: str) -> tuple[float, Dialect] | None:
    """How well a delimiter explains the lines, and the dialect; None where it does not."""
    names = split_fields(header, delimiter)
    if not is_header(names, alone=not sample):
        return None
    if delimiter == "|" and sum(map(bool, names)) < 2:  # a box of | key | value |
        return None
    rows = [split_fields(line, delimiter) for line in sample]
    comma = delimiter != "," and _uses_decimal_comma(rows)
    if comma:
        rows = [[field.replace(",", ".") for field in row] for row in rows]
    if rows and _lacks_index_name(names, rows):
        names = ["", *names]
    good = [row for row in rows if fits(row, len(names))]
    # A wide header whose width comes back is no accident, whatever stands between the rows.
    exact = len(names) > 5 and all(len(row) == len(names) for row in good)
    if rows and len(good) < (_WIDE_SHARE if exact else _GOOD_SHARE) * len(rows):
        return None
    if len(names) == 1 and (len(good) < max(2, len(rows)) or not _NAME.fullmatch(names[0])):
        return None
    layout = make_layout(names, good)
    return len(good) / max(len(rows), 1), Dialect(delimiter, comma, 0, layout)


def is_header(names: list[str], *, alone: bool = False) -> bool:
    """Whether fields can be the names of columns; more is asked of a line that stands alone."""
    filled = [name for name in names if name]
    if not filled or len(filled) < 0.7 * len(names) - 1:
        return False
    if filled[0][0] in "{[<" or any(parse_cell(name) is not None for name in filled):
        return False
    if alone:  # neither a sentence nor a line of code with a comma must pass
        known = sum(meaning(name).kind is not Kind.OTHER for name in filled)
        plain = all(_PLAIN_NAME.fullmatch(name) for name in filled)
        return len(names) > 1 and 2 * known >= len(filled) and plain
    return any(_NAME.fullmatch(name) for name in filled)


def _uses_decimal_comma(rows: list[list[str]]) -> bool:
    cells = [field for row in rows for field in row]
    return any(_DECIMAL_COMMA.fullmatch(cell) and not _THOUSANDS.fullmatch(cell) for cell in cells)


def _lacks_index_name(names: list[str], rows: list[list[str]]) -> bool:
    """Whether every row has one field more than the header, and the first of them counts."""
    if any(len(row) != len(names) + 1 or not row[-1] for row in rows):
        return False
    first = [row[0] for row in rows]
    return all(cell.isdecimal() for cell in first) and _counts([int(cell) for cell in first])


def _counts(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def fits(row: list[str], width: int) -> bool:
    """Whether fields look like a row: nearly as many as there are names, and a number in it."""
    return abs(len(row) - width) <= 1 and any(parse_cell(field) is not None for field in row)
