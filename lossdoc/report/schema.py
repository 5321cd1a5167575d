"""Shape of one run in the JSON report; `schema_report` has what stands around it.

Non-finite numbers are the strings ``nan``, ``inf`` and ``-inf``.
"""

from __future__ import annotations

# The types stand in annotations that msgspec evaluates, so they are needed at run time.
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lossdoc.report import schema_base, schema_gate

Number = schema_base.Number
Setting = schema_base.Setting
VerdictName = Literal["healthy", "at risk", "failing", "inconclusive"]
Level = schema_base.Level
Sureness = Literal["low", "medium", "high"]


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
