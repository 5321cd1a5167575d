"""JSON lines: one object a line, in any of the ways that training scripts write them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.errors import UnreadableLog
from lossdoc.model import LogIssue
from lossdoc.sources import flatten, jsontext, opening, recordnames
from lossdoc.sources.base import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.sources.base import Source, Table

FORMAT = "jsonl"

_ELEMENT = re.compile(r'(?:"[^"]*"\s*:)?\s*\[?')
"""What stands in a line before an object that is part of a document: a key, a bracket."""

_BLOCK = 1 << 20
"""Small enough for the decoded rows of a block to stay in the cache."""


def sniff(source: Source) -> str | None:
    """Accept logs in whose lines JSON objects with numbers stand, with or without a prefix."""
    if b"{" not in source.head:
        return None
    lines = [line for line in source.head_lines if line.strip("\0 \t\r")]
    is_torn = len(source.head) >= HEAD_BYTES and not source.head_text.endswith("\n")
    if is_torn and len(lines) == 1:
        # mmcv dumps its environment and the whole configuration into the first line.
        return "mmcv JSON lines" if lines[0].lstrip().startswith('{"env_info"') else None
    found = [jsontext.find_object(line.encode()) for line in (lines[:-1] if is_torn else lines)]
    objects = [item for item in found if item is not None]
    kinds = Counter(tuple(item.value) for item in objects if flatten.is_row(item.value))
    if not kinds or _is_document(lines[0], found):
        return None
    if 2 * len(objects) >= len(found):
        return f"JSON lines: {len(objects)} of the first {len(found)} lines are objects"
    keys, count = kinds.most_common(1)[0]
    if count > 1 and any(recordnames.is_counter(key) or recordnames.measures(key) for key in keys):
        return f"a console log with JSON objects in {len(objects)} of the first {len(found)} lines"
    return None


def read(source: Source) -> list[Table]:
    """Read all lines; what is no JSON object is counted and reported.

    Raises
    ------
    UnreadableLog
        Not a single line holds a JSON object.
    """
    issues: list[LogIssue] = []
    records = flatten.Records()
    lines = _Lines(records)
    for block in opening.intact_blocks(source, issues, _BLOCK):
        lines.add(block)
    if not lines.found:
        raise UnreadableLog(
            f"no line of {source.display} holds a JSON object",
            details=(f"{lines.number} lines were read",),
            hint="Name the format with --format, or give the log as CSV or JSON lines.",
        )
    return [records.table(issues=[*lines.issues(), *issues])]


def _is_document(first_line: str, found: Sequence[jsontext.FoundObject | None]) -> bool:
    """Whether the objects are elements of one JSON document that spans the lines."""
    if not first_line.lstrip("\0 \t\ufeff").startswith(("[", "{")):
        return False
    first = found[0]
    if first is not None and not first.before:
        return False
    objects = [item for item in found if item is not None]
    if 2 * sum(item.is_bare for item in objects) > len(found):
        return False  # elements of a list end in a comma; these are rows, the first one damaged
    return all(_ELEMENT.fullmatch(item.before) for item in objects)


@dataclass
class _Lines:
    """Counts lines while it takes the objects out of them."""

    records: flatten.Records
    number: int = 0
    found: int = 0
    skipped: list[int] = field(default_factory=list)
    text: list[int] = field(default_factory=list)
    prefixed: bool = False
    torn: int | None = None

    def add(self, block: bytes) -> None:
        """Take a block of whole lines; only the last block may end within a line."""
        rows = _decode_all(block)
        if rows is not None:
            self.records.add(np.arange(self.number + 1, self.number + 1 + len(rows)), rows)
            self.number += len(rows)
            self.found += len(rows)
            return
        self._add_each(block)

    def _add_each(self, block: bytes) -> None:
        lines = block.split(b"\n")
        whole = len(lines) - 1  # what follows the last newline is torn, or nothing
        numbers, values = [], []
        for index, line in enumerate(lines):
            if not line or line.isspace():
                continue
            number = self.number + index + 1
            value = self._object(line, number, is_last=index == whole)
            if value is not None:
                numbers.append(number)
                values.append(value)
        self.number += whole + bool(lines[-1])
        self.found += len(values)
        self.records.add(np.array(numbers, dtype=np.int64), values)

    def _object(self, line: bytes, number: int, *, is_last: bool) -> dict[str, Any] | None:
        if line.startswith(b"{"):
            try:
                value = jsontext.decode_value(line)
            except jsontext.strict_errors():
                pass
            else:
                return value if isinstance(value, dict) else None
        item = jsontext.find_object(line)
        if item is None:
            self._skip(line, number, is_last=is_last)
            return None
        self.prefixed |= bool(item.before)
        if "{" in item.after:
            self.skipped.append(number)
        return item.value

    def _skip(self, line: bytes, number: int, *, is_last: bool) -> None:
        if is_last:
            self.torn = number
        elif b'":' in line or b'{"' in line:
            self.skipped.append(number)
        else:
            self.text.append(number)

    def issues(self) -> list[LogIssue]:
        """What was not taken. Text between objects that have a prefix is a console's, no loss."""
        skipped = self.skipped if self.prefixed else sorted(self.skipped + self.text)
        found = []
        if skipped:
            found.append(
                LogIssue(
                    "skipped-lines",
                    f"{_counted(len(skipped))} could not be read as JSON, first line {skipped[0]}",
                    skipped[0],
                    len(skipped),
                    lost=True,
                )
            )
        if self.prefixed and self.text:
            message = f"{_counted(len(self.text))} of other text stand between the JSON objects"
            found.append(LogIssue("other-text", message, self.text[0], len(self.text)))
        if self.torn is not None:
            message = f"line {self.torn}, the last one, is incomplete and was left out"
            found.append(LogIssue("torn-tail", message, self.torn))
        return found


def _counted(count: int) -> str:
    return f"{count} line{'s' * (count != 1)}"


def _decode_all(block: bytes) -> list[dict[str, Any]] | None:
    """Objects of a block in which every line is exactly one; None for any other block."""
    try:
        rows = jsontext.decode_lines(block)
    except jsontext.strict_errors():
        return None
    # Between two values of one line, and within an object, no line can end in } with the next
    # one starting in {; so if every boundary looks like that, every line holds one value.
    boundary = b"}\r\n{" if b"\r" in block else b"}\n{"
    newlines = block.count(b"\n") - block.endswith(b"\n")
    if newlines != len(rows) - 1 or block.count(boundary) != newlines:
        return None
    return rows if rows and type(rows[0]) is dict else None
