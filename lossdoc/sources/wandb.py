"""Tables that the web pages of Weights & Biases export: panels, and the refused table of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources import csv
from lossdoc.sources.base import Column, Table
from lossdoc.sources.delimited.dialect import detect
from lossdoc.sources.vocabulary import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.base import Source

FORMAT = "wandb"

_BAND = ("__MIN", "__MAX")
_STEPS = frozenset({"step", "_step"})
_CLOCKS = ("_timestamp", "_runtime")
_RUN_FIELDS = frozenset({"state", "created", "runtime", "sweep", "user", "tags", "notes"})


def kind_of(names: Sequence[str]) -> str | None:
    """Which table of W&B has these columns: ``panel``, ``runs``, or None.

    >>> kind_of(["Step", "blue-sky-3 - loss", "blue-sky-3 - loss__MIN", "blue-sky-3 - loss__MAX"])
    'panel'
    """
    lower = [name.lower() for name in names]
    if "name" in lower and len(_RUN_FIELDS.intersection(lower)) > 2:
        return "runs"
    lines = [name for name in names[1:] if " - " in name]
    if not lines or len(lines) < len(names) - 1 or " - " in names[0]:
        return None
    banded = any(name.endswith(_BAND) for name in lines)
    # "train - loss" is somebody's own spelling, not a run called train.
    own = all(_run_and_metric(name)[0].lower() in SPLITS for name in lines)
    axis = lower[0] in _STEPS or _is_clock(lower[0])
    return "panel" if banded or (axis and not own) else None


def _is_clock(name: str) -> bool:
    return name.lower().startswith(("relative time", "wall time", *_CLOCKS))


def sniff(source: Source) -> str | None:
    """Accept the tables of W&B, also the one that is refused afterwards."""
    dialect = None if source.is_folder else detect(source)
    kind = dialect and kind_of(dialect.layout.names)
    if dialect is None or kind is None:
        return None
    if kind == "runs":
        return "table of runs exported from Weights & Biases"
    runs = dict.fromkeys(_run_and_metric(name)[0] for name in dialect.layout.names[1:])
    return f"panel exported from Weights & Biases, {len(runs)} run" + "s" * (len(runs) != 1)


def read(source: Source) -> list[Table]:
    """Read a panel, one table per run.

    Raises
    ------
    NoUsableMetric
        It is a table of runs: their last values, not their history.
    UnreadableLog
        It is no table of W&B.
    """
    dialect = detect(source)
    kind = dialect and kind_of(dialect.layout.names)
    if dialect is None or kind is None:
        raise UnreadableLog(f"{source.display} is no panel exported from Weights & Biases")
    (table,), _ = csv.read_tables(source)
    if kind == "runs":
        raise _not_a_log(source, table)
    return _runs(table, dialect.layout.names[0])


def _not_a_log(source: Source, table: Table) -> NoUsableMetric:
    count = max((len(column.rows) for column in table.columns), default=0)
    runs = f"{count} run" + "s" * (count != 1)
    return NoUsableMetric(
        f"{source.display} is a table of {runs}, not a training log",
        details=("one row per run, with the last value of every metric",),
        hint="export the history of a run: run.history() of the wandb API, or the CSV of a panel",
    )


def _run_and_metric(name: str) -> tuple[str, str]:
    run, _, metric = name.rpartition(" - ")
    return run, metric


def _runs(table: Table, axis: str) -> list[Table]:
    """Cut a panel into its runs."""
    of_run: dict[str, dict[str, Column]] = {}
    shared: Column | None = None
    for column in table.columns:
        run, metric = _run_and_metric(column.name)
        if column.name == axis:
            shared = column
        elif not column.name.endswith(_BAND) and len(column.rows):
            of_run.setdefault(run, {})[metric] = column
    tables = [_run(name, columns, shared, table) for name, columns in of_run.items()]
    return tables or [Table((), issues=table.issues)]


def _run(name: str, columns: dict[str, Column], shared: Column | None, table: Table) -> Table:
    """One run, every metric with its own steps."""
    timed = shared is not None and _is_clock(shared.name)
    axis = columns.get("_step") if shared is None or timed else shared
    clock = next((columns[c] for c in _CLOCKS if c in columns), shared if timed else None)
    own, steps, times = [], {}, {}
    for metric, column in columns.items():
        if metric in (*_CLOCKS, "_step"):
            continue
        there, found = _at(axis or shared, column.rows)
        own.append(Column(metric, column.rows[there], column.values[there]))
        if axis is not None or shared is not None:
            steps[metric] = found
        if clock is not None:
            on_time, seconds = _at(clock, column.rows[there])
            if on_time.all():
                times[metric] = seconds
    return Table(tuple(own), name, table.context, table.issues, steps, times)


def _at(axis: Column | None, rows: Ints) -> tuple[NDArray[np.bool_], Floats]:
    """Which rows an axis has a value in, and those values."""
    if axis is None:
        return np.ones(len(rows), bool), rows.astype(np.float64)
    place = np.searchsorted(axis.rows, rows).clip(max=max(len(axis.rows) - 1, 0))
    there = axis.rows[place] == rows if len(axis.rows) else np.zeros(len(rows), bool)
    return there, axis.values[place[there]]
