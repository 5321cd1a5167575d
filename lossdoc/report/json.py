"""The report for programs: one JSON document, the same bytes for the same input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np

from lossdoc.report import facts, json_gate, schema, schema_report
from lossdoc.report.json_words import maybe as _maybe
from lossdoc.report.json_words import number as _number
from lossdoc.report.json_words import text as _text
from lossdoc.report.links import rule_url
from lossdoc.report.together import Together
from lossdoc.runfacts import checkpoint, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc import model
    from lossdoc.ensemble import Ensemble, Shared
    from lossdoc.history import History
    from lossdoc.report.ci import Judged
    from lossdoc.report.facts import Tally

# DEL, C1 controls, marks and overrides of direction, separators of lines, what has no width; and the
# commands that services read in what a job prints (`spans.inert`). They stand in strings alone.
_UNSEEN = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]|#(?=#\\w*\\[)"
)


def run(diagnosis: model.Diagnosis) -> schema.Run:
    """Return one diagnosis in the report's shape; it holds on to no array of the log."""
    seen = diagnosis.run
    spent = facts.cost(diagnosis)
    return schema.Run(
        path=_text(diagnosis.path),
        name=_text(seen.name) if seen else "",
        format=seen.format if seen else None,
        axis=seen.axis if seen else None,
        objective=seen.objective if seen else None,
        verdict=diagnosis.verdict.value,
        summary=_text(diagnosis.summary),
        channels=_channels(seen) if seen else {},
        context=_context(seen.context) if seen else {},
        settings=_context(seen.settings) if seen else {},
        resumes=[_number(step) for step in seen.resumes] if seen else [],
        restarts=[int(row) for row in seen.restarts] if seen else [],
        findings=[_finding(f, seen) for f in diagnosis.findings],
        superseded=[
            schema.Superseded(code=s.finding.code, by=s.by, finding=_finding(s.finding, seen))
            for s in diagnosis.superseded
        ],
        not_checked=[
            schema.NotChecked(code=n.code, name=n.name, reason=_text(n.reason))
            for n in diagnosis.not_checked
        ],
        passed=list(diagnosis.passed),
        log_issues=[_issue(issue) for issue in seen.issues] if seen else [],
        cost=schema.Cost(
            steps_after_onset=_number(spent.steps), fraction=_number(round(spent.fraction, 4))
        )
        if spent
        else None,
        checkpoint=_checkpoint(seen) if seen else None,
        problem=_text(diagnosis.problem),
        details=[_text(detail) for detail in diagnosis.details],
        hint=_text(diagnosis.hint),
        history=_text(diagnosis.history),
        budgets=[json_gate.budget(item) for item in diagnosis.budgets],
        accepted=[_accepted(item, seen) for item in diagnosis.accepted],
        expired=[_accepted(item, seen) for item in diagnosis.expired],
    )


def report(
    runs: list[schema.Run],
    config: schema_report.Config,
    tally: Tally,
    together: Together | None = None,
) -> schema_report.Report:
    """Return the whole document."""
    from lossdoc import __version__

    told = together or Together()
    return schema_report.Report(
        schema=schema_report.SCHEMA_URL,
        tool=schema_report.Tool(name="lossdoc", version=__version__),
        config=config,
        runs=runs,
        ensembles=[ensemble(each) for each in told.ensembles],
        history=None if told.history is None else history(told.history),
        budgets=[json_gate.shared(item) for item in told.budgets],
        baseline=json_gate.baseline(told.baseline),
        summary=schema_report.Summary(
            failing=tally.failing,
            at_risk=tally.at_risk,
            healthy=tally.healthy,
            inconclusive=tally.inconclusive,
            passed_over=tally.passed_over,
            exit_code=tally.exit_code,
        ),
    )


def config(
    *, select: list[str], ignore: list[str], min_confidence: str, fail_on: str
) -> schema_report.Config:
    """Return the settings in force."""
    return schema_report.Config(
        select=select,
        ignore=ignore,
        min_confidence=cast("schema.Sureness", min_confidence),
        fail_on=cast("schema_report.Gate", fail_on),
    )


def dump(document: object, *, indent: int = 2) -> str:
    """Return a document as text that ends with a newline; on one line without ``indent``.

    What could steer a terminal or turn text round is written as its escape.
    """
    import msgspec

    data = msgspec.json.encode(document)
    text = (msgspec.json.format(data, indent=indent) if indent else data).decode() + "\n"
    return _UNSEEN.sub(lambda c: f"\\u{ord(c[0]):04x}", text)


def render(judged: Judged) -> str:
    """Return the whole document as text."""
    return dump(judged.report)


def _setting(value: model.Setting) -> schema.Setting:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    return _number(value)


def _channels(seen: model.Run) -> dict[str, schema.Channel]:
    channels = dict.fromkeys(series.channel for series in seen.series)
    return {channel.value: _channel(seen.all(channel)) for channel in channels}


def _channel(series: tuple[model.Series, ...]) -> schema.Channel:
    first, *others = series
    top = facts.best(first)
    return schema.Channel(
        source=_text(first.name),
        points=len(first),
        first_step=_number(np.min(first.steps)) if len(first) else None,
        last_step=_number(np.max(first.steps)) if len(first) else None,
        last=_number(first.values[-1]) if len(first) else None,
        best=schema.Point(step=_number(top.step), value=_number(top.value)) if top else None,
        others=[_text(other.name) for other in others],
    )


def _checkpoint(seen: model.Run) -> schema.Checkpoint | None:
    found = checkpoint(seen)
    if found is None:
        return None
    return schema.Checkpoint(
        series=_text(found.series),
        step=_number(found.step),
        value=_number(found.value),
        smoothed=found.smoothed,
        steps_after=_number(found.spent.steps),
        fraction_after=_number(round(found.spent.fraction, 4)),
        seconds_after=None if found.seconds is None else _number(round(found.seconds, 3)),
    )


def _finding(item: model.Finding, seen: model.Run | None) -> schema.Finding:
    return schema.Finding(
        code=item.code,
        name=item.name,
        severity=cast("schema.Level", item.severity.label),
        confidence=cast("schema.Sureness", item.confidence.label),
        confidence_factors=dict(item.factors),
        channel=item.channel.value,
        series=_text(item.series),
        onset=_onset(item.onset),
        last_step=_number(item.last_step),
        segment=item.segment,
        message=_text(item.message),
        evidence=[_evidence(e) for e in item.evidence],
        prescriptions=[_prescription(p) for p in item.prescriptions],
        yielded=[
            schema.Yielded(to=y.to, opposed=y.opposed, prescription=_prescription(y.prescription))
            for y in item.yielded
        ],
        caveat=_text(item.caveat),
        fingerprint=fingerprint(item, seen),
        url=rule_url(item.code, item.name),
    )


def _accepted(item: model.Accepted, seen: model.Run | None) -> schema.Accepted:
    return schema.Accepted(
        finding=_finding(item.finding, seen),
        reason=_text(item.reason),
        expires=None if item.expires is None else item.expires.isoformat(),
    )


def _onset(onset: model.Onset) -> schema.Onset:
    return schema.Onset(
        step=_number(onset.step),
        epoch=_maybe(onset.epoch),
        wall_time=_maybe(onset.wall_time),
        row=None if onset.row is None else int(onset.row),
    )


def _evidence(item: model.Evidence) -> schema.Evidence:
    return schema.Evidence(
        name=item.name,
        value=_number(item.value),
        unit=item.unit,
        threshold=_maybe(item.threshold),
    )


def _prescription(item: model.Prescription) -> schema.Prescription:
    return schema.Prescription(
        kind=item.kind,
        action=_text(item.action),
        from_step=_maybe(item.from_step),
        changes=[
            schema.Change(name=_text(c.name), before=_setting(c.before), after=_setting(c.after))
            for c in item.changes
        ],
        rationale=_text(item.rationale),
        reference=item.reference,
        caveat=_text(item.caveat),
        verify=_text(item.verify),
    )


def ensemble(item: Ensemble) -> schema_report.Ensemble:
    """Return runs of one configuration in the report's shape."""
    return schema_report.Ensemble(
        pattern=_text(item.pattern),
        paths=[_text(path) for path in item.paths],
        runs=[_text(name) for name in item.runs],
        context=_context(item.context),
        verdicts=[verdict.value for verdict in item.verdicts],
        findings=[_shared(shared) for shared in item.shared],
    )


def _shared(item: Shared) -> schema_report.Shared:
    return schema_report.Shared(
        code=item.finding.code,
        name=item.finding.name,
        severity=cast("schema.Level", item.finding.severity.label),
        extent=item.extent,
        runs=[_text(name) for name in item.runs],
        onsets=[_number(onset) for onset in item.onsets],
        silent=[_text(name) for name in item.silent],
        explained=[
            schema_report.Explained(run=_text(name), by=code) for name, code in item.explained
        ],
        message=_text(item.finding.message),
        prescriptions=[_prescription(p) for p in item.finding.prescriptions],
    )


def history(item: History) -> schema_report.History:
    """Return the earlier runs in the report's shape."""
    unread = [
        schema_report.Unread(path=_text(p), problem=_text(problem)) for p, problem in item.unread
    ]
    return schema_report.History(runs=len(item.trials), unread=unread)


def _context(settings: Mapping[str, model.Setting]) -> dict[str, schema.Setting]:
    return {_text(name): _setting(value) for name, value in settings.items()}


def _issue(issue: model.LogIssue) -> schema.LogIssue:
    return schema.LogIssue(
        kind=issue.kind,
        message=_text(issue.message),
        row=issue.row,
        count=issue.count,
        lost=issue.lost,
    )
