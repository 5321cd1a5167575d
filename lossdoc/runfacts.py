"""Facts about a run that reports, budgets and baselines share: extent, best points, cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel, Severity

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


def fingerprint(finding: Finding, run: Run | None) -> str:
    """Code, channel and onset as a share of the run: the same however often the run is read."""
    span = extent(run) if run else None
    if span is None or span[1] <= span[0]:
        return f"{finding.code}:{finding.channel}"
    share = (finding.onset.step - span[0]) / (span[1] - span[0])
    return f"{finding.code}:{finding.channel}:{share:.2f}"
