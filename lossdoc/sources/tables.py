"""Tables drawn in plain text: ``| key | value |`` boxes, and columns aligned by blanks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lossdoc.errors import UnreadableLog
from lossdoc.model import LogIssue
from lossdoc.sources.base import HEAD_BYTES, Table, column, parse_cell
from lossdoc.sources.blank import with_blank_nans
from lossdoc.sources.delimited import cells
from lossdoc.sources.delimited.columns import Columns
from lossdoc.sources.delimited.dialect import is_header, is_rule
from lossdoc.sources.delimited.layout import make_layout
from lossdoc.sources.naming import Kind, meaning
from lossdoc.sources.opening import intact_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lossdoc.sources.base import Source

FORMAT = "table"

_PAIR = re.compile(r"\s*\|\s*([^|]*[^|\s])\s*\|\s*([^|]*?)\s*\|\s*")
_GAP = re.compile(r"\s{2,}|\t")
_FEWEST_PAIRS = 3
_GOOD_SHARE = 0.6


def sniff(source: Source) -> str | None:
    """Accept boxes of numbers, and aligned columns with a header of as many names."""
    lines = _head_lines(source)
    if (count := _boxes(lines)) > 0:
        return f"boxes of | key | value |, {count} lines in the beginning"
    header = _aligned_header(lines)
    if header is None:
        return None
    names = header[1]
    return f"columns aligned by blanks, header {' '.join(names[:6])}"


def read(source: Source) -> list[Table]:
    """Read a table.

    Raises
    ------
    UnreadableLog
        There is neither a box nor a header with rows below it.
    """
    lines = _head_lines(source)
    issues: list[LogIssue] = []
    if _boxes(lines):
        table = _read_boxes(_lines(source, issues))
    elif (header := _aligned_header(lines)) is not None:
        table = _read_aligned(_lines(source, issues), *header)
    else:
        raise UnreadableLog(f"{source.display} holds no table")
    return [with_blank_nans(replace(table, issues=(*issues, *table.issues)))]


def _head_lines(source: Source) -> list[str]:
    if source.is_folder or b"\0\0" in source.head[:512]:
        return []
    lines = source.head_text.split("\n")
    return lines[:-1] if len(source.head) >= HEAD_BYTES else lines


def _lines(source: Source, issues: list[LogIssue]) -> Iterator[tuple[int, str]]:
    """Number and text of every line; one without a newline is complete if its end looks so."""
    row = 0
    for block in intact_blocks(source, issues):
        lines = block.decode("utf-8", "replace").split("\n")
        last = lines.pop()
        for line in lines:
            row += 1
            yield row, line
        if last.strip() and not is_rule(last):
            row += 1
            if last.rstrip().endswith("|"):
                yield row, last
            else:
                message = f"the last line ({row}) may not be complete and was left out"
                issues.append(LogIssue("torn-tail", message, row))


# ---- boxes


def _boxes(lines: list[str]) -> int:
    """How many lines are pairs of a key and a number; 0 where that is no box of a training."""
    pairs = [match for line in lines if (match := _PAIR.fullmatch(line)) is not None]
    numbers = [match[1] for match in pairs if parse_cell(match[2]) is not None]
    piped = sum(line.count("|") > 1 for line in lines)
    if len(numbers) < _FEWEST_PAIRS or 2 * len(pairs) < piped:
        return 0
    if any(meaning(key).kind is not Kind.OTHER for key in numbers):
        return len(pairs)
    return 0


def _read_boxes(lines: Iterable[tuple[int, str]]) -> Table:
    """Every box is a row, with the number of its first line."""
    found: dict[str, tuple[list[int], list[float]]] = {}
    box: dict[str, float] = {}
    first, section = 0, ""

    def close() -> None:
        for key, value in box.items():
            rows, values = found.setdefault(key, ([], []))
            rows.append(first)
            values.append(value)
        box.clear()

    for row, line in lines:
        pair = _PAIR.fullmatch(line.rstrip("\r"))
        if pair is None:
            close()
            section = ""
            continue
        key, value = pair[1], parse_cell(pair[2])
        if not pair[2] and key.endswith("/"):
            section = key
            continue
        key = section + key if line.lstrip().startswith("|  ") else key
        if key in box:  # two boxes without a line between them
            close()
        if value is not None:
            first = first if box else row
            box[key] = value
    close()
    return Table(tuple(column(key, *parts) for key, parts in found.items()))


# ---- aligned columns


def _aligned_header(lines: list[str]) -> tuple[int, list[str], list[list[str]]] | None:
    """Number of the header line, its names, and the first rows; None where there is no table."""
    body = [
        (n, line.strip().lstrip("#").strip())
        for n, line in enumerate(lines, 1)
        if line.strip() and not is_rule(line)
    ]
    if len(body) < 2:
        return None
    row, header = body[0]
    rows = [line.split() for _, line in body[1:]]
    for names in (_GAP.split(header), header.split()):
        if len(names) < 2 or not is_header(names):
            continue
        index = [""] if _all_wider(rows, names) else []
        good = [r for r in rows if len(r) == len(names) + len(index) and _numeric(r)]
        if len(good) >= _GOOD_SHARE * len(rows):
            return row, index + names, good
    return None


def _all_wider(rows: list[list[str]], names: list[str]) -> bool:
    """Whether rows have a number in front that the header does not name, as pandas prints it."""
    return all(len(row) == len(names) + 1 and row[0].isdecimal() for row in rows)


def _numeric(fields: list[str]) -> bool:
    return 2 * sum(parse_cell(field) is not None for field in fields) >= len(fields)


def _read_aligned(
    lines: Iterable[tuple[int, str]], header_line: int, names: list[str], sample: list[list[str]]
) -> Table:
    """Rows are the lines with one field per name: a blank cell cannot be seen in such a table."""
    layout = make_layout([name or "index" for name in names], sample)
    columns, read = Columns(), cells.CellReader()
    rows: list[int] = []
    fields: list[list[str]] = []
    skipped: list[int] = []

    def flush() -> None:
        if rows:
            columns.add(cells.from_fields(rows, fields, layout, read), layout)
        rows.clear()
        fields.clear()

    for row, line in lines:
        if row <= header_line or not line.strip() or is_rule(line):
            continue
        parts = line.split()
        if len(parts) == len(names) and any(parse_cell(part) is not None for part in parts):
            rows.append(row)
            fields.append(parts)
        elif parts != " ".join(names).split():
            skipped.append(row)
        if len(rows) > 1 << 14:
            flush()
    flush()
    (table,) = columns.tables()
    return replace(table, issues=(*table.issues, *_skipped(skipped)))


def _skipped(rows: list[int]) -> Iterator[LogIssue]:
    if rows:
        lines = "1 line" if len(rows) == 1 else f"{len(rows)} lines"
        message = f"{lines} could not be read, line {rows[0]} first"
        yield LogIssue("skipped-lines", message, rows[0], len(rows), lost=True)
