"""From a run to a diagnosis: which rules can judge, what they state, what explains what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc import components, plugins
from lossdoc.composition import compose, in_order, settle, verified
from lossdoc.model import (
    Acceptance,
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
from lossdoc.robust.objective import with_objective
from lossdoc.robust.restarts import value_restart
from lossdoc.rules import builtin
from lossdoc.rules.base import Rule, Withheld
from lossdoc.troubles import FAILURES
from lossdoc.verdict import LOG_QUALITY, NOTHING, story, verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lossdoc.errors import LossdocError
    from lossdoc.model import Superseded
    from lossdoc.robust.curve import Curve

    Accept = Callable[[Run, Sequence[Finding]], Acceptance]

MOST_SEGMENTS = 20
"""Of a log with more executions than this, the longest are judged."""

_LEAST_SEGMENT = 3


def diagnose(
    run: Run,
    *,
    rules: Sequence[Rule] | None = None,
    min_confidence: Confidence = Confidence.MEDIUM,
    total_steps: float | None = None,
    accept: Accept | None = None,
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
    accept
        Says which findings do not count; the verdict is on the others.
    """
    chosen = builtin() if rules is None else tuple(rules)
    run = with_objective(run)
    parts = [
        _judge(part, chosen, total_steps, min_confidence) for part in components.without_total(run)
    ]
    judged = parts[0] if len(parts) == 1 else _together(run, parts, chosen)
    found = tuple(verified(finding, run) for finding in settle(judged.kept))
    kept, accepted, expired = accept(run, found) if accept else Acceptance(found)
    fired = tuple(a.finding.code for a in accepted)
    verdict, problem, hint = verdict_on(run, judged.cases, kept, (*judged.passed, *fired))
    silence = "nothing else was found" if accepted else "nothing above a note" if kept else NOTHING
    summary = story(judged.cases, kept, verdict, silence)
    if judged.executions > len(judged.cases):
        summary += f" Only the longest {len(judged.cases)} of {judged.executions:,} executions were judged."
    return Diagnosis(
        path=run.path,
        run=run,
        verdict=verdict,
        summary=summary,
        findings=kept,
        superseded=judged.superseded,
        not_checked=judged.not_checked,
        passed=judged.passed,
        problem=problem,
        hint=hint,
        accepted=accepted,
        expired=expired,
        applied=tuple(rule.code for rule in chosen),
        min_confidence=min_confidence,
    )


class _Judged(NamedTuple):
    """What the rules say about one loss of a run."""

    cases: Sequence[Case]
    executions: int
    kept: tuple[Finding, ...]
    superseded: tuple[Superseded, ...]
    not_checked: tuple[NotChecked, ...]
    passed: tuple[str, ...]


def _judge(
    run: Run, rules: Sequence[Rule], total_steps: float | None, min_confidence: Confidence
) -> _Judged:
    cases, executions = _cases(run, total_steps)
    sealed = [case.sealed() for case in cases] if any(r.plugin for r in rules) else []
    found: list[Finding] = []
    not_checked: list[NotChecked] = []
    passed: list[str] = []
    for rule in rules:
        stated, reason = _apply(rule, sealed if rule.plugin else cases)
        found += stated
        if reason and not stated:
            not_checked.append(NotChecked(rule.code, rule.name, reason))
        elif not stated:
            passed.append(rule.code)
    every = components.lost_parts(found, _behind_total(run, rules, total_steps))
    sure = [f for f in every if f.confidence >= min_confidence]
    kept, superseded = compose(sure, rules)
    stated_codes = {f.code for f in every}
    return _Judged(
        cases,
        executions,
        kept,
        superseded,
        tuple(n for n in not_checked if n.code not in stated_codes),
        tuple(code for code in passed if code not in stated_codes),
    )


def _behind_total(run: Run, rules: Sequence[Rule], total_steps: float | None) -> list[Finding]:
    """Findings on the parts of a loss whose total stands for the run."""
    lost = [rule for rule in rules if rule.code in components.LOST]
    found: list[Finding] = []
    for part in components.behind_total(run):
        cases, _ = _cases(part, total_steps)
        # Of one part the first rule speaks: what is not finite has diverged, too.
        found += next((stated for r in lost if (stated := _apply(r, cases)[0])), [])
    return found


def _together(run: Run, parts: Sequence[_Judged], rules: Sequence[Rule]) -> _Judged:
    """Tell once what the rules say about the parts of a loss without a total."""
    roles = {series.name: series.channel for series in run.series}
    found = components.told_once(p.kept for p in parts)
    kept = in_order([replace(f, channel=roles.get(f.series, f.channel)) for f in found], rules)
    superseded = {(s.finding.code, s.by): s for p in parts for s in p.superseded}
    fired = {f.code for f in kept} | {code for code, _ in superseded}
    passed = dict.fromkeys(code for p in parts for code in p.passed if code not in fired)
    reasons = {n.code: n for p in parts for n in p.not_checked}
    longest = max(parts, key=lambda p: sum(map(_points, p.cases)))
    return longest._replace(
        kept=kept,
        superseded=tuple(superseded.values()),
        not_checked=tuple(n for n in reasons.values() if n.code not in {*fired, *passed}),
        passed=tuple(passed),
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


# Values up to 1e300 are logged: what overflows compares as infinite, which is meant.
@np.errstate(all="ignore")
def _apply(rule: Rule, cases: Sequence[Case]) -> tuple[list[Finding], str]:
    """Findings of one rule over all segments, and why it judged none of them (if so)."""
    stated: list[Finding] = []
    reasons: list[str] = []
    for index, case in enumerate(cases):
        try:
            reason = _withheld(rule, case)
            for finding in () if reason else rule.check(case):
                prescriptions = rule.prescribe(finding, case)
                told = replace(finding, prescriptions=prescriptions, segment=index)
                if rule.plugin:
                    plugins.sound(told, rule, case.run)
                stated.append(_so_far(told, rule, case))
        except Withheld as withheld:
            reason = str(withheld)
        except FAILURES as error:
            if not rule.plugin:
                raise
            return [], plugins.failed(rule, error)
        reasons.append(reason)
    judged = any(not reason for reason in reasons)
    if rule.code.startswith(LOG_QUALITY):
        stated = stated[:1]
    return stated, "" if judged else reasons[0] if reasons else "no data"


def _so_far(finding: Finding, rule: Rule, case: Case) -> Finding:
    """Only note what so early in an unfinished run may still change."""
    if rule.patience == 0 or finding.severity is Severity.NOTE:
        return finding
    share, come_to = case.early
    if share >= 0.98 * rule.patience:
        return finding
    told = f"the run is at {come_to}: from {rule.patience:.0%} on this is more than a note"
    caveat = f"{finding.caveat}; {told}" if finding.caveat else told
    return replace(finding, severity=Severity.NOTE, prescriptions=(), caveat=caveat)


def _withheld(rule: Rule, case: Case) -> str:
    """Why a rule cannot judge a segment, or an empty string."""
    if rule.stationary and case.run.objective != "supervised":
        return f"a falling loss is not the goal of {case.run.objective} training"
    going_on = case.unfinished or case.broken_off
    if rule.at_the_end and going_on:
        return f"the run is not finished ({going_on}), and this judges how it ended"
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


@np.errstate(all="ignore")
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
