"""A log as the resolver sees it: columns with a meaning, and what makes one the principal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.sources.naming import Kind
from lossdoc.sources.objective import objective_of
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossdoc.model import Channel
    from lossdoc.sources.naming import Meaning
    from lossdoc.sources.segments import Points

BY_USER = -1
"""Rank of what the user named."""
_SPAN = 0.5
"""A training loss that covers less of the log than this is a side series."""
_SECOND = word_set("robust rl swa ema")
"""Words of an objective that is measured beside the one that is trained."""


class Role(NamedTuple):
    """What becomes one series.

    Parameters
    ----------
    channel
        Role of the series.
    columns
        Column that it is made of; several are summed.
    how
        ``log`` of the values, ``percent`` (divided by 100), or as they are.
    higher_is_better
        Direction of a measure of quality.
    why
        Shown by ``-v``.
    """

    channel: Channel
    columns: tuple[str, ...]
    how: str = ""
    higher_is_better: bool | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Name of the series."""
        if len(self.columns) > 1:
            return "sum of " + ", ".join(self.columns)
        return f"log({self.columns[0]})" if self.how == "log" else self.columns[0]


class View:
    """Columns that hold values, and what the names say about them.

    Attributes
    ----------
    objective
        What the run optimises.
    validation
        Split that validates: ``val``, or ``test`` where nothing else does.
    """

    def __init__(self, points: Mapping[str, Points], meanings: Mapping[str, Meaning]) -> None:
        self.points = points
        self.meanings = {name: meanings[name] for name, p in points.items() if len(p)}
        self.objective = objective_of(self.meanings)
        self._longest = max((len(points[name]) for name in self.meanings), default=0)
        losses = [points[name] for name, m in self.meanings.items() if m.kind is Kind.LOSS]
        self._first = min((float(p.steps.min()) for p in losses), default=0.0)
        self._last = max((float(p.steps.max()) for p in losses), default=0.0)
        self.validation = self._validation()

    def of(self, kind: Kind, splits: Sequence[str] | None = None) -> list[str]:
        """Columns of a kind, those named by the user first; no test of the finished model."""
        found = [
            name
            for name, m in self.meanings.items()
            if m.kind is kind and (splits is None or m.split in splits)
            if m.split != "test" or self._is_series(name)
        ]
        return sorted(found, key=lambda name: self.meanings[name].rank != BY_USER)

    def _validation(self) -> str:
        for kind in (Kind.LOSS, Kind.STAND_IN, Kind.PERPLEXITY):
            for split in ("val", "test"):
                if self.of(kind, (split,)):
                    return split
        return "val" if self.of(Kind.ACCURACY, ("val",)) else "test"

    def _is_series(self, name: str) -> bool:
        """Whether it holds more than one final row; or the whole log has but one."""
        return len(self.points[name]) > 1 or self._longest == 1

    def spans(self, name: str) -> bool:
        """Whether a column covers the log, rather than its first steps only."""
        steps = self.points[name].steps
        return float(np.ptp(steps)) >= _SPAN * (self._last - self._first)

    def preference(self, name: str) -> tuple[bool, bool, bool, int, int]:
        """Sort key: the user's choice, the trained objective, the whole run, the finest pace."""
        m = self.meanings[name]
        second = bool(_SECOND.intersection(m.rest))
        return m.rank != BY_USER, second, not self.spans(name), -len(self.points[name]), m.rank

    def without_summaries(self, names: list[str]) -> list[str]:
        """Leave out single values beside a series: the mean of the whole run in its last row."""
        if any(len(self.points[n]) > 2 for n in names):
            return [n for n in names if len(self.points[n]) > 1]
        return names
