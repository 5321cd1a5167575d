"""Shape of the JSON document of a comparison, ``compare-v1``."""

from __future__ import annotations

# The types stand in annotations that msgspec evaluates, so they are needed at run time.
from typing import Annotated, Literal

from msgspec import Meta, Struct

from lossdoc.report import schema_base

Number = schema_base.Number
Setting = int | float | str | bool | None


class Interval(Struct, frozen=True, kw_only=True):
    """99 % interval of a difference."""

    low: Number
    high: Number


class Row(Struct, frozen=True, kw_only=True):
    """One measure; the first one decides."""

    name: Literal["final", "best", "mean"]
    reference: Number
    candidate: Number
    n_reference: int
    n_candidate: int
    difference: Annotated[Number, Meta(description="Candidate minus reference.")]
    relative: Annotated[bool, Meta(description="Difference and interval are shares.")]
    interval: Annotated[Interval | None, Meta(description="Null where seed noise is unknown.")]
    effect: Annotated[Number | None, Meta(description="In units of seed noise.")]


class Speed(Struct, frozen=True, kw_only=True):
    """Where a level of the references is reached; null for never."""

    name: Literal["half", "nine tenths", "final"]
    level: Number
    reference: Number | None
    candidate: Number | None
    reached: Annotated[list[int], Meta(description="How many runs of each side reach it.")]


class Area(Struct, frozen=True, kw_only=True):
    """Area between the median curves."""

    size: Annotated[Number, Meta(description="By that under the references' curve if relative.")]
    above: Annotated[Number, Meta(description="Share in which the new runs are higher.")]
    relative: bool


class Apart(Struct, frozen=True, kw_only=True):
    """Stretch in which all new runs lie on one side of all references."""

    first: Number
    last: Number
    above: bool
    for_good: Annotated[bool, Meta(description="To the end of what is compared.")]


class Reach(Struct, frozen=True, kw_only=True):
    """How far the sides are on another axis where the common stretch ends."""

    axis: str
    reference: Number
    candidate: Number


class Schedule(Struct, frozen=True, kw_only=True):
    """Learning rate as it was logged; places on the axis that is compared."""

    peak: Number
    warm_up: Annotated[Number, Meta(description="From the first row to the peak.")]
    shape: str
    decays_from: Annotated[Number, Meta(description="Last place at the peak.")]
    end: Annotated[Number, Meta(description="Last rate as a share of the peak.")]


class Difference(Struct, frozen=True, kw_only=True):
    """Setting in which the sides differ."""

    name: str
    reference: Setting
    candidate: Setting


class Comparison(Struct, frozen=True, kw_only=True):
    """Everything ``lossdoc compare`` has to say."""

    schema: str
    outcome: Literal["better", "worse", "same", "cannot tell"]
    judged: bool
    why: str
    reference: list[str]
    candidate: list[str]
    loss: str
    by: str
    first: Number
    last: Number
    covered: Number
    margin: Number
    measures: list[Row]
    speed: list[Speed]
    area: Area | None
    noise: Annotated[list[Number], Meta(description="From point to point, of each side.")]
    spikes: Annotated[list[Number] | None, Meta(description="Of the training loss, of each side.")]
    parted: Annotated[Number | None, Meta(description="Where the curves part for good.")]
    apart: Apart | None
    gained: list[str]
    lost: list[str]
    reach: list[Reach]
    learning_rates: Annotated[
        list[Schedule | None], Meta(description="Of each side; null where it was not logged.")
    ]
    settings: list[Difference]
    exit_code: int


def json_schema() -> dict[str, object]:
    """Return the JSON schema of a comparison."""
    return schema_base.document(Comparison, "lossdoc comparison, version 1")
