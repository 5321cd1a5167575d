"""Runs of what is in memory already: a DataFrame, or a dictionary of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.arrays import median
from lossdoc.errors import UsageError
from lossdoc.sources.assemble import assemble
from lossdoc.sources.base import Column, Table
from lossdoc.sources.naming import Kind, meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from lossdoc.model import Floats, Run

_COUNTS = frozenset({Kind.STEP, Kind.EPOCH})


def run_from_frame(
    frame: pd.DataFrame,
    *,
    path: str = "DataFrame",
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> Run:
    """Make a run of a table with one column per quantity.

    A frame cannot tell a NaN that was logged from a cell that was never filled. A column that is
    filled only here and there (validation after every epoch) counts as not logged elsewhere; in
    a column that is filled row after row, every NaN counts as logged. A column without any
    number is left out, unless it is the only loss. Text that is a number counts as one. An index
    is a column where its name says that it counts steps, or ``step_column`` names it.

    Raises
    ------
    SourceError
        The frame holds no loss, or a column that was named does not exist.
    UsageError
        Two columns of numbers have the same name.
    """
    columns = []
    numbers = _numbers(_with_index(frame, step_column))
    losses = [name for name in numbers if meaning(name).kind is Kind.LOSS]
    for name, values in numbers.items():
        kept = _logged(values, keep_empty=losses == [name])
        columns.append(Column(name, np.flatnonzero(kept) + 1, values[kept]))
    table = Table(tuple(columns))
    return assemble([table], path, "frame", mapping=mapping, step_column=step_column)[0]


def _with_index(frame: pd.DataFrame, step_column: str | None) -> pd.DataFrame:
    """Make those levels of the index columns that count steps; a number without a name may be anything."""
    names = [
        name
        for name in frame.index.names
        if isinstance(name, str)
        and name not in frame.columns
        and (name == step_column or meaning(name).kind in _COUNTS)
    ]
    return frame.reset_index(names) if names else frame


def _numbers(frame: pd.DataFrame) -> dict[str, Floats]:
    """Columns of numbers by their names; a cell that holds none is NaN."""
    found: dict[str, Floats] = {}
    for place, label in enumerate(frame.columns):
        name, values = str(label), _as_numbers(frame.iloc[:, place])
        if values is None:
            continue
        if name in found:
            raise UsageError(f"two columns of the frame have the name {name!r}")
        found[name] = values
    return found


def _as_numbers(column: pd.Series[Any]) -> Floats | None:
    import pandas as pd

    kinds = pd.api.types
    if kinds.is_object_dtype(column) or kinds.is_string_dtype(column):
        try:
            column = pd.to_numeric(column, errors="coerce")
        except TypeError:  # lists, dictionaries, arrays
            return None
        if column.isna().all():
            return None
    if not kinds.is_numeric_dtype(column) or kinds.is_complex_dtype(column):
        return None
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _logged(values: Floats, *, keep_empty: bool) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which cells of a column were logged.

    Returns
    -------
    bool[n]
        All True for a dense column, the filled cells of a sparse one.
    """
    filled = ~np.isnan(values)
    places = np.flatnonzero(filled)
    if len(places) == 0:
        return np.full(len(values), keep_empty)
    if len(places) > 1 and median(np.diff(places)) >= 2:
        return filled
    first_dense = len(places) > 1 or len(values) == 1
    return np.arange(len(values)) >= places[0] if first_dense else filled


def run_from_mapping(
    series: Mapping[str, Any],
    *,
    path: str = "mapping",
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> Run:
    """Make a run of arrays by name.

    Parameters
    ----------
    series
        Name -> values (n,), the same n for all; or name -> (steps, values) where the series have
        steps of their own. A NaN is a value; ``None`` is none.

    Raises
    ------
    UsageError
        What was given is no array of numbers, or steps and values differ in length.
    SourceError
        There is no loss among them, or a column that was named does not exist.
    """
    columns, steps, lengths = [], {}, {}
    for key, given in series.items():
        name = str(key)
        at, values = given if isinstance(given, tuple) and len(given) == 2 else (None, given)
        array, present = _array(name, values)
        columns.append(Column(name, np.flatnonzero(present) + 1, array[present]))
        if at is not None:
            place, _ = _array(name, at)
            if len(place) != len(array):
                raise UsageError(f"{name}: {len(place)} steps for {len(array)} values")
            steps[name] = place[present]
        else:
            lengths[name] = len(array)
    if len(set(lengths.values())) > 1:
        raise UsageError(
            "arrays of different lengths have no rows in common",
            details=tuple(f"{name}: {n}" for name, n in lengths.items()),
            hint="give each its own steps: {'val_loss': (steps, values)}",
        )
    table = Table(tuple(columns), steps=steps)
    return assemble([table], path, "mapping", mapping=mapping, step_column=step_column)[0]


def _array(name: str, values: Any) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Values as float64[n], and which of them are there."""
    items = np.asarray(values, dtype=object)
    if items.ndim != 1:
        raise UsageError(f"{name}: expected an array of one dimension, got {items.ndim}")
    present = np.array([item is not None for item in items], dtype=np.bool_)
    filled = np.where(present, items, np.nan)
    try:
        return filled.astype(np.float64), present
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name}: not all of it are numbers: {error}") from error
