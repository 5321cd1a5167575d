"""The x axis of a console log: which counters it has, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.base import Column

if TYPE_CHECKING:
    from lossdoc.model import Floats, Ints
    from lossdoc.sources.text.template import Template


@dataclass(frozen=True, eq=False)
class _Counts:
    """A counter: at which lines it stands, and its values there."""

    lines: Ints
    values: Floats

    @classmethod
    def joined(cls, parts: list[tuple[Ints, Floats]]) -> _Counts:
        """Of several templates, in the order of lines."""
        lines = np.concatenate([p[0] for p in parts])
        values = np.concatenate([p[1] for p in parts])
        order = np.argsort(lines, kind="stable")
        return cls(lines[order], values[order])

    def last(self, rows: Ints) -> Floats:
        """Value at or before each of the rows; NaN where there is none."""
        values = np.append(np.nan, self.values)
        return values[np.searchsorted(self.lines, rows, side="right")]

    def next(self, rows: Ints) -> Floats:
        """Value at or after each of the rows; one more than the last where there is none."""
        values = np.append(self.values, self.values[-1] + 1)
        return values[np.searchsorted(self.lines, rows, side="left")]


@dataclass(frozen=True, eq=False)
class Axis:
    """Counters of a log.

    Parameters
    ----------
    lines
        int64, lines that count something, increasing.
    counters
        ``epoch``, ``step`` and ``iter``, as far as there are any.
    totals
        ``total_steps`` and ``epochs``, likewise.
    closing
        Whether lines with an epoch close it (``Epoch 3: loss 0.4`` below the steps of epoch 3).
    """

    lines: Ints
    counters: dict[str, _Counts]
    totals: dict[str, float] = field(default_factory=dict)
    closing: bool = False

    @classmethod
    def of(cls, templates: list[Template]) -> Axis:
        """Counters of some templates; several runs in one log stay as they are."""
        lines = np.concatenate([np.empty(0, np.int64), *(t.lines for t in templates)])
        counters, totals, closing = {}, {}, False
        for name in ("epoch", "step", "iter"):
            having = [(t, v) for t in templates if (v := t.get(name, "counter")) is not None]
            if having:
                counters[name] = _Counts.joined([(t.lines, v) for t, v in having])
                closing |= name == "epoch" and all(_sums_up(t) for t, _ in having)
            limits = [v.max() for t in templates if (v := t.get(name, "total")) is not None]
            if limits:
                totals[name] = float(max(limits))
        return _with_steps(cls(np.unique(lines), counters, totals, closing))

    @property
    def first(self) -> int:
        """First line that counts something."""
        return int(self.lines[0])

    def row_of(self, lines: Ints) -> Ints:
        """Last line that counts something at or before each line, or 0."""
        return np.append(0, self.lines)[np.searchsorted(self.lines, lines, side="right")]

    def columns(self, rows: Ints) -> list[Column]:
        """Counters at the given rows; a step and an epoch last until the next."""
        found = []
        for name, counts in self.counters.items():
            values = self._epochs(rows) if name == "epoch" else counts.last(rows)
            known = ~np.isnan(values)
            if name == "iter":
                known &= np.isin(rows, counts.lines)
            if known.any():
                found.append(Column(name, rows[known], values[known]))
        return found

    def _epochs(self, rows: Ints) -> Floats:
        """Epoch at each of the rows."""
        epoch = self.counters["epoch"]
        if not self.closing:
            return epoch.last(rows)
        steps = [c.lines for name, c in self.counters.items() if name != "epoch"]
        within = np.isin(rows, np.concatenate([np.empty(0, np.int64), *steps]))
        return np.where(within, epoch.next(rows), epoch.last(rows))

    def epochs_of(self, counts: _Counts) -> Floats:
        """Epoch at each value of another counter."""
        epoch = self.counters["epoch"]
        return epoch.next(counts.lines) if self.closing else epoch.last(counts.lines)


def _with_steps(axis: Axis) -> Axis:
    """Count steps through the epochs where the log counts them within each."""
    counters, totals = dict(axis.counters), {}
    if "epoch" in axis.totals:
        totals["epochs"] = axis.totals["epoch"]
    inner = "iter" if "iter" in counters else "step"
    length = axis.totals.get(inner)
    if inner in counters and _begins_again(axis, inner):
        counts = counters.pop(inner)
        length = length or float(counts.values.max())
        counters.setdefault("step", _through_epochs(axis, counts, length))
        counters["iter"] = counts
        length = length * totals["epochs"] if "epochs" in totals else None
    elif "iter" in counters and not _side_by_side(counters):
        # Some scripts call the same thing a step in one line and an iteration in another.
        parts = [counters.pop(name) for name in ("iter", "step") if name in counters]
        counters["step"] = _Counts.joined([(c.lines, c.values) for c in parts])
        length = max((v for k, v in axis.totals.items() if k != "epoch"), default=None)
    else:
        length = axis.totals.get("step")
    if length:
        totals["total_steps"] = length
    return replace(axis, counters=counters, totals=totals)


def _begins_again(axis: Axis, inner: str) -> bool:
    """Whether a counter goes back when the epoch goes on."""
    if "epoch" not in axis.counters:
        return False
    counts = axis.counters[inner]
    epochs = axis.epochs_of(counts)
    onward = np.flatnonzero(epochs[1:] > epochs[:-1])
    back = counts.values[onward + 1] <= counts.values[onward]
    return len(onward) > 0 and bool(back.mean() > 0.5)


def _through_epochs(axis: Axis, counts: _Counts, length: float) -> _Counts:
    origin = 0.0 if axis.counters["epoch"].values.min() == 0 else 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # of counters that are none
        steps = (axis.epochs_of(counts) - origin) * length + counts.values
    known = np.isfinite(steps)
    return _Counts(counts.lines[known], steps[known])


def _side_by_side(counters: dict[str, _Counts]) -> bool:
    """Whether lines hold two counters of steps, which are two different things then."""
    if "step" not in counters:
        return False
    return bool(np.isin(counters["iter"].lines, counters["step"].lines).any())


def _sums_up(template: Template) -> bool:
    """Whether lines hold the metrics of a whole epoch, and are thus printed at its end."""
    inner = (
        template.get("step", "counter") is not None or template.get("iter", "counter") is not None
    )
    return bool(template.having("metric")) and not inner
