"""Reading a delimited table block by block, whatever stands between its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.model import LogIssue
from lossdoc.sources.base import Table, column
from lossdoc.sources.delimited import cells, grid
from lossdoc.sources.delimited.columns import Columns
from lossdoc.sources.delimited.dialect import fits, is_header, is_rule
from lossdoc.sources.delimited.layout import make_layout, unique_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Ints
    from lossdoc.sources.delimited.dialect import Dialect
    from lossdoc.sources.delimited.layout import Layout

_LONGEST_RECORD = 50
"""Lines that a quoted cell may span; beyond, the quote is a stray one."""
_LOOK_BACK = 1 << 16
_KEPT = 1 << 22
_CUT = re.compile(r".*[\d.][eE][+-]?\d?|[+-]")
"""What no writer leaves at the end of a number."""

_Record = tuple[int, list[str]]


@dataclass(eq=False)
class _Tally:
    """How often something happened, and where first."""

    count: int = 0
    row: int = 0

    def add(self, rows: Sequence[int] | Ints) -> None:
        if len(rows):
            self.row = self.row or int(rows[0])
            self.count += len(rows)


@dataclass(eq=False)
class Reading:
    """A table while it is read, block by block."""

    dialect: Dialect
    issues: list[LogIssue] = field(default_factory=list)

    def __post_init__(self) -> None:
        _keep_freed_memory()
        self.columns = Columns()
        self.cell = cells.CellReader()
        self.row = 1
        self.open_record = b""
        self.recent = b""
        self.unsure_row: int | None = None
        self.skipped, self.extra, self.short = _Tally(), _Tally(), _Tally()

    @property
    def layout(self) -> Layout:
        """The columns in force."""
        return self.dialect.layout

    def feed(self, block: bytes) -> None:
        """Take a block of whole lines; the last one of a file may be torn."""
        if self.dialect.newline == "\r":
            block = block.replace(b"\r", b"\n")
        block = self.open_record + block
        self.open_record = b""
        while self.row <= self.dialect.header_line and block:
            _, _, block = block.partition(b"\n")
            self.row += 1
        cut = block.rfind(b"\n") + 1
        if cut:
            self._lines(block[:cut])
            self.recent = block[max(0, cut - _LOOK_BACK) : cut]
        if cut == len(block):
            return
        if self.open_record:
            self.open_record += block[cut:]
        else:
            self._last_line(block[cut:])

    def finish(self) -> list[Table]:
        """Make tables of what was read."""
        if self.open_record:
            self._records(self._split(self.open_record.rstrip(b"\n"), stray=True))
        self._report("skipped-lines", self.skipped, "could not be read", lost=True)
        self._report("extra-fields", self.extra, "more fields than the header", lost=True)
        self._report("short-rows", self.short, "fewer fields than the header")
        first, *rest = self.columns.tables() or [self._no_rows()]
        return [replace(first, issues=(*self.issues, *first.issues)), *rest]

    def _no_rows(self) -> Table:
        return Table(tuple(column(name, [], []) for name in self.layout.names))

    def _report(self, kind: str, tally: _Tally, what: str, *, lost: bool = False) -> None:
        if tally.count:
            lines = "1 line" if tally.count == 1 else f"{tally.count} lines"
            has = "" if what.startswith("could") else "has " if tally.count == 1 else "have "
            message = f"{lines} {has}{what}, line {tally.row} first"
            self.issues.append(LogIssue(kind, message, tally.row, tally.count, lost=lost))

    def _lines(self, block: bytes) -> None:
        """Read whole lines, the fast way if they allow it."""
        hopeless = self.columns.hopeless(self.layout)
        piece = grid.from_block(block, self.row, self.dialect, hopeless, self.cell)
        if piece is not None:
            self._take(piece)
            self.row += len(piece.rows)
        else:
            self._records(self._split(block[:-1]))

    def _split(self, block: bytes, *, stray: bool = False) -> list[_Record]:
        """Cut lines into records; one that goes on in the next block is put back."""
        text = block.decode("utf-8", "replace").replace("\r\n", "\n")
        lines = text.split("\n")
        if self.dialect.is_plain(text):
            first, self.row = self.row, self.row + len(lines)
            cut = self.dialect.delimiter
            return [(row, line.split(cut)) for row, line in enumerate(lines, first) if line]
        records: list[_Record] = []
        at = 0
        while at < len(lines):
            stop = at + 1 if stray else _record_end(lines, at)
            if stop is None:
                self.open_record = "".join(f"{line}\n" for line in lines[at:]).encode()
                break
            record = "\n".join(lines[at:stop])
            if not self._is_empty(record):
                records.append((self.row, self.dialect.split(record)))
            self.row += stop - at
            at = stop
        return records

    def _is_empty(self, line: str) -> bool:
        drawn = self.dialect.delimiter == "|" and is_rule(line)
        return not line or line.isspace() or line.startswith("#") or drawn

    def _records(self, records: list[_Record]) -> None:
        """Sort records into rows, headers and what is neither."""
        rows: list[_Record] = []
        for at, (row, fields) in enumerate(records):
            if self._is_row(fields):
                rows.append((row, fields))
            elif _repeats(fields, self.layout):
                continue
            elif _is_new_header(fields, records[at + 1 : at + 2], self.layout):
                self._take_fields(rows)
                rows = []
                layout = make_layout(fields, [f for _, f in records[at + 1 : at + 60]])
                self.dialect = self.dialect._replace(layout=layout)
            else:
                self.skipped.add([row])
        self._take_fields(rows)

    def _is_row(self, fields: list[str]) -> bool:
        """Whether there is a number, or no text where numbers belong."""
        try:
            float(fields[0])
        except ValueError:
            pass  # most rows are told by their first field; this one needs a closer look
        else:
            return True
        texts = False
        for j, text in enumerate(fields):
            value = self.cell(text) if text else None
            if isinstance(value, float):
                return True
            texts |= value is not None and j not in self.layout.texts
        return not texts

    def _take_fields(self, rows: list[_Record]) -> None:
        if rows:
            numbers, fields = zip(*rows, strict=True)
            self._take(cells.from_fields(numbers, fields, self.layout, self.cell))

    def _take(self, piece: cells.Piece) -> None:
        self.columns.add(piece, self.layout)
        self.extra.add(piece.extra)
        self.short.add(piece.short)

    def _last_line(self, line: bytes) -> None:
        """Read a line without a newline, unless it was torn while it was written."""
        text = line.decode("utf-8", "replace").rstrip("\r")
        if self._is_empty(text):
            return
        fields = self.dialect.split(text)
        last = self.recent.decode("utf-8", "replace").rstrip().rpartition("\n")[2]
        if text.count('"') % 2 or len(fields) < self.layout.needed:
            torn = True
        else:
            torn = not text.endswith('"') and self._is_cut(fields[-1], self.dialect.split(last)[-1])
        if torn:
            message = f"the last line ({self.row}) is not complete and was left out"
            self.issues.append(LogIssue("torn-tail", message, self.row))
        else:
            self.unsure_row = self.row
            self._records([(self.row, fields)])

    def _is_cut(self, text: str, above: str) -> bool:
        """Whether the end of a number is missing, judging by the number above it."""
        if isinstance(self.cell(above), float) and isinstance(self.cell(text), str):
            return True
        return bool(_CUT.fullmatch(text)) or (text.isdecimal() and "." in above)


def _keep_freed_memory() -> None:
    """Have the memory that one block needed kept for the next one.

    The GNU C library gives what was freed back to the system if it is more than twice the largest
    array freed so far; to get it again page by page would take a tenth of the time of reading.
    """
    np.empty(_KEPT, np.uint8)


def _record_end(lines: list[str], at: int) -> int | None:
    """Index after the last line of a record; None if it does not end in these lines."""
    if lines[at].count('"') % 2 == 0:
        return at + 1
    limit = at + _LONGEST_RECORD
    for stop in range(at + 1, min(limit, len(lines))):
        if lines[stop].count('"') % 2:
            return stop + 1
    return None if limit > len(lines) else at + 1


def _repeats(fields: list[str], layout: Layout) -> bool:
    """Whether a line is the header again, as files have it that were appended to."""
    return unique_names(fields) in (layout.names, layout.names[1:])


def _is_new_header(fields: list[str], following: list[_Record], layout: Layout) -> bool:
    """Whether a line without numbers names the columns of what follows.

    It has a name in common with the header in force, or the line below it fits it exactly.
    """
    names = [name for name in fields if name]
    if len(names) < 2 or len(set(names)) < len(names) or not is_header(fields):
        return False
    known = {name.lower() for name in layout.names}
    if any(name.lower() in known for name in names):
        return True
    return any(len(row) == len(fields) and fits(row, len(fields)) for _, row in following)
