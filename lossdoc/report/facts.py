"""What a report states about a run beside the findings: extent, best points, cost, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.model import Channel, Severity, Verdict
from lossdoc.runfacts import Best, Cost, best, cost, extent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossdoc.model import Budget, Diagnosis, Run, Series

__all__ = [
    "PRINCIPAL",
    "Best",
    "Cost",
    "Tally",
    "best",
    "cost",
    "extent",
    "outcome",
    "points",
    "principal",
    "tally",
]

PRINCIPAL = (
    *(Channel.VAL_LOSS, Channel.TRAIN_LOSS, Channel.TRAIN_COMPONENT),
    *(Channel.VAL_ACCURACY, Channel.REWARD),
)
"""Channels that tell how a run went, the most telling first."""


def principal(run: Run) -> Series | None:
    """Series that tells best how the run went."""
    found = (run.get(channel) for channel in PRINCIPAL)
    fallback = run.series[0] if run.series else None
    return next((s for s in found if s is not None and len(s)), fallback)


def points(run: Run) -> int:
    """Points of the longest series."""
    return max((len(s) for s in run.series), default=0)


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
    shut, open_
        Budgets over several runs that close the gate, and that could not be judged.
    """

    failing: int = 0
    at_risk: int = 0
    healthy: int = 0
    inconclusive: int = 0
    gated: int = 0
    passed_over: int = 0
    allow: bool = False
    shut: int = 0
    open_: int = 0

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
        if self.gated or self.shut:
            return 1
        unjudged = self.inconclusive or self.open_ or not self.runs
        return 3 if unjudged and not self.allow else 0


def tally(
    outcomes: Iterable[tuple[Verdict, bool]],
    passed_over: int = 0,
    *,
    allow: bool = False,
    shared: Iterable[tuple[Budget, bool]] = (),
) -> Tally:
    """Count verdicts and budgets over several runs; each comes with whether it closes the gate."""
    seen = list(outcomes)
    verdicts = [verdict for verdict, _ in seen]
    budgets = list(shared)
    return Tally(
        failing=verdicts.count(Verdict.FAILING),
        at_risk=verdicts.count(Verdict.AT_RISK),
        healthy=verdicts.count(Verdict.HEALTHY),
        inconclusive=verdicts.count(Verdict.INCONCLUSIVE),
        gated=sum(gated for _, gated in seen),
        passed_over=passed_over,
        allow=allow,
        shut=sum(shut for _, shut in budgets),
        open_=sum(not budget.judged for budget, _ in budgets),
    )


def outcome(diagnosis: Diagnosis, fail_on: Severity | None) -> tuple[Verdict, bool]:
    """Verdict of a diagnosis, and whether it holds a finding at or above a severity."""
    worst = diagnosis.worst
    return diagnosis.verdict, fail_on is not None and worst is not None and worst >= fail_on
