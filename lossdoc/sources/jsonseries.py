"""Series within a JSON document, found by their shape and not by a fixed path.

Series are either a list of records (objects with numbers), or lists of numbers side by side in an
object; both may stand at some depth, and several times: as parts of the data (``train``,
``val``), as several runs (``fold_0``, ``fold_1``), or as metrics (``{"loss": {"train": [...]}}``).
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.sources import flatten, hyperparameters, recordnames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lossdoc.model import LogIssue
    from lossdoc.sources.base import Table

    Record = dict[str, Any]

_MAX_DEPTH = 6
"""Series are not looked for any deeper."""

_NUMBERED = re.compile(r"(epoch|step|iter|iteration)?[ _-]?(\d+)", re.IGNORECASE)
_TRAINING = re.compile(
    r"loss|nll|ppl|perplex|acc|err|rew|return|score|auc|f1|mse|mae|iou|bleu|rouge|wer|(^|/|_)lr",
    re.IGNORECASE,
)
_LABELS = ("name", "run_name", "run", "id")
_SAMPLE = 64
_COUNTERS = ("global_step", "step", "iteration", "iter", "epoch")


@dataclass(frozen=True, eq=False)
class Series:
    """Records of one place in a document.

    Parameters
    ----------
    path
        Keys that lead there.
    records
        With increasing ``rows``, from 1.
    context
        Hyper-parameters that stand beside it or above.
    """

    path: tuple[str, ...]
    rows: Sequence[int]
    records: Sequence[Record]
    context: Mapping[str, float | str]

    @property
    def mode(self) -> str:
        """Part of the data that the last key of the path speaks of, or an empty string."""
        return recordnames.mode_of(self.path[-1]) if self.path else ""

    @cached_property
    def losses(self) -> frozenset[str]:
        """Names in the first record that speak of a loss."""
        names = (path for path, _ in flatten.leaves(self.records[0]))
        return frozenset(name for name in names if recordnames.measures(name))

    @property
    def looks_trained(self) -> bool:
        """Whether a name in the first records is one of a training log."""
        names = {path for record in self.records[:3] for path, _ in flatten.leaves(record)}
        names.update(self.path)
        return any(_TRAINING.search(name) or recordnames.is_counter(name) for name in names)

    @cached_property
    def positions(self) -> tuple[str, list[float]] | None:
        """Key that says where in the run each record stands, and where; it never goes back."""
        for key in _COUNTERS:
            found = [flatten.scalar(record.get(key)) for record in self.records]
            numbers = [number for number in found if number is not None]
            if len(numbers) == len(found) and numbers == sorted(numbers):
                return key, numbers
        return None


def find(document: Any) -> list[Series]:
    """Every place with series; of a Hugging Face state only its log."""
    found = list(_walk(document, (), {}))
    logs = [series for series in found if series.path[-1:] == ("log_history",)]
    if logs:
        return logs
    longest = max((len(series.records) for series in found if series.losses), default=0)
    # Beside a long loss, the short lists of an object without one are settings (``betas``).
    return [s for s in found if s.losses or s.mode or 10 * len(s.records) > longest]


def tables(found: list[Series], issues: Sequence[LogIssue]) -> list[Table]:
    """One table per run.

    Places of the same losses are different runs; parts of the data (``train``, ``val``) and
    places of different metrics are one.
    """
    groups: dict[tuple[str, ...], list[Series]] = {}
    for series in found:
        path = series.path[:-1] if series.mode else series.path
        groups.setdefault(path, []).append(series)
    seen = Counter(name for parts in groups.values() for name in _losses(parts))
    if not any(count > 1 for count in seen.values()):
        groups = {_common(groups): found}
    common = len(_common(groups))
    return [
        table
        for path, parts in groups.items()
        for table in _run("/".join(path[common:]).removesuffix("/log_history"), path, parts, issues)
    ]


def _common(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """What all paths begin with."""
    levels = itertools.takewhile(lambda keys: len(set(keys)) == 1, zip(*paths, strict=False))
    return tuple(keys[0] for keys in levels)


def _losses(parts: Iterable[Series]) -> frozenset[str]:
    return frozenset().union(*(series.losses for series in parts))


def _run(
    name: str, path: tuple[str, ...], parts: list[Series], issues: Sequence[LogIssue]
) -> list[Table]:
    """One table of all parts, or one of each where it is not clear how they belong together."""
    rows = _common_rows(parts)
    if rows is None:
        names = ["/".join(part.path[len(path) :]) for part in parts]
        return [
            _run(f"{name}/{own}".strip("/"), part.path, [part], issues)[0]
            for own, part in zip(names, parts, strict=True)
        ]
    records = flatten.Records()
    modes = Counter((part.path[:-1], part.mode) for part in parts)
    for part, some in zip(parts, rows, strict=True):
        mode = part.mode if modes[part.path[:-1], part.mode] == 1 else ""
        records.add(np.array(some, dtype=np.int64), _renamed(part, path, mode))
    context = {key: value for part in reversed(parts) for key, value in part.context.items()}
    return [records.table(name, context, issues)]


def _common_rows(parts: list[Series]) -> list[Sequence[int]] | None:
    """Row numbers that bring the records of all parts into one order, or None."""
    if len(parts) == 1:
        return [parts[0].rows]
    positions = [part.positions for part in parts]
    if all(found == positions[0] for found in positions):
        return [part.rows for part in parts]  # at the same places, or all without any
    if None in positions or len({found[0] for found in positions if found}) > 1:
        return None
    places = sorted(
        (place, index, number)
        for index, found in enumerate(positions)
        for number, place in enumerate(found[1] if found else ())
    )
    rows: list[list[int]] = [[] for _ in parts]
    for row, (_, index, _) in enumerate(places, 1):
        rows[index].append(row)
    return list(rows)


def _renamed(part: Series, path: tuple[str, ...], mode: str) -> Sequence[Record]:
    """Records with the names that they have in a table for ``path``.

    ``mode`` takes the place of the last key, unless two of the keys mean the same part of the data:
    ``validation_0`` and ``validation_1``.
    """
    relative = part.path[len(path) :][: -1 if mode else None]
    prefix = "".join(f"{key}/" for key in relative)
    if not prefix and not mode:
        return part.records
    names = {
        key: key if recordnames.is_counter(key) else prefix + recordnames.in_mode(key.strip(), mode)
        for record in part.records
        for key in record
    }
    return [{names[key]: value for key, value in record.items()} for record in part.records]


def _walk(node: Any, path: tuple[str, ...], context: Mapping[str, float | str]) -> Iterator[Series]:
    node = _as_list(node)
    if len(path) > _MAX_DEPTH:
        return
    if isinstance(node, list):
        yield from _walk_list(node, path, context)
    elif isinstance(node, dict):
        yield from _walk_object(node, path, context)


def _walk_list(
    items: list[Any], path: tuple[str, ...], context: Mapping[str, float | str]
) -> Iterator[Series]:
    """Take a list as records, or look into its elements where these hold series."""
    objects = [(row, item) for row, item in enumerate(items, 1) if isinstance(item, dict) and item]
    sample = [flatten.is_row(item) for _, item in objects[:_SAMPLE]]
    if sample and 2 * sum(sample) >= len(sample):
        rows, records = zip(*objects, strict=True)
        yield Series(path, rows, records, context)
        return
    for row, item in objects:
        label = next((item[key] for key in _LABELS if isinstance(item.get(key), str)), str(row))
        yield from _walk(item, (*path, label), context)


def _walk_object(
    node: Record, path: tuple[str, ...], context: Mapping[str, float | str]
) -> Iterator[Series]:
    """Take the lists of numbers of an object as one history, then look into the rest."""
    if (rows := _rows_of_a_frame(node)) is not None:
        yield from _walk_list(rows, path, context)
        return
    lists = {key: _numbers(item) for key, item in node.items()}
    history = {key: numbers for key, numbers in lists.items() if numbers}
    if not any(len(item) > 1 or recordnames.measures(key) for key, item in history.items()):
        history = {}
    beside = {key: item for key, item in node.items() if not _holds_list(item)}
    inner = {**context, **hyperparameters.collect(flatten.leaves(beside))}
    if history:
        length = max(map(len, history.values()))
        records = [
            {key: item[i] for key, item in history.items() if i < len(item)} for i in range(length)
        ]
        yield Series(path, range(1, length + 1), records, inner)
    for key, child in node.items():
        if key not in history and isinstance(child, list | dict):
            yield from _walk(child, (*path, key), inner)


def _rows_of_a_frame(node: Record) -> list[Record] | None:
    """Records of ``{"columns": ["loss", ...], "data": [[2.5, ...], ...]}``, as pandas writes it."""
    names, data = node.get("columns"), node.get("data")
    if not (isinstance(names, list) and isinstance(data, list) and names and data):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in data):
        return None
    return [dict(zip(map(str, names), row, strict=True)) for row in data]


def _numbers(value: Any) -> list[Any]:
    """Return a list if it is one that holds numbers, itself or as its only element; else []."""
    value = _as_list(value)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or all(flatten.scalar(item) is None for item in value):
        return []
    return value


def _holds_list(value: Any, depth: int = 0) -> bool:
    if isinstance(value, dict):
        return depth > _MAX_DEPTH or any(_holds_list(item, depth + 1) for item in value.values())
    return isinstance(value, list)


def _as_list(node: Any) -> Any:
    """Values of an object whose keys are numbers (``"0"``, ``"epoch_1"``), in their order.

    Where the numbers tell more than the order, they become part of the records.
    """
    if not isinstance(node, dict) or not node:
        return node
    matches = {key: _NUMBERED.fullmatch(key) for key in node}
    words = {match and (match[1] or "").lower() for match in matches.values()}
    if None in words or len(words) > 1:
        return node
    numbers = {key: int(match[2]) for key, match in matches.items() if match}
    keys = sorted(node, key=numbers.__getitem__)
    order = [numbers[key] for key in keys]
    counter = words.pop()
    if not counter and order not in (list(range(len(order))), list(range(1, len(order) + 1))):
        counter = "step"
    if not counter:
        return [node[key] for key in keys]
    return [_counted(node[key], counter, numbers[key]) for key in keys]


def _counted(value: Any, counter: str, number: int) -> Any:
    if not isinstance(value, dict) or any(map(recordnames.is_counter, value)):
        return value
    return {counter: number, **value}
