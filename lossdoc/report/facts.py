"""What a report states about a run beside the findings: extent, best points, cost, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossdoc.model import Diagnosis, Run, Series

_LOSSES = frozenset(
    {Channel.TRAIN_LOSS, Channel.VAL_LOSS, Channel.TRAIN_COMPONENT, Channel.VAL_COMPONENT}
)
_ACCURACIES = frozenset({Channel.TRAIN_ACCURACY, Channel.VAL_ACCURACY})

PRINCIPAL = (
    *(Channel.VAL_LOSS, Channel.TRAIN_LOSS, Channel.TRAIN_COMPONENT),
    *(Channel.VAL_ACCURACY, Channel.REWARD),
)
"""Channels that tell how a run went, the most telling first."""


class Best(NamedTuple):
    """Best finite point of a series."""

    step: float
    value: float


def best(series: Series) -> Best | None:
    """Best finite point, or None where a series has no direction or nothing finite."""
    higher = series.higher_is_better
    if series.channel in _LOSSES:
        higher = False
    elif series.channel in _ACCURACIES:
        higher = True
    finite = np.flatnonzero(np.isfinite(series.values))
    if higher is None or not len(finite):
        return None
    values = series.values[finite]
    i = finite[int(values.argmax() if higher else values.argmin())]
    return Best(float(series.steps[i]), float(series.values[i]))


def principal(run: Run) -> Series | None:
    """Series that tells best how the run went."""
    found = (run.get(channel) for channel in PRINCIPAL)
    fallback = run.series[0] if run.series else None
    return next((s for s in found if s is not None and len(s)), fallback)


def extent(run: Run) -> tuple[float, float] | None:
    """First and last step at which anything was logged."""
    filled = [s for s in run.series if len(s)]
    if not filled:
        return None
    first = min(float(s.steps.min()) for s in filled)
    return first, max(float(s.steps.max()) for s in filled)


def points(run: Run) -> int:
    """Points of the longest series."""
    return max((len(s) for s in run.series), default=0)


class Cost(NamedTuple):
    """Steps that were spent after the root cause set in."""

    steps: float
    fraction: float


def cost(diagnosis: Diagnosis) -> Cost | None:
    """Cost of the first finding; None for notes and where steps do not go straight on."""
    run = diagnosis.run
    if run is None or run.restarts or not diagnosis.findings:
        return None
    span, root = extent(run), diagnosis.findings[0]
    if span is None or span[1] <= span[0] or root.severity < Severity.WARNING:
        return None
    steps = min(max(span[1] - root.onset.step, 0.0), span[1] - span[0])
    return Cost(steps, steps / (span[1] - span[0]))


class Tally(NamedTuple):
    """How many runs came to which verdict, and the exit code that follows.

    Parameters
    ----------
    gated
        Runs with a finding at or above ``--fail-on``.
    passed_over
        Files in folders that were no logs.
    allow
        Whether what could not be judged is let pass.
    """

    failing: int = 0
    at_risk: int = 0
    healthy: int = 0
    inconclusive: int = 0
    gated: int = 0
    passed_over: int = 0
    allow: bool = False

    @property
    def runs(self) -> int:
        """Runs in all."""
        return self.failing + self.at_risk + self.healthy + self.inconclusive

    @property
    def words(self) -> str:
        """The counts that are not zero: ``1 failing, 2 healthy``."""
        counts = {
            Verdict.FAILING: self.failing,
            Verdict.AT_RISK: self.at_risk,
            Verdict.HEALTHY: self.healthy,
            Verdict.INCONCLUSIVE: self.inconclusive,
        }
        return ", ".join(f"{n:,} {verdict}" for verdict, n in counts.items() if n)

    @property
    def exit_code(self) -> int:
        """1 where a gate closed, else 3 where something could not be judged, else 0."""
        if self.gated:
            return 1
        unjudged = self.inconclusive or not self.runs
        return 3 if unjudged and not self.allow else 0


def tally(
    outcomes: Iterable[tuple[Verdict, bool]], passed_over: int = 0, *, allow: bool = False
) -> Tally:
    """Count verdicts; each comes with whether the run was gated."""
    seen = list(outcomes)
    verdicts = [verdict for verdict, _ in seen]
    return Tally(
        failing=verdicts.count(Verdict.FAILING),
        at_risk=verdicts.count(Verdict.AT_RISK),
        healthy=verdicts.count(Verdict.HEALTHY),
        inconclusive=verdicts.count(Verdict.INCONCLUSIVE),
        gated=sum(gated for _, gated in seen),
        passed_over=passed_over,
        allow=allow,
    )


def outcome(diagnosis: Diagnosis, fail_on: Severity | None) -> tuple[Verdict, bool]:
    """Verdict of a diagnosis, and whether it holds a finding at or above a severity."""
    worst = diagnosis.worst
    return diagnosis.verdict, fail_on is not None and worst is not None and worst >= fail_on
