"""What a report tells of the gate: budgets, and findings that a baseline accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report import phrases
from lossdoc.report.spans import Line, Span, emphasise, span, wrap

if TYPE_CHECKING:
    from lossdoc.baseline.ledger import Told
    from lossdoc.budgets.groups import Shared
    from lossdoc.model import Accepted, Budget, Diagnosis

_LABELS = 14
_SHOWN = 10
"""Entries of a baseline that are told one by one."""


def accepted(diagnosis: Diagnosis) -> list[str]:
    """Return each accepted finding as a sentence, with its reason; then those that expired."""
    axis = diagnosis.run.axis if diagnosis.run else "step"
    return [_accepted(item, axis) for item in diagnosis.accepted] + [
        f"{item.finding.code} {item.finding.name} counts again: accepted until "
        f"{item.expires} ({item.reason})"
        for item in diagnosis.expired
    ]


def budgets(diagnosis: Diagnosis) -> list[str]:
    """Return each budget of a run as a phrase."""
    return [budget(item) for item in diagnosis.budgets]


def budget(item: Budget) -> str:
    """Tell a value beside its limits.

    Returns
    -------
    str
        E.g. ``val_loss.best 2.31, exceeds its maximum of 1.95``.
    """
    limit = item.limit
    how = "" if limit.aggregate == "each" else f"{limit.aggregate} of "
    if item.value is None or item.reason:
        return f"{how}{limit.measure} not judged: {item.reason}"
    unit = f" {item.unit}" if item.unit not in {"", limit.measure} else ""
    bounds = [
        f"{word} {phrases.number(bound)}"
        for word, bound in (("at least", limit.min), ("at most", limit.max))
        if bound is not None
    ]
    mark = "kept" if item.broken is None else f"{limit.level.label}: not kept"
    return f"{how}{limit.measure} {phrases.number(item.value)}{unit} ({', '.join(bounds)}): {mark}"


def report(shared: tuple[Shared, ...], told: Told | None, width: int) -> list[Line]:
    """Return what follows the last run: budgets over several runs, and the state of the baseline."""
    lines: list[Line] = []
    for label, texts in (("budgets", [*map(over_runs, shared)]), ("baseline", baseline(told))):
        for i, text in enumerate(texts):
            first = None if i else [Span(f" {label}", "label")]
            lines += wrap(emphasise(text), width, first=first, indent=_LABELS)
    return [[], *lines] if lines else []


def concise(shared: tuple[Shared, ...], told: Told | None) -> list[Line]:
    """Return the same as lines for grep."""
    texts = [("budget", text) for text in map(over_runs, shared)]
    texts += [("baseline", text) for text in baseline(told)]
    return [[Span(label, "note"), span(f": {text}")] for label, text in texts]


def over_runs(item: Shared) -> str:
    """Tell a budget over the runs of one configuration."""
    runs = f" ({phrases.plural(len(item.runs), 'run')})"
    return f"{item.pattern}{runs}: {budget(item.budget)}"


def baseline(told: Told | None) -> list[str]:
    """Return the state of a baseline: what it accepts, what expired, what is stale."""
    if told is None:
        return []
    texts = [f"{phrases.plural(told.accepted, 'finding')} accepted by the baseline {told.file}"]
    lines = [
        f"expired on {entry.expires}, counts again: {entry.label} ({entry.reason})"
        for entry in told.expired
    ]
    gone = "dropped" if told.written else "stale, its finding is gone"
    lines += [f"{gone}: {entry.label} ({entry.reason})" for entry in told.stale]
    lines += [f"new: {entry.label}" for entry, _ in told.added]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"and {len(lines) - _SHOWN} more"]
    texts += lines
    if told.unseen:
        entries = "1 entry" if told.unseen == 1 else f"{told.unseen:,} entries"
        kept = ", kept" if told.written else ""
        texts.append(f"{entries} of logs or rules that were not judged here{kept}")
    return texts


def _accepted(item: Accepted, axis: str) -> str:
    where = phrases.position(axis, item.finding.onset.step)
    until = f", until {item.expires}" if item.expires else ""
    return f"{item.finding.code} {item.finding.name} at {where}: {item.reason}{until}"
