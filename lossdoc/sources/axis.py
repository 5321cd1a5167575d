"""The x axis of a log: one step for every value, whatever the log counts.

A row-wise log names its axis in a column (``step``, ``iter``, ``epoch`` ...), which may restart
with every epoch, be missing in some rows, or mean something else in the rows of evaluations. A
panel log (TensorBoard, MLflow) stores a step with every value, and some of its series may count
epochs while others count steps. Both end as one float64 step per value.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import AmbiguousMetric
from lossdoc.sources.counters import (
    by_epoch,
    carried,
    cyclic,
    hidden_epochs,
    same_count,
    unrolled,
)
from lossdoc.sources.naming import LOSSES, Kind, Meaning
from lossdoc.sources.panel import Axis, panel
from lossdoc.sources.segments import Points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.base import Column, Table

_EPOCH_RANK = 50


def locate(table: Table, meanings: Mapping[str, Meaning], step_column: str | None = None) -> Axis:
    """Put every column with a meaning on the axis of the table.

    Raises
    ------
    AmbiguousMetric
        ``step_column`` is no column of the table.
    """
    columns = [c for c in table.columns if len(c.rows) and meanings[c.name].kind is not Kind.OTHER]
    if step_column is not None and all(c.name != step_column for c in table.columns):
        raise AmbiguousMetric(
            f"no column {step_column!r} to count the steps",
            details=("columns: " + ", ".join(c.name for c in table.columns[:12]),),
        )
    if table.steps and step_column is None:
        return panel(table, columns, meanings)
    if step_column is not None:
        columns += [c for c in table.columns if c.name == step_column and c not in columns]
    return _Grid(columns, meanings).axis(step_column)


class _Grid:
    """A row-wise log: cells over the union of all rows."""

    def __init__(self, columns: list[Column], meanings: Mapping[str, Meaning]) -> None:
        self.columns = columns
        self.meanings = meanings
        self.rows = _union(c.rows for c in columns)
        train, val = self._rows_of(("", "train")), self._rows_of(("val", "test"))
        self.lead = train if len(train) >= len(val) else val

    def _rows_of(self, splits: tuple[str, ...]) -> Ints:
        """Indices of the rows that hold a loss of a split."""
        found = [
            c.rows
            for c in self.columns
            if self.meanings[c.name].kind in LOSSES and self.meanings[c.name].split in splits
        ]
        return self._places(_union(found))

    def _places(self, rows: Ints) -> Ints:
        """Where rows stand among all rows."""
        if len(rows) == len(self.rows):
            return np.arange(len(rows))
        return np.searchsorted(self.rows, rows)

    def cells(self, column: Column) -> Floats:
        """Values of a counter over all rows; NaN where a row has none."""
        cells = np.full(len(self.rows), np.nan)
        cells[self._places(column.rows)] = np.where(
            np.isfinite(column.values), column.values, np.nan
        )
        return cells

    def axis(self, step_column: str | None) -> Axis:
        epoch = self._epoch()
        name, counter = self._counter(step_column, epoch)
        if counter is None:
            steps = np.arange(1.0, len(self.rows) + 1)
            return self._axis("row", steps, ("x axis: row number",))
        steps, why = self._steps(self.cells(counter), None if name == "epoch" else epoch)
        return self._axis(name, steps, (f"x axis: {counter.name}", *why))

    def _axis(self, name: str, steps: Floats, why: tuple[str, ...]) -> Axis:
        points = {}
        for column in self.columns:
            at = steps[self._places(column.rows)]
            points[column.name] = Points(at, column.values, column.rows)
        lead = Points(steps[self.lead], steps[self.lead], self.rows[self.lead])
        return Axis(name, points, lead, why)

    def _epoch(self) -> Floats | None:
        """Epoch of every row, carried forward; None where the log has none."""
        for column in self.columns:
            if self.meanings[column.name].kind is Kind.EPOCH and np.any(np.isfinite(column.values)):
                return carried(self.cells(column))
        return None

    def _counter(self, wanted: str | None, epoch: Floats | None) -> tuple[str, Column | None]:
        """The column that counts best, and what it counts."""
        best: list[tuple[float, int, Column]] = []
        for column in self.columns:
            if column.name == wanted:
                return _axis_name(self.meanings[column.name]), column
            meaning = self.meanings[column.name]
            if wanted is None and meaning.kind in {Kind.STEP, Kind.EPOCH}:
                rank = _EPOCH_RANK if meaning.kind is Kind.EPOCH else meaning.rank
                quality = self._quality(self.cells(column), epoch, rank)
                if quality > 0:
                    best.append((quality, rank, column))
        if not best:
            return "row", None
        top = max(quality for quality, _, _ in best)
        chosen = min((b for b in best if b[0] >= top - 0.1), key=lambda b: b[1])[2]
        return _axis_name(self.meanings[chosen.name]), chosen

    def _quality(self, cells: Floats, epoch: Floats | None, rank: int) -> float:
        """Share of the rows with a loss at which a counter goes forward."""
        if not np.any(np.isfinite(cells[self.lead])):
            cells = carried(cells)
        x = carried(cells)[self.lead]
        if len(x) < 2:
            return 1.0 if np.all(np.isfinite(x)) and len(x) else 0.0
        forward, backward = np.diff(x) > 0, np.diff(x) < 0
        epochs = self._epochs(x, epoch) if rank < _EPOCH_RANK and np.any(forward) else None
        if epochs is not None:
            next_epoch = np.diff(epochs) > 0
            forward, backward = forward | (backward & next_epoch), backward & ~next_epoch
        # A counter that often falls is none: tokens or samples of one batch. Steps may, in logs
        # to which many runs were appended.
        if np.mean(backward) > (0.05 if 3 <= rank < _EPOCH_RANK else 0.4):
            return 0.0
        return float(np.mean(forward))

    def _epochs(self, counter: Floats, epoch: Floats | None) -> Floats | None:
        """Epoch of every leading row, or what takes its place."""
        return hidden_epochs(counter, self._losses) if epoch is None else epoch[self.lead]

    @cached_property
    def _losses(self) -> Floats:
        """Values of the loss that fills most leading rows; NaN where it has none."""
        losses = [c for c in self.columns if self.meanings[c.name].kind in LOSSES]
        leads = np.zeros(len(self.rows), dtype=bool)
        leads[self.lead] = True
        shared = [int(leads[self._places(c.rows)].sum()) for c in losses]
        values = np.full(len(self.rows), np.nan)
        if losses:
            best = losses[int(np.argmax(shared))]
            values[self._places(best.rows)] = best.values
        return values[self.lead]

    def _steps(self, cells: Floats, epoch: Floats | None) -> tuple[Floats, tuple[str, ...]]:
        """Step of every row, from the cells of the counter."""
        lead = carried(cells[self.lead])
        why: tuple[str, ...] = ()
        epochs = self._epochs(lead, epoch)
        restarts = cyclic(lead, epochs)
        if restarts and epochs is not None:
            lead, length = unrolled(lead, epochs)
            why = (f"counter restarts every epoch: one epoch is {length:g} steps",)
        steps = np.full(len(self.rows), np.nan)
        steps[self.lead] = lead
        others = np.setdiff1d(np.arange(len(self.rows)), self.lead, assume_unique=True)
        own = cells[others]
        if not restarts and same_count(own, lead):
            steps[others] = own
        elif np.any(np.isfinite(own)) and not restarts:
            why += ("rows of evaluations count something else: placed by their order",)
        missing = ~np.isfinite(steps)
        steps = carried(steps)
        if epoch is not None and not restarts and np.any(missing):
            steps = by_epoch(steps, missing, epoch)
        return steps, why


def _axis_name(meaning: Meaning) -> str:
    if meaning.kind is Kind.EPOCH:
        return "epoch"
    return "tokens" if "token" in meaning.words else "step"


def _union(rows: Iterable[Ints]) -> Ints:
    """Sorted union; cheap where all columns fill the same rows, as in most files."""
    distinct: list[Ints] = []
    for r in rows:
        if len(r) and not any(len(r) == len(d) and np.array_equal(r, d) for d in distinct):
            distinct.append(r)
    if not distinct:
        return np.empty(0, dtype=np.int64)
    if len(distinct) == 1:
        return distinct[0]
    end = max(int(r[-1]) for r in distinct) + 1
    if end > 8 * sum(map(len, distinct)):
        return np.unique(np.concatenate(distinct))
    filled = np.zeros(end, dtype=np.bool_)  # ten times as fast as sorting, where rows are dense
    for r in distinct:
        filled[r] = True
    return np.flatnonzero(filled)
