"""A NaN that a CSV writer left as an empty cell.

pandas writes NaN as nothing, and some JSON writers write null. A loss that had been in every row
of its kind and then is empty to the end, while the quantities logged beside it go on, has become
NaN; reading it as "no longer logged" would call a dead run healthy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.model import LogIssue
from lossdoc.sources.naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.model import Ints
    from lossdoc.sources.base import Column, Table
    from lossdoc.sources.naming import Meaning

_FEWEST = 3
"""Rows that a loss must have been in, and rows that must go on without it."""
_AXES = frozenset({Kind.STEP, Kind.EPOCH, Kind.TIME})


def with_emptied_cells(table: Table, meanings: Mapping[str, Meaning]) -> Table:
    """Give a loss the NaN that its log lost; only in row-wise logs, and only to the end."""
    if table.steps:
        return table
    columns, issues = [], list(table.issues)
    for column in table.columns:
        m = meanings[column.name]
        whole = m.kind is Kind.LOSS and not m.rest and m.split != "test"
        found = _emptied(column, table, meanings) if whole else None
        if found is None:
            columns.append(column)
            continue
        witness, rows = found
        nan = np.full(len(rows), np.nan)
        columns.append(
            replace(
                column,
                rows=np.concatenate((column.rows, rows)),
                values=np.concatenate((column.values, nan)),
            )
        )
        message = (
            f"{column.name} is empty from row {rows[0]} on while {witness} goes on: read as NaN"
        )
        issues.append(LogIssue("emptied-cells", message, int(rows[0]), len(rows)))
    return replace(table, columns=tuple(columns), issues=tuple(issues))


def _emptied(
    column: Column, table: Table, meanings: Mapping[str, Meaning]
) -> tuple[str, Ints] | None:
    """The column that goes on without this one, and the rows in which it does.

    Before, both must have been in exactly the same rows: they were logged together. A counter is
    in every row, so it is a witness only where its further rows hold nothing else.
    """
    if len(column.rows) < _FEWEST:
        return None
    for other in table.columns:
        after = other.rows[len(column.rows) :]
        if len(after) < _FEWEST or not np.array_equal(other.rows[: len(column.rows)], column.rows):
            continue
        if meanings[other.name].kind not in _AXES or _bare(after, table, meanings):
            return other.name, after
    return None


def _bare(rows: Ints, table: Table, meanings: Mapping[str, Meaning]) -> bool:
    """Whether rows hold nothing but counters."""
    return not any(
        len(np.intersect1d(column.rows, rows))
        for column in table.columns
        if meanings[column.name].kind not in _AXES
    )
