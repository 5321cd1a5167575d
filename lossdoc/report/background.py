"""What stands below the findings: superseded, not checked, the log itself, channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report import gating, phrases
from lossdoc.report.spans import Line, Span, span, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Diagnosis, LogIssue, Run, Series

_LABELS = 14
_REASONS_SHOWN = 3


def _entry(label: str, text: str | Line, width: int) -> list[Line]:
    first = [Span(f" {label}", "label")] if label else None
    content = [span(text)] if isinstance(text, str) else text
    return wrap(content, width, first=first, indent=_LABELS)


def _section(label: str, texts: list[str], width: int) -> list[Line]:
    """Entries below each other, the label before the first."""
    entries = [_entry("" if i else label, text, width) for i, text in enumerate(texts)]
    return [line for entry in entries for line in entry]


def superseded(diagnosis: Diagnosis, width: int) -> list[Line]:
    """Findings that another one explains."""
    axis = diagnosis.run.axis if diagnosis.run else "step"
    texts = [
        f"{item.finding.code} {item.finding.name} at "
        f"{phrases.position(axis, item.finding.onset.step)} (explained by {item.by})"
        for item in diagnosis.superseded
    ]
    return _section("superseded", texts, width)


def history(diagnosis: Diagnosis, width: int) -> list[Line]:
    """What earlier runs told about the learning rate."""
    return _section("history", [diagnosis.history] if diagnosis.history else [], width)


def gate(diagnosis: Diagnosis, width: int) -> list[Line]:
    """Budgets of the run, and findings that a baseline accepts."""
    lines = _section("budgets", gating.budgets(diagnosis), width)
    return lines + _section("accepted", gating.accepted(diagnosis), width)


def sections(diagnosis: Diagnosis, width: int, *, verbose: bool) -> list[Line]:
    """Everything about the log and the rules that is no finding."""
    lines = _not_checked(diagnosis, width, verbose=verbose) + issues(diagnosis, width)
    if verbose and diagnosis.run is not None:
        lines += _section("read", [*diagnosis.run.why] or [f"as {diagnosis.run.format}"], width)
        lines += _section("channels", [_mapping(s) for s in diagnosis.run.series], width)
        lines += _section("passed", [" ".join(diagnosis.passed)] if diagnosis.passed else [], width)
    return lines


def _not_checked(diagnosis: Diagnosis, width: int, *, verbose: bool) -> list[Line]:
    """Rules that could not judge, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for item in diagnosis.not_checked:
        by_reason.setdefault(item.reason, []).append(f"{item.code} {item.name}")
    texts = [f"{', '.join(rules)}: {reason}" for reason, rules in by_reason.items()]
    if not verbose and len(texts) > _REASONS_SHOWN:
        hidden = sum(len(rules) for rules in list(by_reason.values())[_REASONS_SHOWN:])
        texts = [*texts[:_REASONS_SHOWN], f"and {phrases.plural(hidden, 'more rule')} (see -v)"]
    return _section("not checked", texts, width)


def issues(diagnosis: Diagnosis, width: int) -> list[Line]:
    """Reservations about the log: always shown."""
    run = diagnosis.run
    told = [*map(_issue, run.issues), *executions(run)] if run else []
    return _section("log", told, width)


def executions(run: Run) -> Iterator[str]:
    """Say where a log goes on with another execution, or with the same one resumed."""
    if run.resumes:
        places = ", ".join(phrases.position(run.axis, step) for step in run.resumes)
        yield f"resumed at {places}; of overlapping rows the last write counts"
    if run.restarts:
        rows = ", ".join(f"{row:,}" for row in run.restarts)
        word = "row" if len(run.restarts) == 1 else "rows"
        yield f"another execution was appended at {word} {rows}; each is judged for itself"


def _issue(issue: LogIssue) -> str:
    place = f" (first at row {issue.row:,})" if issue.row and issue.count > 1 else ""
    return f"{'not read: ' if issue.lost else ''}{issue.message}{place}"


def _mapping(series: Series) -> str:
    first, last = float(series.steps.min()), float(series.steps.max())
    count = phrases.plural(len(series), "point")
    return (
        f"{series.channel.value} ← {series.name}, {count}, "
        f"{phrases.coordinate(first)}–{phrases.coordinate(last)}"
    )
