"""Budgets: limits of the user on measures of a run, and on those of several seeds.

A limit that does not hold is a finding (LD990). One that cannot be judged leaves a run that has not
failed inconclusive: a gate that could not look must not open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.budgets import measures
from lossdoc.budgets.names import limit, measure
from lossdoc.budgets.rule import BudgetExceeded
from lossdoc.model import (
    Budget,
    Confidence,
    Evidence,
    Finding,
    NotChecked,
    Severity,
    Verdict,
)
from lossdoc.robust.case import Case
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from lossdoc.budgets.measures import Value
    from lossdoc.model import Diagnosis, Limit, Run
    from lossdoc.model.run import Floats

__all__ = ["BudgetExceeded", "applied", "limit", "measure", "measured", "words"]

_HINT = "log what it needs, or leave the budget out: lossdoc explain LD990"


def applied(
    diagnosis: Diagnosis, limits: Iterable[Limit], total_steps: float | None = None
) -> Diagnosis:
    """Return the diagnosis with what the limits came to.

    Parameters
    ----------
    total_steps
        Planned length of an unfinished run, whose values may still come within their limits.
    """
    run = diagnosis.run
    if run is None:
        return diagnosis
    judged = [_judged(diagnosis, run, each, total_steps) for each in limits]
    broken = tuple(finding for _, finding in judged if finding is not None)
    budgets = tuple(budget for budget, _ in judged)
    unmeasured = tuple(
        NotChecked(BudgetExceeded.code, BudgetExceeded.name, f"{b.limit.measure}: {b.reason}")
        for b in budgets
        if not b.judged
    )
    told = replace(
        _with_findings(diagnosis, broken),
        budgets=(*diagnosis.budgets, *budgets),
        not_checked=(*unmeasured, *diagnosis.not_checked),
    )
    if not unmeasured or told.problem:
        return told
    return told.undecided(f"no verdict on a budget: {unmeasured[0].reason}", _HINT)


def measured(diagnosis: Diagnosis, limit: Limit, total_steps: float | None = None) -> Budget:
    """Return what a limit on a run that was read comes to, without a finding."""
    run = diagnosis.run
    return (
        Budget(limit, reason="nothing could be read")
        if run is None
        else _judged(diagnosis, run, limit, total_steps)[0]
    )


def words(budget: Budget) -> str:
    """Tell a budget that was judged: ``val_loss.best is 2.31, above its limit of 1.95``."""
    value, bound = budget.value, budget.broken
    assert value is not None
    name = budget.limit.measure
    unit = f" {budget.unit}" if budget.unit not in {"", name} else ""
    if bound is None:
        return f"{name} is {number(value)}{unit}, within its budget"
    if np.isnan(value):
        return f"{name} is NaN, which keeps no limit (here {number(bound)}{unit})"
    if np.isinf(value) and "_to(" in name:
        return f"{name} was never reached; its limit is {number(bound)}{unit}"
    side = "above" if value > bound else "below"
    close = number(value) == number(bound)
    shown, edge = (f"{value:.9g}", f"{bound:.9g}") if close else (number(value), number(bound))
    return f"{name} is {shown}{unit}, {side} its limit of {edge}"


def _judged(
    diagnosis: Diagnosis, run: Run, limit: Limit, total_steps: float | None
) -> tuple[Budget, Finding | None]:
    try:
        found = measures.value(measure(limit.measure), diagnosis, run)
    except measures.Unmeasured as why:
        return Budget(limit, reason=str(why)), None
    budget = Budget(limit, found.value, found.unit)
    if budget.broken is None:
        return budget, None
    case = Case(run.segments()[-1] if run.restarts else run, total_steps)
    out_of_reach = np.isinf(found.value) and limit.max is not None and case.last_step > limit.max
    if found.recovers and case.unfinished and not out_of_reach:
        reason = f"{number(found.value)} so far, and the run is not finished ({case.unfinished})"
        return budget._replace(reason=reason), None
    return budget, _finding(budget, found, case, budget.broken)


def _finding(budget: Budget, found: Value, case: Case, bound: float) -> Finding:
    def holds(values: Floats) -> NDArray[np.bool_]:
        return (values <= bound) if bound == budget.limit.max else (values >= bound)

    place = found.passed(holds)
    series = case.run.get(found.channel)
    step = case.last_step if place is None else place
    row = None
    if series is not None and len(series):
        i = int(np.searchsorted(series.steps, step, side="right")) - 1
        row = int(series.rows[max(i, 0)])
    margin = abs(found.value - bound)
    return Finding(
        code=BudgetExceeded.code,
        name=BudgetExceeded.name,
        severity=budget.limit.level,
        confidence=Confidence.HIGH,
        channel=found.channel,
        series=found.series,
        onset=case.onset(step, row),
        last_step=case.last_step,
        message=words(budget),
        evidence=(
            Evidence("value", found.value, found.unit, bound),
            Evidence("margin", margin, found.unit),
        ),
    )


def _with_findings(diagnosis: Diagnosis, broken: Sequence[Finding]) -> Diagnosis:
    """Add findings: the worst first, among equals those of rules, which name causes."""
    if not broken:
        return diagnosis
    findings = sorted((*diagnosis.findings, *broken), key=lambda f: -int(f.severity))
    worst = findings[0].severity
    verdict = diagnosis.verdict
    if worst is Severity.ERROR:
        verdict = Verdict.FAILING
    elif worst is Severity.WARNING and verdict is Verdict.HEALTHY:
        verdict = Verdict.AT_RISK
    failed = verdict is Verdict.FAILING
    return replace(
        diagnosis,
        findings=tuple(findings),
        verdict=verdict,
        summary=_story(diagnosis, broken),
        problem="" if failed else diagnosis.problem,
        hint="" if failed else diagnosis.hint,
    )


def _story(diagnosis: Diagnosis, broken: Sequence[Finding]) -> str:
    told = [f.message for f in broken if f.severity > Severity.NOTE]
    silent = diagnosis.worst is None or diagnosis.worst is Severity.NOTE
    before = "" if silent else diagnosis.summary
    if not told:
        return diagnosis.summary
    return f"{before} Budget: {'; '.join(told)}.".strip()
