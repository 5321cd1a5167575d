"""Logs in text: a table, and JSON lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from lossdoc.trainer.writers.base import Writer, cut, number

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.trainer.log import Row
    from lossdoc.trainer.writers.base import Settings

_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class CsvWriter(Writer):
    """A table: an empty cell was not measured, ``nan`` and ``inf`` are values."""

    def __init__(self, path: Path, settings: Settings, keep: int) -> None:
        del settings  # a table that every program can read has no place for them
        self._file = _opened(path, keep)
        self._has_header = keep > 0

    def write(self, row: Row) -> None:
        """Write one line, after the header where it is the first one."""
        if not self._has_header:
            self._file.write(",".join(row) + "\n")
            self._has_header = True
        cells = ("" if value is None else number(value) for value in row.values())
        self._file.write(",".join(cells) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class JsonLinesWriter(Writer):
    """One object a line, the first with the settings; what was not measured is left out.

    NaN and infinities stand as Python's ``json`` writes them.
    """

    def __init__(self, path: Path, settings: Settings, keep: int) -> None:
        self._file = _opened(path, keep)
        if not keep:
            self._file.write(json.dumps({"config": dict(settings)}) + "\n")

    def write(self, row: Row) -> None:
        """Write one line."""
        pairs = (f'"{name}": {_json(v)}' for name, v in row.items() if v is not None)
        self._file.write("{" + ", ".join(pairs) + "}\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _opened(path: Path, keep: int) -> TextIO:
    """Open a file that has one line before its rows; each line is flushed as it ends."""
    if keep:
        cut(path, 1 + keep)
    return path.open("a" if keep else "w", buffering=1, encoding="utf-8", newline="\n")


def _json(value: float) -> str:
    """Write a number as JSON, in the digits of a table."""
    text = number(value)
    return _NO_NUMBERS.get(text, text)
