"""One line per finding, for editors, logs and grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model import Verdict
from lossdoc.report import phrases
from lossdoc.report.background import executions
from lossdoc.report.gating import accepted
from lossdoc.report.places import LINES
from lossdoc.report.spans import Line, Span, span

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis, Finding, LogIssue, Run
    from lossdoc.report.facts import Tally


def report(diagnosis: Diagnosis) -> list[Line]:
    """Return one run as lines; reservations about the log come after the verdict."""
    run, path, verdict = diagnosis.run, diagnosis.path, diagnosis.verdict
    lines = [_finding(item, path, run) for item in diagnosis.findings]
    start = span(f"{phrases.title(path, run)}: ")
    if verdict is Verdict.INCONCLUSIVE:
        problem = diagnosis.problem or diagnosis.summary
        lines.append([start, Span(verdict.value, "label"), span(f": {problem}")])
    elif verdict is Verdict.HEALTHY:
        lines.append([start, Span(verdict.value, "label")])
    if run is None:
        return lines
    lines += [[start, Span("accepted", "note"), span(f" {text}")] for text in accepted(diagnosis)]
    lines += [_issue(issue, path, run) for issue in run.issues]
    return lines + [
        [span(f"{path}: "), Span("log", "note"), span(f" {told}")] for told in executions(run)
    ]


def closing(tally: Tally) -> list[Line]:
    """Return what follows the last run: the count of several, and the files that were no logs."""
    told = []
    if tally.passed_over:
        told.append(phrases.passed_over(tally.passed_over))
    if tally.runs > 1:
        told.append(f"{phrases.plural(tally.runs, 'run')}: {tally.words}")
    return [[Span(text)] for text in told]


def _finding(finding: Finding, path: str, run: Run | None) -> Line:
    severity = finding.severity.label
    where = phrases.position(run.axis if run else "step", finding.onset.step)
    inside = f" of {run.name}" if run and run.name else ""
    return [
        span(_place(path, finding.onset.row, run)),
        Span(severity, severity),
        Span(" "),
        span(finding.code, "code"),
        span(f" {finding.name}{inside} at {where}: {finding.message}"),
        Span(f" [confidence {finding.confidence.label}]", "dim"),
    ]


def _issue(issue: LogIssue, path: str, run: Run | None) -> Line:
    place = _place(path, issue.row, run)
    return [span(place), Span("log", "note"), span(f" {issue.kind}: {issue.message}")]


def _place(path: str, row: int | None, run: Run | None) -> str:
    """``run.csv:12: ``, as editors understand it; rows of some formats are no lines."""
    lines = run is not None and run.format in LINES
    return f"{path}: " if row is None or not lines else f"{path}:{row}: "
