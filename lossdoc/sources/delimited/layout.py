"""What the fields of a row mean, by their names and by the first rows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.sources.base import _MISSING, parse_cell
from lossdoc.sources.vocabulary import SPLITS, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPLIT_NAMES = word_set("mode split phase stage set subset partition type dataset data")
_METRIC_NAMES = word_set("metric name tag key variable metric_name metric_key series")
_VALUE_NAMES = word_set("value values val metric_value scalar scalar_value")
_RUN_NAMES = word_set("run run_id run_name run_uuid")
_TURN_NAMES = _RUN_NAMES | word_set(
    "model model_name arch architecture backbone method algorithm algo optimizer optimiser "
    "experiment exp exp_name experiment_name trial config client client_id client_name variant fold"
)
_PLAYERS = word_set("g d generator discriminator gen disc critic actor policy teacher student")
"""Parts of one training, though they are called models."""


class Layout(NamedTuple):
    """Meaning of the fields of a row, by their number from 0.

    Parameters
    ----------
    names
        Column names, unique; a column without one is called ``column 1``, ``column 2`` ...
    nameless
        Fields without a name.
    texts
        Fields that hold text.
    split
        Field that says ``train`` or ``val``, or None.
    metric, value
        In a long table: fields with the name of a metric and its value, or None.
    run
        Field with the name of the run, in a long table or where runs go on by turns, or None.
    """

    names: tuple[str, ...]
    nameless: frozenset[int] = frozenset()
    texts: frozenset[int] = frozenset()
    split: int | None = None
    metric: int | None = None
    value: int | None = None
    run: int | None = None

    @property
    def needed(self) -> int:
        """Fields that a whole row has: those up to the last name."""
        return 1 + max(set(range(len(self.names))) - self.nameless, default=-1)

    @property
    def keys(self) -> tuple[int, ...]:
        """Fields whose text decides where the numbers of a row belong."""
        return tuple(k for k in (self.run, self.split, self.metric) if k is not None)


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Make names unique by ``.1``, ``.2``; number the nameless."""
    taken = set(names)
    seen: dict[str, int] = {}
    result = []
    for number, name in enumerate(names, 1):
        new = base = name or f"column {number}"
        while new in seen or (new != name and new in taken):
            seen[base] = seen.get(base, 0) + 1
            new = f"{base}.{seen[base]}"
        seen.setdefault(new, 0)
        result.append(new)
    return tuple(result)


def make_layout(names: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> Layout:
    """Tell what the columns hold, by their names and some rows."""
    unique = unique_names(names)
    cells = [[row[j] for row in rows if j < len(row)] for j in range(len(unique))]
    texts = frozenset(j for j, column in enumerate(cells) if _is_text(column))

    def find(words: frozenset[str]) -> Iterator[int]:
        return (j for j in range(len(unique)) if j in texts and unique[j].lower() in words)

    splits = (j for j in find(_SPLIT_NAMES) if _names_splits(cells[j]))
    nameless = frozenset(j for j, name in enumerate(names) if not name)
    layout = Layout(unique, nameless, texts, split=next(splits, None))
    values = (j for j, n in enumerate(unique) if j not in texts and n.lower() in _VALUE_NAMES)
    metric, value = next(find(_METRIC_NAMES), None), next(values, None)
    if metric is None or value is None:
        return layout._replace(run=next((j for j in find(_TURN_NAMES) if _turns(cells[j])), None))
    return layout._replace(metric=metric, value=value, run=next(find(_RUN_NAMES), None))


def _is_text(cells: list[str]) -> bool:
    filled = [cell for cell in cells if not is_nothing(cell)]
    return 2 * sum(parse_cell(cell) is None for cell in filled) > len(filled)


def _turns(cells: list[str]) -> bool:
    """Whether several names follow each other by turns."""
    distinct = {cell.lower() for cell in cells}
    changes = sum(a != b for a, b in pairwise(cells))
    return len(distinct) > 1 and not distinct & _PLAYERS and changes >= 2 * len(distinct)


def _names_splits(cells: list[str]) -> bool:
    return all(cell.lower() in SPLITS for cell in cells if cell)


def is_nothing(text: str) -> bool:
    """Whether a cell says that nothing was logged."""
    return text.strip().strip("\"'").strip().lower() in _MISSING
