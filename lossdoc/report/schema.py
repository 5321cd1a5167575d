"""Shape of the JSON report, version 1; ``docs/schema/report-v1.json`` is generated from it.

Within version 1 keys are only ever added. Non-finite numbers are the strings ``nan``, ``inf`` and
``-inf``. Programs read ``code``, never ``message``.
"""

from __future__ import annotations

# The types stand in annotations that msgspec evaluates, so they are needed at run time.
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lossdoc.report import schema_gate
from lossdoc.report.links import DOCS

SCHEMA_URL = f"{DOCS}/schema/report-v1.json"

Number = schema_gate.Number
Setting = Number | bool | str | None
VerdictName = Literal["healthy", "at risk", "failing", "inconclusive"]
Level = schema_gate.Level
Gate = Literal["note", "warning", "error", "never"]
Sureness = Literal["low", "medium", "high"]
Extent = Literal["common", "some", "single"]


class Tool(Struct, frozen=True, kw_only=True):
    """Program that wrote the report."""

    name: str
    version: str


class Config(Struct, frozen=True, kw_only=True):
    """Settings in force."""

    select: list[str]
    ignore: list[str]
    min_confidence: Sureness
    fail_on: Gate


class Point(Struct, frozen=True, kw_only=True):
    """One logged point."""

    step: Number
    value: Number


class Channel(Struct, frozen=True, kw_only=True):
    """Series that plays a role in a run; the principal one where there are several."""

    source: Annotated[str, Meta(description="Name in the log.")]
    points: int
    first_step: Number | None
    last_step: Number | None
    last: Number | None
    best: Annotated[Point | None, Meta(description="Null where no direction is better.")]
    others: Annotated[list[str], Meta(description="Names of further series of this channel.")]


class Onset(Struct, frozen=True, kw_only=True):
    """Where a problem begins."""

    step: Number
    epoch: Number | None
    wall_time: Number | None
    row: Annotated[int | None, Meta(description="Line or record of the log, from 1.")]


class Evidence(Struct, frozen=True, kw_only=True):
    """A number behind a finding."""

    name: str
    value: Number
    unit: str
    threshold: Number | None


class Change(Struct, frozen=True, kw_only=True):
    """A setting before and after; ``before`` is null where the log does not tell."""

    name: str
    before: Setting
    after: Setting


class Prescription(Struct, frozen=True, kw_only=True):
    """What to change, with the numbers of this log."""

    kind: str
    action: str
    from_step: Annotated[Number | None, Meta(description="Last step worth resuming from.")]
    changes: list[Change]
    rationale: str
    reference: str
    caveat: str
    verify: Annotated[str, Meta(description="Command for the next log, and what it must say.")]


class Yielded(Struct, frozen=True, kw_only=True):
    """A prescription that is not made, since another finding changes the same setting."""

    to: Annotated[str, Meta(description="Code of that finding.")]
    opposed: Annotated[bool, Meta(description="Whether it changes the setting the other way.")]
    prescription: Prescription


class Finding(Struct, frozen=True, kw_only=True):
    """What a rule states about a run."""

    code: str
    name: str
    severity: Level
    confidence: Sureness
    confidence_factors: dict[str, bool]
    channel: str
    series: str
    onset: Onset
    last_step: Number
    segment: Annotated[int, Meta(description="Which execution, where a log holds several.")]
    message: str
    evidence: list[Evidence]
    prescriptions: list[Prescription]
    yielded: Annotated[
        list[Yielded], Meta(description="What it would prescribe if others did not come first.")
    ]
    caveat: str
    fingerprint: Annotated[
        str, Meta(description="Code, channel and relative onset: stable between reports.")
    ]
    url: str


class Superseded(Struct, frozen=True, kw_only=True):
    """A finding that another one explains."""

    code: str
    by: str
    finding: Finding


class Accepted(Struct, frozen=True, kw_only=True):
    """A finding that a baseline accepts, or accepted until it expired."""

    finding: Finding
    reason: str
    expires: Annotated[str | None, Meta(description="Last day on which it is accepted.")]


class NotChecked(Struct, frozen=True, kw_only=True):
    """A rule that could not judge, and why."""

    code: str
    name: str
    reason: str


class LogIssue(Struct, frozen=True, kw_only=True):
    """A reservation about the log itself."""

    kind: str
    message: str
    row: int | None
    count: int
    lost: Annotated[bool, Meta(description="Whether something logged could not be read.")]


class Cost(Struct, frozen=True, kw_only=True):
    """Steps spent after the root cause set in."""

    steps_after_onset: Number
    fraction: Number


class Checkpoint(Struct, frozen=True, kw_only=True):
    """Best point of a run, whose checkpoint is the one to keep, and what was spent after it."""

    series: Annotated[str, Meta(description="Name in the log.")]
    step: Number
    value: Number
    smoothed: Annotated[bool, Meta(description="Whether the value is a running median.")]
    steps_after: Number
    fraction_after: Number
    seconds_after: Annotated[Number | None, Meta(description="Null where no wall time is logged.")]


class Run(Struct, frozen=True, kw_only=True):
    """One run and its diagnosis."""

    path: Annotated[str, Meta(description="As given on the command line.")]
    name: Annotated[str, Meta(description="Of the run, where a file or folder holds several.")]
    format: str | None
    axis: Annotated[str | None, Meta(description="What steps count: step, epoch, tokens, row.")]
    objective: str | None
    verdict: VerdictName
    summary: str
    channels: dict[str, Channel]
    context: Annotated[dict[str, Setting], Meta(description="Settings that lossdoc knows.")]
    settings: Annotated[dict[str, Setting], Meta(description="Others, by their own names.")]
    resumes: list[Number]
    restarts: list[int]
    findings: list[Finding]
    superseded: list[Superseded]
    not_checked: list[NotChecked]
    passed: list[str]
    log_issues: list[LogIssue]
    cost: Cost | None
    checkpoint: Annotated[Checkpoint | None, Meta(description="Null where nothing tells.")]
    problem: Annotated[str, Meta(description="Why the run could not be judged.")]
    details: list[str]
    hint: Annotated[str, Meta(description="What to try where it could not be judged.")]
    history: Annotated[str, Meta(description="What earlier runs told about the learning rate.")]
    budgets: list[schema_gate.Budget]
    accepted: Annotated[list[Accepted], Meta(description="Findings that do not count.")]
    expired: Annotated[list[Accepted], Meta(description="Among the findings: they count again.")]


class Explained(Struct, frozen=True, kw_only=True):
    """A run of an ensemble in which another finding explains this one."""

    run: str
    by: str


class Shared(Struct, frozen=True, kw_only=True):
    """What one rule states about the runs of an ensemble."""

    code: str
    name: str
    severity: Annotated[Level, Meta(description="Highest among the runs.")]
    extent: Annotated[Extent, Meta(description="Most of the runs, some, or a single one.")]
    runs: Annotated[list[str], Meta(description="Labels of the affected runs.")]
    onsets: Annotated[list[Number], Meta(description="Of each affected run.")]
    silent: Annotated[list[str], Meta(description="Runs that were judged without it.")]
    explained: list[Explained]
    message: Annotated[str, Meta(description="Of the run whose onset is in the middle.")]
    prescriptions: Annotated[
        list[Prescription], Meta(description="What the runs agree on, where it is common.")
    ]


class Ensemble(Struct, frozen=True, kw_only=True):
    """Runs of one configuration."""

    pattern: Annotated[str, Meta(description="Their path, with # where they differ.")]
    paths: Annotated[list[str], Meta(description="As in the runs.")]
    runs: Annotated[list[str], Meta(description="Label of each run.")]
    context: dict[str, Setting]
    verdicts: list[VerdictName]
    findings: list[Shared]


class Unread(Struct, frozen=True, kw_only=True):
    """An earlier run that could not be read or judged."""

    path: str
    problem: str


class History(Struct, frozen=True, kw_only=True):
    """Earlier runs that bound the learning rate."""

    runs: Annotated[int, Meta(description="Those that were judged.")]
    unread: list[Unread]


class Summary(Struct, frozen=True, kw_only=True):
    """Runs by verdict, and the exit code of the command."""

    failing: int
    at_risk: int
    healthy: int
    inconclusive: int
    passed_over: Annotated[int, Meta(description="Files in folders that were no logs.")]
    exit_code: int


class Report(Struct, frozen=True, kw_only=True):
    """Everything ``lossdoc analyze`` has to say."""

    schema: str
    tool: Tool
    config: Config
    runs: list[Run]
    ensembles: Annotated[
        list[Ensemble], Meta(description="Runs of one configuration, where there are several.")
    ]
    history: Annotated[History | None, Meta(description="Null where none was named.")]
    budgets: Annotated[
        list[schema_gate.SharedBudget], Meta(description="Over the runs of one configuration.")
    ]
    baseline: Annotated[schema_gate.Baseline | None, Meta(description="Null where there is none.")]
    summary: Summary


def json_schema() -> dict[str, object]:
    """Return the JSON schema (draft 2020-12) of a report."""
    import msgspec

    (top,), components = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_URL,
        "title": "lossdoc report, version 1",
        **top,
        "$defs": components,
    }
