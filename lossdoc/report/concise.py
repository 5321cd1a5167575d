"""One line per finding, for editors, logs and grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model import Verdict
from lossdoc.report import phrases
from lossdoc.report.spans import Line, Span, span

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis, Finding, LogIssue
    from lossdoc.report.facts import Tally


def report(diagnosis: Diagnosis) -> list[Line]:
    """Return one run as lines; reservations about the log come after the verdict."""
    name = phrases.title(diagnosis.path, diagnosis.run)
    axis = diagnosis.run.axis if diagnosis.run else "step"
    lines = [_finding(item, name, axis) for item in diagnosis.findings]
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        problem = diagnosis.problem or diagnosis.summary
        lines.append([span(f"{name}: "), Span("inconclusive", "label"), span(f": {problem}")])
    elif not lines:
        lines.append([span(f"{name}: "), Span(diagnosis.verdict.value, "label")])
    issues = diagnosis.run.issues if diagnosis.run else ()
    return lines + [_issue(issue, name) for issue in issues]


def closing(tally: Tally) -> list[Line]:
    """Return what follows the last run: the count of several, and the files that were no logs."""
    told = []
    if tally.passed_over:
        told.append(phrases.passed_over(tally.passed_over))
    if tally.runs > 1:
        told.append(f"{phrases.plural(tally.runs, 'run')}: {tally.words}")
    return [[Span(text)] for text in told]


def _finding(finding: Finding, name: str, axis: str) -> Line:
    place = "" if finding.onset.row is None else f"{finding.onset.row}:"
    severity = finding.severity.label
    where = phrases.position(axis, finding.onset.step)
    return [
        span(f"{name}:{place} "),
        Span(severity, severity),
        Span(" "),
        span(finding.code, "code"),
        span(f" {finding.name} at {where}: {finding.message}"),
        Span(f" [confidence {finding.confidence.label}]", "dim"),
    ]


def _issue(issue: LogIssue, name: str) -> Line:
    place = "" if issue.row is None else f"{issue.row}:"
    return [span(f"{name}:{place} "), Span("log", "note"), span(f" {issue.kind}: {issue.message}")]
