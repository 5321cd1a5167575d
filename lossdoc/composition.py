"""From the findings of many rules to one story: causes before consequences, one change a setting."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from lossdoc.model import Channel, Prescription, Severity, Superseded, Yielded
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossdoc.model import Change, Finding, Run
    from lossdoc.rules.base import Rule

_SAME = {"learning_rate_factor": "learning_rate", "epochs": "steps", "decay_steps": "steps"}
"""Settings that turn the same screw as another one."""

_NO_REMEDY = {"logging_steps", "eval_steps", "checkpoint_step", "resume_from_step"}
"""Settings that change what is seen or kept, not how the run goes: they contradict nothing."""


def compose(
    found: Iterable[Finding], rules: Sequence[Rule]
) -> tuple[tuple[Finding, ...], tuple[Superseded, ...]]:
    """Order findings by cause, and set aside those that another finding of theirs explains.

    A rule supersedes what its class names, within the same segment, only by a finding that is at
    least as severe, and not what was over before it began. What happened to a part of a loss
    explains nothing about the whole.
    """
    order = {rule.code: i for i, rule in enumerate(rules)}
    explains = {rule.code: rule.supersedes for rule in rules}
    ranked = sorted(found, key=lambda f: (-int(f.severity), f.segment, order.get(f.code, 0)))
    kept: list[Finding] = []
    set_aside: list[Superseded] = []
    for finding in sorted(ranked, key=lambda f: order.get(f.code, 0)):
        by = next((k for k in ranked if _explained(finding, k, explains)), None)
        if by is None:
            kept.append(finding)
        else:
            set_aside.append(Superseded(finding, by.code))
    return in_order(kept, rules), tuple(set_aside)


def in_order(findings: Iterable[Finding], rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Sort findings: the worst first, then causes before consequences."""
    order = {rule.code: i for i, rule in enumerate(rules)}

    def rank(f: Finding) -> tuple[int, int, int, float]:
        return -int(f.severity), order.get(f.code, 0), f.segment, f.onset.step

    return tuple(sorted(findings, key=rank))


def _explained(finding: Finding, by: Finding, explains: dict[str, frozenset[str]]) -> bool:
    return (
        finding.code in explains.get(by.code, frozenset())
        and finding.segment == by.segment
        and finding.last_step >= by.onset.step
        and by.severity >= min(finding.severity, Severity.WARNING)
        and (by.channel is not Channel.TRAIN_COMPONENT or finding.channel is by.channel)
    )


def settle(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Leave one prescription for each setting: that of the finding that comes first.

    A later finding of the same segment that wants the setting changed the same way asks for
    nothing new; one that wants it changed the other way contradicts the cause. Either loses that
    prescription, and its caveat says to whom. Alternatives within one finding stay.

    Parameters
    ----------
    findings
        Root cause first.
    """
    settled: list[Finding] = []
    for finding in findings:
        before = [f for f in settled if f.segment == finding.segment and f.code != finding.code]
        settled.append(_settled(finding, before))
    return tuple(settled)


def _settled(finding: Finding, before: Sequence[Finding]) -> Finding:
    kept: list[Prescription] = []
    yielded: list[Yielded] = []
    for prescription in finding.prescriptions:
        rival = next((f for f in before if _clash(prescription, f) is not None), None)
        if rival is None:
            kept.append(prescription)
        else:
            opposed = bool(_clash(prescription, rival))
            yielded.append(Yielded(prescription, rival.code, opposed))
    if not yielded:
        return finding
    told = "; ".join(
        f"its remedy contradicts that of {code}, which goes first"
        if any(y.opposed for y in yielded if y.to == code)
        else f"the remedy of {code} goes first"
        for code in dict.fromkeys(y.to for y in yielded)
    )
    caveat = f"{finding.caveat}; {told}" if finding.caveat else told
    return replace(finding, prescriptions=tuple(kept), caveat=caveat, yielded=tuple(yielded))


def _clash(prescription: Prescription, other: Finding) -> bool | None:
    """Whether a finding turns a screw of a prescription the other way; None if it turns none."""
    turned = [c for p in other.prescriptions for c in p.changes]
    pairs = [
        (mine, theirs)
        for mine in prescription.changes
        for theirs in turned
        if _screw(mine) == _screw(theirs) and _screw(mine) not in _NO_REMEDY
    ]
    if not pairs:
        return None
    return any(_direction(mine) != _direction(theirs) for mine, theirs in pairs)


def _screw(change: Change) -> str:
    return _SAME.get(change.name, change.name)


def _direction(change: Change) -> float | str:
    """1 for more, -1 for less, 0 for the same or unknown; a word stands for itself."""
    if isinstance(change.after, str):
        return change.after
    before, after = change.before, change.after
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)):
        return 0.0
    return math.copysign(1.0, after - before) if after != before else 0.0


def verified(finding: Finding, run: Run) -> Finding:
    """Say with each prescription how one sees that it worked."""
    if not finding.prescriptions:
        return finding
    goal = f"{finding.code} is gone"
    val = run.get(Channel.VAL_LOSS)
    if val is not None:
        finite = [float(v) for v in val.values if math.isfinite(v)]
        if finite:
            goal += f" and {val.name} ends below {number(min(finite))}"
    told = f"lossdoc analyze NEW_LOG: {goal}"
    return replace(
        finding, prescriptions=tuple(replace(p, verify=told) for p in finding.prescriptions)
    )
