"""What findings come to: the verdict, and the story of the run in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model import Finding, Run, Severity, Verdict
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.robust.case import Case

FEWEST_POINTS = 5
"""With fewer values of every loss, silence says nothing and the verdict is inconclusive."""

NOTHING = "no rule fired"

LOG_QUALITY = "LD9"
"""Rules that tell about the log; their silence says nothing about the run."""


def verdict_on(
    run: Run, cases: Sequence[Case], findings: Sequence[Finding], passed: Sequence[str]
) -> tuple[Verdict, str, str]:
    """Verdict on a run, and for an inconclusive one the problem and what to try."""
    worst = max((f.severity for f in findings), default=Severity.NOTE)
    if worst is Severity.ERROR:
        return Verdict.FAILING, "", ""
    if worst is Severity.WARNING:
        return Verdict.AT_RISK, "", ""
    if run.objective != "supervised":
        problem = f"{run.objective} training: its losses need not fall, so only NaN was judged"
        return Verdict.INCONCLUSIVE, problem, "judge it by its reward or by samples"
    points = max(
        (c.n for case in cases for c in (case.train, case.val) if c is not None), default=0
    )
    if points < FEWEST_POINTS:
        values = "value" if points == 1 else "values"
        problem = f"only {points} finite {values} of the loss: too few to judge"
        return Verdict.INCONCLUSIVE, problem, "analyze again later, or log more often"
    judging = {*passed, *(f.code for f in findings)}
    if all(code.startswith(LOG_QUALITY) for code in judging):
        return (
            Verdict.INCONCLUSIVE,
            "no rule that was asked for could judge this log",
            "ask for more rules, or log what these need",
        )
    return Verdict.HEALTHY, "", ""


def story(
    cases: Sequence[Case],
    findings: Sequence[Finding],
    verdict: Verdict,
    silence: str = NOTHING,
) -> str:
    """The run in one or two sentences; ``silence`` is told where nothing was found."""
    told = [f for f in findings if f.severity >= Severity.WARNING]
    if told:
        first = told[0]
        case = cases[min(first.segment, len(cases) - 1)]
        place = case.place(first.onset.step)
        lasts = first.last_step >= case.first_step + 0.98 * case.length
        when = f"From {place} on" if lasts else f"At {place}"
        where = f"In execution {first.segment + 1} of {len(cases)}: " if len(cases) > 1 else ""
        others = dict.fromkeys(_words(f) for f in told[1:] if f.name != first.name)
        also = f" Also: {', '.join(others)}." if others else ""
        return f"{where}{when[:1].lower() if where else when[:1]}{when[1:]}, {first.message}.{also}"
    if verdict is Verdict.INCONCLUSIVE:
        return "Nothing was judged."
    curve = max(
        (c for case in cases for c in (case.principal,) if c is not None),
        key=lambda c: c.n,
        default=None,
    )
    if curve is None:
        return f"{silence[:1].upper()}{silence[1:]}."
    return f"{curve.name} went from {number(curve.start)} to {number(curve.end)}; {silence}."


def _words(finding: Finding) -> str:
    return finding.name.replace("-", " ")
