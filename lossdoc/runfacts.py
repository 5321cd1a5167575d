"""Facts about a run that reports, budgets and baselines share: extent, best points, cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel, Severity
from lossdoc.robust import running_median

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis, Finding, Run, Series

BUDGET = "LD990"
"""Code of a finding that a budget was exceeded: a limit of the user, no cause of anything."""

_LOSSES = frozenset(
    {Channel.TRAIN_LOSS, Channel.VAL_LOSS, Channel.TRAIN_COMPONENT, Channel.VAL_COMPONENT}
)
_ACCURACIES = frozenset({Channel.TRAIN_ACCURACY, Channel.VAL_ACCURACY})


class Best(NamedTuple):
    """Best finite point of a series."""

    step: float
    value: float


def rises(series: Series) -> bool | None:
    """Whether higher values of a series are better; None where no direction is."""
    if series.channel in _LOSSES:
        return False
    return True if series.channel in _ACCURACIES else series.higher_is_better


def best(series: Series) -> Best | None:
    """Best finite point, or None where a series has no direction or nothing finite."""
    higher = rises(series)
    finite = np.flatnonzero(np.isfinite(series.values))
    if higher is None or not len(finite):
        return None
    values = series.values[finite]
    i = finite[int(values.argmax() if higher else values.argmin())]
    return Best(float(series.steps[i]), float(series.values[i]))


def extent(run: Run) -> tuple[float, float] | None:
    """First and last step at which anything was logged."""
    filled = [s for s in run.series if len(s)]
    if not filled:
        return None
    first = min(float(s.steps.min()) for s in filled)
    return first, max(float(s.steps.max()) for s in filled)


class Cost(NamedTuple):
    """Steps that were spent after the root cause set in."""

    steps: float
    fraction: float


def root(diagnosis: Diagnosis) -> Finding | None:
    """First finding that is a fault of the run; None where it is no more than a note."""
    first = next((f for f in diagnosis.findings if f.code != BUDGET), None)
    return None if first is None or first.severity < Severity.WARNING else first


def cost(diagnosis: Diagnosis) -> Cost | None:
    """Cost of the first finding; None for notes and where steps do not go straight on."""
    run, fault = diagnosis.run, root(diagnosis)
    if run is None or run.restarts or fault is None:
        return None
    span = extent(run)
    if span is None or span[1] <= span[0]:
        return None
    steps = min(max(span[1] - fault.onset.step, 0.0), span[1] - span[0])
    return Cost(steps, steps / (span[1] - span[0]))


_KEEP = (Channel.VAL_LOSS, Channel.VAL_ACCURACY, Channel.TRAIN_LOSS)
"""Channels by which one keeps a checkpoint, the most telling first."""

_NOISY_FROM = 50
"""Values of a training loss from which its best is that of a running median over a fiftieth."""


class Checkpoint(NamedTuple):
    """Best point of a run, whose checkpoint is the one to keep, and what was spent after it.

    Parameters
    ----------
    series
        Name of the series that is best there.
    smoothed
        Whether the value is a running median: single values of a training loss are noise.
    spent
        Steps after it, and their share of all.
    seconds
        Wall time after it, without pauses before a resumed execution; None where the log lacks it.
    """

    series: str
    step: float
    value: float
    smoothed: bool
    spent: Cost
    seconds: float | None


def checkpoint(run: Run) -> Checkpoint | None:
    """Best point of a run; None where steps do not go straight on, or nothing tells."""
    span = extent(run)
    series = next((s for c in _KEEP if (s := run.get(c)) is not None), None)
    if series is None or span is None or span[1] <= span[0] or run.restarts:
        return None
    finite = np.isfinite(series.values)
    smoothed = series.channel is Channel.TRAIN_LOSS and int(finite.sum()) >= _NOISY_FROM
    if smoothed:
        level = running_median(series.values[finite], int(finite.sum()) // 50 * 2 + 1)
        values = np.full(len(series), np.nan)
        values[finite] = level
        series = replace(series, values=values)
    top = best(series)
    if top is None:
        return None
    after = Cost(span[1] - top.step, (span[1] - top.step) / (span[1] - span[0]))
    return Checkpoint(series.name, *top, smoothed, after, _seconds(run, top.step))


def _seconds(run: Run, since: float) -> float | None:
    """Wall time of the steps after one of them."""
    clock = run.get(Channel.WALL_TIME)
    if clock is None:
        return None
    kept = np.isfinite(clock.values)
    steps, times = clock.steps[kept], clock.values[kept]
    passed = np.diff(times)
    if not len(passed) or (passed < 0).any():
        return None
    starts = np.isin(steps[1:], run.resumes)
    # What passes up to a point was spent on the step of that point.
    return float(passed[(steps[1:] > since) & ~starts].sum())


def fingerprint(finding: Finding, run: Run | None) -> str:
    """Code, channel and onset as a share of the run: the same however often the run is read."""
    span = extent(run) if run else None
    if span is None or span[1] <= span[0]:
        return f"{finding.code}:{finding.channel}"
    share = (finding.onset.step - span[0]) / (span[1] - span[0])
    return f"{finding.code}:{finding.channel}:{share:.2f}"
