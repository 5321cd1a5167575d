"""Values that only say that nothing was measured: NaN, 0 or -1 between regular evaluations.

A script that evaluates every fifth epoch may still write its validation loss in every row. What
stands in the rows between is no value: it would hide the curve, and as NaN look like a failure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.model import LogIssue
from lossdoc.sources.naming import LOSSES, Kind, meaning

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.sources.base import Column, Table

    _Marks = np.ndarray[tuple[int], np.dtype[np.bool_]]

_MEASURED = LOSSES | {Kind.ACCURACY, Kind.METRIC}
_MARKS = (np.nan, 0.0, -1.0, np.inf)
_FEWEST = 3
"""Evaluations without which nothing is regular."""
_REGULAR = 0.75
"""Part of the gaps between evaluations that must be alike: runs appended to a log break some."""


def without_placeholders(table: Table) -> Table:
    """Leave out what stands between the evaluations of a row-wise table.

    Returns
    -------
    Table
        With an issue ``placeholder`` for every column that loses values.
    """
    if table.steps:
        return table
    columns: list[Column] = []
    issues: list[LogIssue] = []
    for column in table.columns:
        kept = _kept(column)
        if kept is None:
            columns.append(column)
            continue
        columns.append(replace(column, rows=column.rows[kept], values=column.values[kept]))
        count = int(np.sum(~kept))
        mark = column.values[~kept][0]
        message = f"{count} values {mark:g} of {column.name} between its evaluations: left out"
        issues.append(LogIssue("placeholder", message, int(column.rows[~kept][0]), count))
    return replace(table, columns=tuple(columns), issues=(*table.issues, *issues))


def _kept(column: Column) -> _Marks | None:
    """Which values are evaluations; None where all are."""
    found = meaning(column.name)
    if found.split not in {"val", "test"} or found.kind not in _MEASURED:
        return None
    for mark in _MARKS:
        blank = _is(column.values, mark)
        if 2 * int(blank.sum()) < len(blank) or not blank.any():
            continue
        places = np.flatnonzero(~blank)
        gaps = np.diff(places)
        if len(places) < _FEWEST or np.min(gaps) < 2:
            return None
        gap = int(np.median(gaps))
        if np.mean(gaps == gap) < _REGULAR:
            return None
        # What stands where the next evaluation was due is a value: NaN to the end.
        kept: _Marks = ~blank
        kept[places[-1] + gap :] = True
        return kept
    return None


def _is(values: Floats, mark: float) -> _Marks:
    found: _Marks = np.isnan(values) if np.isnan(mark) else values == mark
    return found
