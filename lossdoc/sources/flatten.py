"""Records (JSON objects) to columns.

Rows of different kinds may alternate, keys may come late, values may be nested, absent, ``null``
or numbers in strings. Rows with the same keys are converted together, so that Python touches
every value only once; that is where the speed comes from.
"""

from __future__ import annotations

import re
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.sources import hyperparameters, recordnames
from lossdoc.sources.base import Column, Table, parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeVar

    from lossdoc.model import Floats, Ints, LogIssue

    Record = dict[str, Any]
    _K = TypeVar("_K")
    _Group = tuple[Ints, Sequence[Record]]
    _Parts = dict[str, list[tuple[Ints, Floats]]]

_MAX_DEPTH = 12
"""What is nested deeper than this is no metric."""

_MAYBE_NUMBER = re.compile(
    r"^[ \t\"']*[+-]?[\d._,]+(?:e[+-]?\d+)?[ \t%\"']*$|nan|inf|#|\(", re.IGNORECASE | re.MULTILINE
)
"""Matches every text that `parse_cell` may take for a number: spares it columns of plain text."""


class Records:
    """Collects records; `table` makes columns of them."""

    def __init__(self) -> None:
        self._parts: _Parts = {}
        self._settings: _Parts = {}
        self._context: dict[str, float | str] = {}
        self._others: dict[str, float | str] = {}

    def add(self, rows: Ints, records: Sequence[Record]) -> None:
        """Add records with their row numbers.

        Parameters
        ----------
        rows
            int64[n], line or record numbers, as a rule increasing; of two values for one row
            the later one counts.
        records
            As many JSON objects.
        """
        for keys, alike in _by_keys(rows, records).items():
            for mode, group in _by_mode(keys, alike).items():
                first = list(leaves(group[1][0]))
                parts = self._parts
                if _lists_settings(first):
                    parts = self._settings
                    self._context = hyperparameters.collect(first) | self._context
                    self._others = hyperparameters.others(first) | self._others
                _convert(parts, recordnames.columns(keys, mode), keys, group)

    def table(
        self,
        name: str = "",
        context: Mapping[str, float | str] | None = None,
        issues: Sequence[LogIssue] = (),
    ) -> Table:
        """All columns; rows that only list settings are columns where there is nothing else."""
        columns = _columns(self._parts or self._settings)
        constant = [(c.name, float(c.values[0])) for c in columns if _is_constant_setting(c)]
        known = hyperparameters.collect(constant) | self._context | dict(context or {})
        return Table(columns, name=name, context=known, issues=tuple(issues), settings=self._others)


def scalar(value: Any) -> float | None:
    """Read a JSON value as a number: also in a string, also alone in a list; else None.

    >>> scalar("11.049"), scalar([3]), scalar(True), scalar([1, 2])
    (11.049, 3.0, None, None)
    """
    if isinstance(value, str):
        return parse_cell(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float | int):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
        return scalar(value[0])
    return None


def leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Everything in nested objects that is no object itself, with its path."""
    if not isinstance(value, dict):
        yield path, value
    elif depth < _MAX_DEPTH:
        for key, item in value.items():
            yield from leaves(item, f"{path}/{key}" if path else key, depth + 1)


def is_row(value: Any) -> bool:
    """Whether an object is a record of numbers, and not something that holds whole series."""
    named = list(leaves(value))
    numbers = [path for path, item in named if scalar(item) is not None]
    lists = [(path, item) for path, item in named if isinstance(item, list) and len(item) > 1]
    losses = sum(map(recordnames.measures, numbers))
    series = sum(recordnames.measures(path) for path, _ in lists)
    if losses != series:
        return losses > series
    if losses:
        return any(recordnames.is_counter(path) for path in numbers)
    return len(numbers) > len(lists) and not any(isinstance(v[0], dict) for _, v in lists)


def _by_keys(rows: Ints, records: Sequence[Record]) -> dict[tuple[str, ...], _Group]:
    """Groups of records with the same keys in the same order, by first appearance."""
    keys = list(map(tuple, records))
    return _split(rows, records, keys)


def _by_mode(keys: tuple[str, ...], group: _Group) -> dict[str, _Group]:
    """Split records by the part of the data that they speak of, where they tell."""
    telling = recordnames.mode_keys(keys)
    if not telling:
        return {"": group}
    return _split(*group, [recordnames.mode_of_record(record, telling) for record in group[1]])


def _split(rows: Ints, records: Sequence[Record], labels: Sequence[_K]) -> dict[_K, _Group]:
    places: dict[_K, list[int]] = {label: [] for label in dict.fromkeys(labels)}
    if len(places) == 1:
        return {labels[0]: (rows, records)}
    for place, label in enumerate(labels):
        places[label].append(place)
    return {label: (rows[some], [records[i] for i in some]) for label, some in places.items()}


def _lists_settings(found: list[tuple[str, Any]]) -> bool:
    """Whether a row lists hyper-parameters and measures nothing."""
    names = [path.rpartition("/")[2] for path, _ in found]
    if any(recordnames.is_counter(name) or recordnames.measures(name) for name in names):
        return False
    return not hyperparameters.CHANGING.issuperset(hyperparameters.collect(found))


def _convert(
    parts: _Parts,
    names: Sequence[str | None],
    keys: tuple[str, ...],
    group: _Group,
    depth: int = 0,
) -> None:
    """Append the values of records with equal keys to their columns' parts."""
    rows, records = group
    for name, key in zip(names, keys, strict=True):
        if name is None:
            continue
        values = list(map(itemgetter(key), records))
        kinds = set(map(type, values))
        array = _all_numbers(values, kinds)
        if array is not None:
            parts.setdefault(name, []).append((rows, array))
            continue
        if dict in kinds and depth < _MAX_DEPTH:
            inside = [i for i, value in enumerate(values) if type(value) is dict]
            nested = _by_keys(rows[inside], [values[i] for i in inside])
            for inner, some in nested.items():
                _convert(parts, [f"{name}/{k.strip()}" for k in inner], inner, some, depth + 1)
        numbers = _some_numbers(values, kinds)
        if numbers:
            found = np.fromiter(numbers.values(), np.float64)
            parts.setdefault(name, []).append((rows[list(numbers)], found))


def _all_numbers(values: list[Any], kinds: set[type]) -> Floats | None:
    """All values at once, where every one is a number or a string that plainly is one."""
    if not kinds <= {float, int, str}:
        return None
    try:
        return np.array(values, dtype=np.float64)
    except (ValueError, OverflowError):
        return None


def _some_numbers(values: list[Any], kinds: set[type]) -> dict[int, float]:
    """Numbers among the values, by their place."""
    if kinds <= {NoneType, dict, bool}:
        return {}
    if kinds == {str} and not _MAYBE_NUMBER.search("\n".join(values)):
        return {}
    read = ((place, scalar(value)) for place, value in enumerate(values))
    return {place: number for place, number in read if number is not None}


def _columns(parts: _Parts) -> tuple[Column, ...]:
    """Join the parts; columns that occur in the same rows share one array of row numbers."""
    shared: dict[tuple[int, ...], Ints] = {}
    columns = []
    for name, pieces in parts.items():
        key = tuple(id(rows) for rows, _ in pieces)
        if key not in shared:
            shared[key] = np.concatenate([rows for rows, _ in pieces])
        rows, values = shared[key], np.concatenate([values for _, values in pieces])
        columns.append(_in_order(Column(name, rows, values)))
    return tuple(columns)


def _in_order(column: Column) -> Column:
    """Sort by row, the last of several values for one row winning."""
    if np.all(np.diff(column.rows) > 0):
        return column
    order = np.argsort(column.rows, kind="stable")
    rows, values = column.rows[order], column.values[order]
    last = np.append(rows[1:] != rows[:-1], True)
    return Column(column.name, rows[last], values[last])


def _is_constant_setting(column: Column) -> bool:
    name = hyperparameters.canonical(column.name)
    if name is None or name in hyperparameters.CHANGING:
        return False
    return bool(np.all(column.values == column.values[0]))
