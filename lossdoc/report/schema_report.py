"""Shape of the JSON report, version 1; ``docs/schema/report-v1.json`` is generated from it.

Within version 1 keys are only ever added. Programs read ``code``, never ``message``.
"""

from __future__ import annotations

# The types stand in annotations that msgspec evaluates, so they are needed at run time.
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lossdoc.report import schema, schema_base, schema_gate
from lossdoc.report.links import DOCS

SCHEMA_URL = f"{DOCS}/schema/report-v1.json"

Number = schema_base.Number
Level = schema_base.Level
VerdictName = schema.VerdictName
Run = schema.Run
Gate = Literal["note", "warning", "error", "never"]
Extent = Literal["common", "some", "single"]


class Tool(Struct, frozen=True, kw_only=True):
    """Program that wrote the report."""

    name: str
    version: str


class Config(Struct, frozen=True, kw_only=True):
    """Settings in force."""

    select: list[str]
    ignore: list[str]
    min_confidence: schema.Sureness
    fail_on: Gate


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
        list[schema.Prescription], Meta(description="What the runs agree on, where it is common.")
    ]


class Ensemble(Struct, frozen=True, kw_only=True):
    """Runs of one configuration."""

    pattern: Annotated[str, Meta(description="Their path, with # where they differ.")]
    paths: Annotated[list[str], Meta(description="As in the runs.")]
    runs: Annotated[list[str], Meta(description="Label of each run.")]
    context: dict[str, schema_base.Setting]
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
    """Return the JSON schema of a report."""
    return schema_base.document(Report, "lossdoc report, version 1", **{"$id": SCHEMA_URL})
