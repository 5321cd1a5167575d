"""What every reader shares: the input, the raw table that it returns, and the reader's shape.

A reader module has three names::

    FORMAT: str                                  # short name, as in --format
    def sniff(source: Source) -> str | None      # why it accepts this input, or None
    def read(source: Source) -> list[Table]      # raw columns; several tables = several runs

Readers say nothing about roles: which column is the training loss, what restarts, what the x axis
is, all that is decided afterwards, once, for every format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lossdoc.model import Floats, Ints, LogIssue

HEAD_BYTES = 1 << 16
"""A format must be recognised by its first 64 KiB."""


@dataclass(frozen=True, eq=False)
class Column:
    """Raw named numbers of a log.

    Parameters
    ----------
    name
        As in the log, stripped of surrounding blanks; nested keys joined by ``/``.
    rows
        int64[n], strictly increasing: line (text formats) or record number, from 1.
    values
        float64[n]. NaN is a value that was logged as NaN; what was not logged (empty cell,
        ``null``, key absent) has no entry.
    """

    name: str
    rows: Ints
    values: Floats


@dataclass(frozen=True, eq=False)
class Table:
    """Raw content of one run (or of several, where a format cannot tell them apart).

    Parameters
    ----------
    columns
        Numeric columns, in the log's order. Texts are dropped by the reader, after the few that
        mean something (``mode: val``) were made part of the names (``val/loss``).
    name
        Name of the run inside the file or folder, or an empty string.
    context
        Hyper-parameters found beside the series, by canonical name.
    issues
        What was skipped or repaired.
    steps
        Column name -> float64[n] of that column's own steps, for formats that store a step with
        every value (TensorBoard, MLflow, W&B panels). Empty for row-wise formats, where the step
        is a column like any other.
    wall_times
        Likewise, seconds.
    settings
        Other settings found beside the series, by their own names.
    """

    columns: tuple[Column, ...]
    name: str = ""
    context: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))
    issues: tuple[LogIssue, ...] = ()
    steps: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    wall_times: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))


class Reader(Protocol):
    """Shape of a reader module."""

    FORMAT: str

    def sniff(self, source: Source) -> str | None:
        """Say why this input is of the reader's format, or None."""

    def read(self, source: Source) -> list[Table]:
        """Read it; raise UnreadableLog where it cannot be read after all."""


@dataclass(frozen=True)
class Source:
    """One input: a file (plain, gzip or zstandard) or a folder that is one log.

    Parameters
    ----------
    path
        Where the bytes are.
    display
        What the user called it.
    """

    path: Path
    display: str

    @property
    def is_folder(self) -> bool:
        """Whether the log is a folder (TensorBoard, MLflow)."""
        return self.path.is_dir()

    @cached_property
    def head(self) -> bytes:
        """First 64 KiB, decompressed; empty for a folder."""
        from lossdoc.sources import opening

        return b"" if self.is_folder else opening.head(self.path, HEAD_BYTES)

    @cached_property
    def encoding(self) -> str:
        """Text encoding, by byte order mark or by the share of NUL bytes."""
        from lossdoc.sources import opening

        return opening.detect_encoding(self.head)

    @cached_property
    def head_text(self) -> str:
        """The head as text, a torn last character dropped."""
        text = self.head.decode(self.encoding, errors="replace")
        return text.removeprefix("\ufeff").removesuffix("\ufffd")

    @cached_property
    def head_lines(self) -> list[str]:
        """Lines of the head; the last one may be torn where the file goes on."""
        return self.head_text.splitlines()

    def blocks(self, size: int = 1 << 22) -> Iterator[bytes]:
        """Decompressed content in blocks of whole lines, as UTF-8 without byte order mark.

        The last block may end without a newline (a torn line, or a file that ends so).
        """
        from lossdoc.sources import opening

        return opening.blocks(self.path, self.encoding, size)


def column(name: str, rows: list[int], values: list[float]) -> Column:
    """Make a column of plain lists."""
    return Column(name, np.array(rows, dtype=np.int64), np.array(values, dtype=np.float64))


_MISSING = frozenset({"", "null", "none", "n/a", "na", "-", "--", "<na>"})
_NAN = re.compile(r"[+-]?nan(\(ind\))?|-?1\.#(ind|qnan).*", re.IGNORECASE)
_TENSOR = re.compile(r"(?:tensor|array|np\.float\d+)\(\[?\s*([^,\])\s]+)")
_BRACKETED = re.compile(r"\[+\s*([^\s,\[\]]+)\s*\]+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def parse_cell(text: str) -> float | None:
    """Read one cell as people write it; None where nothing was logged or it is no number.

    ``NaN``, ``inf``, ``1.5%``, ``"1.5"``, ``tensor(1.5, device='cuda:0')`` and ``1,234.5`` are
    numbers; an empty cell, ``null`` and ``None`` are nothing.

    >>> parse_cell("tensor(1.5, device='cuda:0')"), parse_cell(" "), parse_cell("12%")
    (1.5, None, 12.0)
    """
    text = text.strip().strip("\"'").strip()
    try:
        return float(text)
    except ValueError:
        pass
    if text.lower() in _MISSING:
        return None
    if _NAN.fullmatch(text):
        return float("nan")
    if (tensor := _TENSOR.match(text)) is not None:
        return parse_cell(tensor[1])
    if (bracketed := _BRACKETED.fullmatch(text)) is not None:
        return parse_cell(bracketed[1])
    bare = text.removesuffix("%").strip()
    if bare.count(",") and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", bare):
        bare = bare.replace(",", "")
    return float(bare) if _NUMBER.fullmatch(bare) else None
