"""Runs of what is in memory already: a DataFrame, or a dictionary of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.arrays import median
from lossdoc.sources.assemble import assemble
from lossdoc.sources.base import Column, Table
from lossdoc.sources.naming import meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from lossdoc.model import Floats, Run


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
    number is left out, unless it is the only loss.

    Raises
    ------
    SourceError
        The frame holds no loss, or a column that was named does not exist.
    """
    columns = []
    numbers = frame.select_dtypes(include=["number", "bool"])
    only_loss = sum(meaning(str(name)).kind.name == "LOSS" for name in numbers.columns) == 1
    for name in numbers.columns:
        values = numbers[name].to_numpy(dtype=np.float64)
        kept = _logged(values, keep_empty=only_loss and meaning(str(name)).kind.name == "LOSS")
        columns.append(Column(str(name), np.flatnonzero(kept) + 1, values[kept]))
    table = Table(tuple(columns))
    return assemble([table], path, "frame", mapping=mapping, step_column=step_column)[0]


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
        Name -> values (n,), or name -> (steps, values) where the series have steps of their own.
        A NaN is a value; ``None`` is none.

    Raises
    ------
    ValueError
        Steps and values differ in length, or an array has more than one dimension.
    SourceError
        There is no loss among them, or a column that was named does not exist.
    """
    columns, steps = [], {}
    for name, given in series.items():
        at, values = given if isinstance(given, tuple) and len(given) == 2 else (None, given)
        array, present = _array(name, values)
        columns.append(Column(name, np.flatnonzero(present) + 1, array[present]))
        if at is not None:
            place, _ = _array(name, at)
            if len(place) != len(array):
                raise ValueError(f"{name}: {len(place)} steps for {len(array)} values")
            steps[name] = place[present]
    table = Table(tuple(columns), steps=steps)
    return assemble([table], path, "mapping", mapping=mapping, step_column=step_column)[0]


def _array(name: str, values: Any) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Values as float64[n], and which of them are there."""
    items = np.asarray(values, dtype=object)
    if items.ndim != 1:
        raise ValueError(f"{name}: expected one dimension, got {items.ndim}")
    present = np.array([item is not None for item in items], dtype=np.bool_)
    filled = np.where(present, items, np.nan)
    return filled.astype(np.float64), present
