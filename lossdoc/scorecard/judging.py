"""Judge runs, whole and cut short, and keep of each diagnosis what the scorecard counts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.rules.base import confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossdoc.model import Diagnosis, Run
    from lossdoc.rules.base import Rule

COARSE, FINE = 10, 4
"""Prefixes are tenths of a log; the tenth in which a finding comes up is searched in quarters."""


class Told(NamedTuple):
    """A finding, as far as the scorecard looks at it.

    Parameters
    ----------
    level
        Confidence by the factors of the finding alone, whatever has been measured of its rule.
    onset
        Step.
    """

    code: str
    severity: int
    level: int
    onset: float

    @property
    def alarm(self) -> bool:
        """Whether it is a warning or an error."""
        return self.severity > Severity.NOTE


class Judged(NamedTuple):
    """What lossdoc says about a run.

    Parameters
    ----------
    told
        Root cause first.
    explained
        Findings that are left out because another one explains them: its code, that of the other.
    """

    told: tuple[Told, ...]
    explained: tuple[tuple[str, str], ...] = ()

    @property
    def alarms(self) -> set[str]:
        """Codes of warnings and errors."""
        return {told.code for told in self.told if told.alarm}

    def names(self, codes: Iterable[str]) -> bool:
        """Whether one of some codes is told, be it as a note."""
        return not {told.code for told in self.told}.isdisjoint(codes)

    def finds(self, code: str, expected: Sequence[str]) -> bool:
        """Whether a code is told, or would be but for another expected one that explains it."""
        return self.names((code,)) or any(
            own == code and other in expected for own, other in self.explained
        )

    def first(self, codes: Sequence[str]) -> Told | None:
        """Root cause among the findings of some codes."""
        return next((told for told in self.told if told.code in codes), None)


def judge(
    run: Run, rules: Sequence[Rule] | None = None, total_steps: float | None = None
) -> Judged:
    """Judge a run; see `lossdoc.engine.diagnose` for the arguments."""
    return summary(diagnose(run, rules=rules, total_steps=total_steps))


def summary(diagnosis: Diagnosis) -> Judged:
    """Keep of a diagnosis what is counted."""
    told = tuple(
        Told(f.code, int(f.severity), _level(f.factors.items()), f.onset.step) for f in diagnosis
    )
    return Judged(told, tuple((s.finding.code, s.by) for s in diagnosis.superseded))


def prefix(run: Run, share: float) -> Run:
    """First rows of a log, a share of all."""
    last = math.ceil(share * last_row(run))
    series = tuple(s.between_rows(1, last) for s in run.series)
    return replace(
        run,
        series=tuple(s for s in series if len(s)),
        restarts=tuple(row for row in run.restarts if row <= last),
    )


def last_row(run: Run) -> int:
    """Number of the last row of a log."""
    return max((int(s.rows[-1]) for s in run.series if len(s)), default=0)


def last_step(run: Run) -> float:
    """Last step of the last row of a log."""
    ends = [(int(s.rows[-1]), float(s.steps[-1])) for s in run.series if len(s)]
    return max(ends)[1] if ends else 0.0


def detection(
    run: Run, whole: Judged, codes: Sequence[str], total_steps: float
) -> dict[str, float]:
    """Earliest steps at which findings are told while a run is still going on.

    Parameters
    ----------
    whole
        What is said about the whole log, which is over.
    codes
        Of which rules.
    total_steps
        Planned length.

    Returns
    -------
    dict
        Code -> last step of the shortest prefix on whose end it is told; codes that are told neither
        of a prefix nor of the whole log are left out.
    """
    steps: dict[str, float] = {}
    at_the_end = {told.code for told in whole.told if told.code in codes}
    for tenth in range(1, COARSE + 1):
        cut, now = run, at_the_end
        if tenth < COARSE:
            cut, now = _told_at(run, tenth / COARSE, codes, total_steps)
        new = now - set(steps)
        for quarter in range(1, FINE) if new else ():
            share = (tenth - 1 + quarter / FINE) / COARSE
            shorter, early = _told_at(run, share, codes, total_steps)
            steps |= dict.fromkeys(new & early - set(steps), last_step(shorter))
        steps |= dict.fromkeys(new - set(steps), last_step(cut))
        if at_the_end and at_the_end <= set(steps):
            break
    return steps


def _told_at(
    run: Run, share: float, codes: Sequence[str], total_steps: float
) -> tuple[Run, set[str]]:
    """Cut a log, and say which of some codes are told there."""
    cut = prefix(run, share)
    judged = judge(cut, total_steps=total_steps)
    return cut, {told.code for told in judged.told if told.code in codes}


def _level(factors: Iterable[tuple[str, bool]]) -> int:
    return int(confidence(*(holds for name, holds in factors if name != "measured")))
