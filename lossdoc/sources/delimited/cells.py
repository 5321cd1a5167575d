"""Cells of delimited text as columns of numbers: what rows come to, and the way for any rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.base import parse_cell
from lossdoc.sources.delimited.layout import is_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.delimited.layout import Layout

_MEMORY = 4096


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows that were read under one header.

    Parameters
    ----------
    rows
        int64[n], line number of every row.
    columns
        Field -> rows and values of its numbers.
    texts
        Field -> rows of its cells that hold neither a number nor nothing.
    extra
        Rows with filled fields beyond the header.
    short
        Rows with fewer fields than the header.
    keys
        Texts of the key fields of every row; empty where there are none.
    """

    rows: Ints
    columns: dict[int, tuple[Ints, Floats]] = field(default_factory=dict)
    texts: dict[int, Ints] = field(default_factory=dict)
    extra: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    short: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    keys: Sequence[tuple[str, ...]] = ()


class CellReader:
    """Reads single cells, remembering the words that logs repeat (``nan``, ``None``, ``-``)."""

    def __init__(self) -> None:
        self._known: dict[str, float | str | None] = {}

    def __call__(self, text: str) -> float | str | None:
        """A number, None where nothing was logged, or the text."""
        try:
            return self._known[text]
        except KeyError:
            pass
        value: float | str | None = parse_cell(text)
        if value is None and not is_nothing(text):
            value = text
        if len(self._known) < _MEMORY:
            self._known[text] = value
        return value


def from_fields(
    rows: Sequence[int], fields: Sequence[list[str]], layout: Layout, read: CellReader
) -> Piece:
    """Make a piece of split lines."""
    width = len(layout.names)
    numbers = np.array(rows, np.int64)
    sizes = np.array([len(row) for row in fields], np.int64)
    piece = Piece(
        numbers,
        extra=numbers[[any(row[width:]) for row in fields]] if sizes.max() > width else numbers[:0],
        short=numbers[sizes < width],
        keys=[tuple(row[k] if k < len(row) else "" for k in layout.keys) for row in fields]
        if layout.keys
        else (),
    )
    columns = list(zip(*fields, strict=False))  # as many as the shortest row has
    for j in (j for j in range(width) if j not in layout.keys):
        if j < len(columns):
            _add_cells(piece, j, numbers, columns[j], read)
        else:
            there = sizes > j
            _add_cells(piece, j, numbers[there], [r[j] for r in fields if len(r) > j], read)
    return piece


def _add_cells(piece: Piece, j: int, rows: Ints, cells: Sequence[str], read: CellReader) -> None:
    try:
        piece.columns[j] = rows, np.array(list(map(float, cells)), np.float64)
    except ValueError:
        _add_mixed(piece, j, rows, cells, read)


def _add_mixed(piece: Piece, j: int, rows: Ints, cells: Sequence[str], read: CellReader) -> None:
    filled = [i for i, cell in enumerate(cells) if cell]
    rows, cells = rows[filled], [cells[i] for i in filled]
    try:
        piece.columns[j] = rows, np.array(list(map(float, cells)), np.float64)
    except ValueError:
        values = np.empty(len(cells))
        kept, texts = settle(values, np.arange(len(cells)), [read(cell) for cell in cells])
        piece.columns[j] = rows[kept], values[kept]
        if texts.size:
            piece.texts[j] = rows[texts]


def settle(
    values: Floats, odd: Ints, found: Sequence[float | str | None]
) -> tuple[NDArray[np.bool_], Ints]:
    """Put what was found of odd cells among the values; which are numbers, and which texts."""
    numbers = np.array([isinstance(value, float) for value in found], bool)
    values[odd[numbers]] = [value for value in found if isinstance(value, float)]
    kept = np.ones(len(values), bool)
    kept[odd[~numbers]] = False
    return kept, odd[[isinstance(value, str) for value in found]]
