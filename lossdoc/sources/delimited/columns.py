"""Pieces of a table gathered to whole columns; long tables are turned into wide ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from lossdoc.errors import UnreadableLog
from lossdoc.model import LogIssue
from lossdoc.sources.base import Column, Table
from lossdoc.sources.naming import Kind, meaning
from lossdoc.sources.vocabulary import SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.delimited.cells import Piece
    from lossdoc.sources.delimited.layout import Layout

_T = TypeVar("_T", np.int64, np.float64)

_ONLY_TEXTS = 1000
"""A column with so many texts and not one number is not looked at any more."""
_MOST_COLUMNS = 5000
_SHARED = frozenset({Kind.STEP, Kind.EPOCH, Kind.TIME, Kind.LEARNING_RATE})
"""What training and validation rows have in common, so that it is not prefixed."""


class _Buffer(Generic[_T]):
    """An array that doubles when it is full; room that is not used yet takes no memory."""

    def __init__(self, dtype: type[_T]) -> None:
        self._data: NDArray[_T] = np.empty(0, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, part: NDArray[_T]) -> None:
        size = self._size + len(part)
        if size > len(self._data):
            data = np.empty(max(size, 2 * len(self._data)), self._data.dtype.type)
            data[: self._size] = self._data[: self._size]
            self._data = data
        self._data[self._size : size] = part
        self._size = size

    def copy(self, size: int) -> _Buffer[_T]:
        twin: _Buffer[_T] = _Buffer(self._data.dtype.type)
        twin.add(self._data[:size])
        return twin

    def array(self) -> NDArray[_T]:
        """All that was added; the buffer is not to be used any more."""
        self._data.resize(self._size, refcheck=False)
        data: NDArray[_T] = self._data
        return data


@dataclass(eq=False)
class _Parts:
    """What was found of one column so far.

    ``rows`` is None while the column was filled in all rows that there were.
    """

    rows: _Buffer[np.int64] | None
    values: _Buffer[np.float64] = field(default_factory=lambda: _Buffer(np.float64))
    texts: int = 0
    first_text: int = 0

    def add_texts(self, rows: Ints) -> None:
        self.first_text = self.first_text or int(rows[0])
        self.texts += len(rows)


class Columns:
    """Collects pieces and makes tables of them.

    A table with a ``mode`` column (``train``, ``val``) gets columns ``train/loss``, ``val/loss``;
    a table with a metric's name and its value per row gets one column per metric.

    Raises
    ------
    UnreadableLog
        The names of metrics or runs are thousands: they are no names.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], _Parts] = {}
        self._rows = _Buffer(np.int64)
        self._keyed = False

    def add(self, piece: Piece, layout: Layout) -> None:
        """Take what a piece holds."""
        if len(piece.keys):
            self._keyed = True
            self._add_keyed(piece, layout)
        else:
            for j, (rows, values) in piece.columns.items():
                self._extend("", layout.names[j], rows, values, piece.rows)
        for j, rows in piece.texts.items():
            self._of("", layout.names[j]).add_texts(rows)
        before = len(self._rows)
        self._rows.add(piece.rows)
        for parts in self._parts.values():
            if parts.rows is None and len(parts.values) < len(self._rows):
                parts.rows = self._rows.copy(before)

    def _extend(self, run: str, name: str, rows: Ints, values: Floats, every: Ints) -> None:
        parts = self._of(run, name)
        if parts.rows is None and rows is not every:
            parts.rows = self._rows.copy(len(self._rows))
        if parts.rows is not None:
            parts.rows.add(rows)
        parts.values.add(values)

    def hopeless(self, layout: Layout) -> frozenset[int]:
        """Fields that hold text in every row."""
        parts = [self._parts.get(("", name)) for name in layout.names]
        return frozenset(
            j for j, p in enumerate(parts) if p and p.texts > _ONLY_TEXTS and not len(p.values)
        )

    def _of(self, run: str, name: str) -> _Parts:
        if (run, name) not in self._parts:
            self._parts[run, name] = _Parts(_Buffer(np.int64) if len(self._rows) else None)
        return self._parts[run, name]

    def _add_keyed(self, piece: Piece, layout: Layout) -> None:
        numbers: dict[tuple[str, ...], int] = {}
        codes = np.array([numbers.setdefault(key, len(numbers)) for key in piece.keys])
        places = [_Place.of(key, layout) for key in numbers]
        if len(places) + len(self._parts) > _MOST_COLUMNS:
            raise UnreadableLog(
                f"a table of more than {_MOST_COLUMNS} metrics or runs is no training log"
            )
        for j, (rows, values) in piece.columns.items():
            here = codes[np.searchsorted(piece.rows, rows)]
            order = np.argsort(here, kind="stable")
            starts = np.searchsorted(here[order], np.arange(len(places) + 1))
            for place, (start, stop) in zip(places, pairwise(starts.tolist()), strict=True):
                mine = order[start:stop]
                name = place.name(j, layout)
                self._extend(place.run, name, rows[mine], values[mine], piece.rows)

    def tables(self) -> list[Table]:
        """Make the tables, one per run and none of no rows; what was gathered is given away."""
        runs = list(dict.fromkeys(run for run, _ in self._parts))
        columns: dict[str, list[Column]] = {run: [] for run in runs}
        issues: dict[str, list[LogIssue]] = {run: [] for run in runs}
        for (run, name), column, parts in self._columns():
            columns[run].append(column)
            if parts.texts:
                issues[run].append(_unreadable(name, parts))
        found = [Table(tuple(columns[r]), name=r, issues=tuple(issues[r])) for r in runs]
        return [table for table in found if table.columns]

    def _columns(self) -> Iterator[tuple[tuple[str, str], Column, _Parts]]:
        every = self._rows.array()
        while self._parts:
            key = next(iter(self._parts))
            parts = self._parts.pop(key)
            values = parts.values.array()
            if parts.texts > len(values):
                continue
            column = Column(key[1], every if parts.rows is None else parts.rows.array(), values)
            yield key, _in_order(column) if self._keyed else column, parts


class _Place(NamedTuple):
    """Where the numbers of rows with one key belong."""

    run: str
    split: str
    metric: str

    @classmethod
    def of(cls, key: tuple[str, ...], layout: Layout) -> _Place:
        texts = dict(zip(layout.keys, key, strict=True))
        split = texts.get(layout.split, "") if layout.split is not None else ""
        return cls(
            run=texts[layout.run] if layout.run is not None else "",
            split=SPLITS.get(split.lower(), split),
            metric=texts[layout.metric] if layout.metric is not None else "",
        )

    def name(self, j: int, layout: Layout) -> str:
        """Name of the column that a field of such a row belongs to."""
        if layout.metric is not None and j != layout.value:
            return layout.names[j]
        name = (self.metric if j == layout.value else "") or layout.names[j]
        found = meaning(name)
        if not self.split or found.split or found.kind in _SHARED:
            return name
        return f"{self.split}/{name}"


def _in_order(column: Column) -> Column:
    """The column with strictly increasing rows: two names may have led to one column."""
    if (np.diff(column.rows) > 0).all():
        return column
    rows, first = np.unique(column.rows, return_index=True)
    return Column(column.name, rows, column.values[first])


def _unreadable(name: str, parts: _Parts) -> LogIssue:
    cells = f"{parts.texts} cell" + "s" * (parts.texts != 1)
    is_are = "is no number" if parts.texts == 1 else "are no numbers"
    message = f"{cells} of {name} {is_are}"
    return LogIssue("unreadable-cells", message, parts.first_text, parts.texts, lost=True)
