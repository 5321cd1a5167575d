"""NaN that a writer left blank: pandas writes a NaN as an empty cell.

A blank cell is usually a value that was not logged in that row: training and validation losses
stand in rows of their own. It is a NaN where the row looks exactly like earlier rows but for its
losses: the accuracy of the same evaluation is there, and so is everything else.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import LogIssue
from lossdoc.sources.base import Column, Table
from lossdoc.sources.naming import Kind, meaning

if TYPE_CHECKING:
    from lossdoc.model import Ints

_LOSSES = frozenset({Kind.LOSS, Kind.STAND_IN, Kind.PERPLEXITY})
_ERASABLE = _LOSSES | {Kind.GRAD_NORM}
"""What becomes NaN together with a loss."""
_QUALITIES = frozenset({Kind.ACCURACY, Kind.METRIC, Kind.REWARD})
_BACKGROUND = frozenset({Kind.STEP, Kind.EPOCH, Kind.TIME, Kind.LEARNING_RATE, Kind.LOSS_SCALE})
"""What a row may hold though nothing was measured in it."""
_MOST_SHAPES = 100
_FEWEST_BEFORE = 2
_FEWEST_BEFORE_BARE = 5
_FEWEST_BARE = 2
_FEW = 0.1
"""Part of the rows that may lack the loss before it is gone for good."""


class _Shape(NamedTuple):
    """A set of columns, and the rows in which exactly these are filled."""

    columns: frozenset[str]
    rows: Ints


def with_blank_nans(table: Table, unsure_row: int | None = None) -> Table:
    """Restore the NaNs of a row-wise table that were left blank.

    Parameters
    ----------
    table
        As read.
    unsure_row
        A last line that may be torn: its blanks say nothing.

    Returns
    -------
    Table
        With NaN in the losses, and an issue ``blank-nan`` for every one of them.
    """
    if not _may_hold_blanks(table.columns):
        return table
    shapes = _shapes(table.columns)
    blanks: dict[str, list[Ints]] = {}
    for erased in shapes:
        for name in _erased_from(erased, shapes):
            rows = erased.rows[erased.rows != unsure_row]
            blanks.setdefault(name, []).append(rows)
    if not blanks:
        return table
    found = {name: np.sort(np.concatenate(parts)) for name, parts in blanks.items()}
    columns = tuple(_filled(c, found[c.name]) if c.name in found else c for c in table.columns)
    # In the order of the columns: sets of names have none that is the same in every process.
    named = [(c.name, found[c.name]) for c in table.columns if c.name in found]
    issues = tuple(_issue(name, rows) for name, rows in named if len(rows))
    return replace(table, columns=columns, issues=(*table.issues, *issues))


def _may_hold_blanks(columns: tuple[Column, ...]) -> bool:
    """Tell at little cost that no loss is missing beside anything it was measured with."""
    every = max((len(column.rows) for column in columns), default=0)
    losses = [column for column in columns if _kind(column.name) in _LOSSES]
    if all(len(loss.rows) == every for loss in losses):
        return False
    if any(
        not np.array_equal(loss.rows, other.rows)
        for loss, other in product(losses, columns)
        if _is_sibling(loss.name, other.name)
    ):
        return True
    last = max(int(column.rows[-1]) for column in columns if len(column.rows))
    measured = np.zeros((2, last + 1), bool)
    for column in columns:
        measured[int(_kind(column.name) in _BACKGROUND), column.rows] = True
    return bool((measured[1] & ~measured[0]).any())


def _kind(name: str) -> Kind:
    return meaning(name).kind


def _shapes(columns: tuple[Column, ...]) -> list[_Shape]:
    """The rows of a table by what is filled in them; nothing where there is no order in it."""
    filled = [column for column in columns if len(column.rows)]
    if not filled:
        return []
    first = min(int(c.rows[0]) for c in filled)
    marks = np.zeros(max(int(c.rows[-1]) for c in filled) - first + 1, np.uint64)
    for column in filled:
        marks[column.rows - first] ^= np.uint64(hash(column.name) & (2**64 - 1))
    rows = np.flatnonzero(marks)
    marks = marks[rows]
    rows += first
    shapes: list[_Shape] = []
    while len(rows):
        if len(shapes) == _MOST_SHAPES:
            return []
        same = marks == marks[0]
        names = frozenset(c.name for c in filled if _holds(c.rows, int(rows[0])))
        shapes.append(_Shape(names, rows[same]))
        rows, marks = rows[~same], marks[~same]
    return shapes


def _holds(rows: Ints, row: int) -> bool:
    at = np.searchsorted(rows, row)
    return bool(at < len(rows) and rows[at] == row)


def _erased_from(erased: _Shape, shapes: list[_Shape]) -> frozenset[str]:
    """Columns that rows of one shape have lost, compared with the rows that they look like."""
    best: _Shape | None = None
    for whole in shapes:
        lost = whole.columns - erased.columns
        if not lost or erased.columns - whole.columns or {_kind(n) for n in lost} - _ERASABLE:
            continue
        if not any(_kind(name) in _LOSSES for name in lost):
            continue
        if _is_erased(erased, whole, lost) and (best is None or len(whole.rows) > len(best.rows)):
            best = whole
    return frozenset() if best is None else best.columns - erased.columns


def _is_erased(erased: _Shape, whole: _Shape, lost: frozenset[str]) -> bool:
    before = int(np.searchsorted(whole.rows, erased.rows[0]))
    within = int(np.searchsorted(erased.rows, whole.rows[-1]))
    if any(_is_sibling(loss, other) for loss, other in product(lost, erased.columns)):
        return before >= _FEWEST_BEFORE and within <= _FEW * (len(whole.rows) + within)
    # Nothing was measured at all in these rows. That is a training loss become NaN only if it
    # had been in every row like these, and is gone to the end.
    return (
        {_kind(name) for name in erased.columns} <= _BACKGROUND
        and any(meaning(name).split in ("", "train") for name in lost)
        and within == 0
        and before >= _FEWEST_BEFORE_BARE
        and len(erased.rows) >= _FEWEST_BARE
    )


def _is_sibling(loss: str, other: str) -> bool:
    """Whether another column belongs to the same evaluation as a loss."""
    a, b = meaning(loss), meaning(other)
    if b.kind in _BACKGROUND or b.kind in _ERASABLE or a.kind not in _LOSSES:
        return False
    if (a.split or "train") != (b.split or "train"):
        return False
    return b.kind in _QUALITIES or bool(a.split and b.split)


def _filled(column: Column, rows: Ints) -> Column:
    every = np.concatenate((column.rows, rows))
    order = np.argsort(every, kind="stable")
    values = np.concatenate((column.values, np.full(len(rows), np.nan)))
    return Column(column.name, every[order], values[order])


def _issue(name: str, rows: Ints) -> LogIssue:
    cells = "1 cell" if len(rows) == 1 else f"{len(rows)} cells"
    message = f"{cells} of {name} blank beside filled ones, line {rows[0]} first: read as NaN"
    return LogIssue("blank-nan", message, int(rows[0]), len(rows))
