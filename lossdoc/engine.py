"""From a run to a diagnosis: which rules can judge, what they state, what explains what."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.composition import compose, settle, verified
from lossdoc.errors import LossdocError, UsageError
from lossdoc.model import (
    Channel,
    Confidence,
    Diagnosis,
    Finding,
    NotChecked,
    Run,
    Severity,
    Verdict,
)
from lossdoc.robust.case import Case
from lossdoc.robust.restarts import value_restart
from lossdoc.rules import builtin
from lossdoc.rules.base import Rule, Withheld, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.robust.curve import Curve

FEWEST_POINTS = 5
"""With fewer values of every loss, silence says nothing and the verdict is inconclusive."""

MOST_SEGMENTS = 20
"""Of a log with more executions than this, the longest are judged."""

_LEAST_SEGMENT = 3

_LOG_QUALITY = "LD9"
"""Rules that tell about the log; their silence says nothing about the run."""


def diagnose(
    run: Run,
    *,
    rules: Sequence[Rule] | None = None,
    min_confidence: Confidence = Confidence.MEDIUM,
    total_steps: float | None = None,
) -> Diagnosis:
    """Judge one run.

    Parameters
    ----------
    rules
        The built-in ones by default.
    min_confidence
        Findings below are neither shown nor counted.
    total_steps
        Planned length of an unfinished run.
    """
    chosen = builtin() if rules is None else tuple(rules)
    with np.errstate(all="ignore"):
        cases, executions = _cases(run, total_steps)
    found: list[Finding] = []
    not_checked: list[NotChecked] = []
    passed: list[str] = []
    for rule in chosen:
        # Values up to 1e300 are logged: what overflows compares as infinite, which is meant.
        with np.errstate(all="ignore"):
            stated, reason = _apply(rule, cases)
        found += stated
        if reason and not stated:
            not_checked.append(NotChecked(rule.code, rule.name, reason))
        elif not stated:
            passed.append(rule.code)
    sure = [f for f in found if f.confidence >= min_confidence]
    kept, superseded = compose(sure, chosen)
    kept = tuple(verified(finding, run) for finding in settle(kept))
    verdict, problem, hint = _verdict(run, cases, kept, passed)
    summary = _story(cases, kept, verdict)
    if executions > len(cases):
        summary += f" Only the longest {len(cases)} of {executions:,} executions were judged."
    return Diagnosis(
        path=run.path,
        run=run,
        verdict=verdict,
        summary=summary,
        findings=kept,
        superseded=superseded,
        not_checked=tuple(not_checked),
        passed=tuple(passed),
        problem=problem,
        hint=hint,
    )


def inconclusive(path: str, error: LossdocError) -> Diagnosis:
    """State that a log could not be judged, and why."""
    return Diagnosis(
        path=path,
        run=None,
        verdict=Verdict.INCONCLUSIVE,
        summary=f"Not judged: {error.message}.",
        problem=error.message,
        details=error.details,
        hint=error.hint,
    )


def select(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Choose rules by code, by family (a prefix such as ``LD2``), by name, or ``ALL``.

    Raises
    ------
    UsageError
        A selector fits no rule.
    """
    chosen = builtin()
    if select:
        chosen = tuple(r for r in chosen if _selected(r, select))
    dropped = tuple(r for r in builtin() if _selected(r, ignore))
    for selector in (*select, *ignore):
        if not any(_selected(r, (selector,)) for r in builtin()):
            raise UsageError(f"no rule fits {selector!r}", hint=_near(selector))
    return tuple(r for r in chosen if r not in dropped)


def _apply(rule: Rule, cases: Sequence[Case]) -> tuple[list[Finding], str]:
    """Findings of one rule over all segments, and why it judged none of them (if so)."""
    stated: list[Finding] = []
    reasons: list[str] = []
    for index, case in enumerate(cases):
        reason = _withheld(rule, case)
        if not reason:
            try:
                for finding in rule.check(case):
                    prescriptions = rule.prescribe(finding, case)
                    stated.append(replace(finding, prescriptions=prescriptions, segment=index))
            except Withheld as withheld:
                reason = str(withheld)
        reasons.append(reason)
    judged = any(not reason for reason in reasons)
    if rule.code.startswith(_LOG_QUALITY):
        stated = stated[:1]
    return stated, "" if judged else reasons[0] if reasons else "no data"


def _withheld(rule: Rule, case: Case) -> str:
    """Why a rule cannot judge a segment, or an empty string."""
    if rule.stationary and case.run.objective != "supervised":
        return f"a falling loss is not the goal of {case.run.objective} training"
    if rule.at_the_end and case.unfinished:
        return f"the run is not finished ({case.unfinished}), and this judges how it ended"
    missing = [c.value for c in sorted(rule.needs) if c not in case.run]
    if rule.any_loss and Channel.VAL_LOSS in case.run:
        missing = [name for name in missing if name != Channel.TRAIN_LOSS.value]
    if missing:
        return f"no {' and no '.join(missing)} in this log"
    curve = _judged_curve(rule, case)
    points = 0 if curve is None else curve.n
    if points < rule.min_points:
        what = "the loss" if curve is None else curve.name
        return f"{points} finite values of {what}; needs {rule.min_points}"
    return ""


def _judged_curve(rule: Rule, case: Case) -> Curve | None:
    """Curve whose length decides whether a rule has enough points."""
    if Channel.GRAD_NORM in rule.needs:
        return case.grad
    if Channel.VAL_ACCURACY in rule.needs:
        return case.accuracy
    if Channel.VAL_LOSS in rule.needs:
        return case.val
    if rule.any_loss:
        curves = [c for c in (case.train, case.val) if c is not None]
        return max(curves, key=lambda c: c.n, default=None)
    return case.train


def _cases(run: Run, total_steps: float | None) -> tuple[list[Case], int]:
    """Executions worth judging, and how many there are: by step resets, then by a new start.

    Of many, the longest; where all are tiny, the first.
    """
    cases = [half for part in run.segments() for half in _split_by_value(Case(part, total_steps))]
    long = [c for c in cases if max((len(s) for s in c.run.series), default=0) >= _LEAST_SEGMENT]
    if len(long) > MOST_SEGMENTS:
        longest = sorted(long, key=_points, reverse=True)[:MOST_SEGMENTS]
        long = [c for c in long if c in longest]
    return long or cases[:1], len(cases)


def _points(case: Case) -> int:
    return sum(len(s) for s in case.run.series)


def _split_by_value(case: Case) -> list[Case]:
    curve = case.train
    i = value_restart(curve) if curve is not None else None
    if curve is None or i is None or not case.rate_starts_again(float(curve.x[i])):
        return [case]
    parts = replace(case.run, restarts=(int(curve.rows[i]),)).segments()
    return [Case(part, case.total_steps, again=k > 0) for k, part in enumerate(parts)]


def _verdict(
    run: Run, cases: Sequence[Case], findings: Sequence[Finding], passed: Sequence[str]
) -> tuple[Verdict, str, str]:
    """Verdict, and for an inconclusive one the problem and what to try."""
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
    if all(code.startswith(_LOG_QUALITY) for code in judging):
        return (
            Verdict.INCONCLUSIVE,
            "no rule that was asked for could judge this log",
            "ask for more rules, or log what these need",
        )
    return Verdict.HEALTHY, "", ""


def _story(cases: Sequence[Case], findings: Sequence[Finding], verdict: Verdict) -> str:
    """The run in one or two sentences."""
    told = [f for f in findings if f.severity >= Severity.WARNING]
    if told:
        first = told[0]
        case = cases[first.segment]
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
        return "No rule fired."
    return f"{curve.name} went from {number(curve.start)} to {number(curve.end)}; no rule fired."


def _words(finding: Finding) -> str:
    return finding.name.replace("-", " ")


def _selected(rule: Rule, selectors: Sequence[str]) -> bool:
    return any(
        s.upper() == "ALL" or rule.code.startswith(s.upper()) or rule.name == s.lower()
        for s in selectors
        if s
    )


def _near(selector: str) -> str:
    names = [name for rule in builtin() for name in (rule.code, rule.name)]
    near = difflib.get_close_matches(selector.lower(), [n.lower() for n in names], n=3, cutoff=0.5)
    return "did you mean " + ", ".join(near) + "?" if near else "see: lossdoc rules"
