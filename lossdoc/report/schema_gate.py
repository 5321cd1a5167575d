"""Shape of what the JSON report tells of the gate: budgets and the baseline."""

from __future__ import annotations

# The types stand in annotations that msgspec evaluates, so they are needed at run time.
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lossdoc.report import schema_base

Number = schema_base.Number
Level = schema_base.Level
Aggregate = Literal["each", "median", "worst", "best"]


class Budget(Struct, frozen=True, kw_only=True):
    """Limit on a measure, and what it came to."""

    measure: str
    aggregate: Annotated[Aggregate, Meta(description="Of the runs; each for a single one.")]
    value: Annotated[Number | None, Meta(description="Null where the log does not tell.")]
    unit: str
    min: Number | None
    max: Number | None
    level: Level
    ok: Annotated[bool | None, Meta(description="Null where it could not be judged.")]
    reason: Annotated[str, Meta(description="Why it could not be judged.")]


class SharedBudget(Struct, frozen=True, kw_only=True):
    """Budget over the runs of one configuration."""

    pattern: Annotated[str, Meta(description="Their path, with # where they differ.")]
    runs: Annotated[list[str], Meta(description="Label of each run.")]
    values: Annotated[list[Number | None], Meta(description="Of each run.")]
    budget: Budget


class Entry(Struct, frozen=True, kw_only=True):
    """Entry of a baseline."""

    path: str
    run: str
    code: str
    fingerprint: str
    reason: str
    expires: Annotated[str | None, Meta(description="Last day on which it holds.")]


class Baseline(Struct, frozen=True, kw_only=True):
    """What became of the accepted findings."""

    file: str
    accepted: Annotated[int, Meta(description="Findings that do not count.")]
    expired: Annotated[list[Entry], Meta(description="Their findings count again.")]
    stale: Annotated[list[Entry], Meta(description="Their findings are gone.")]
    added: Annotated[list[Entry], Meta(description="New in the file that was written.")]
    unseen: Annotated[int, Meta(description="Entries whose logs were not judged here.")]
    written: bool
