"""A comparison as a JSON document, ``compare-v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lossdoc.report import schema_compare as schema
from lossdoc.report.comparison_words import shares
from lossdoc.report.json_words import number
from lossdoc.report.spans import clean

if TYPE_CHECKING:
    from lossdoc.comparison import Comparison, Row
    from lossdoc.comparison.rates import Schedule
    from lossdoc.model import Setting


def dump(found: Comparison) -> str:
    """Return the document."""
    document = msgspec.json.format(msgspec.json.encode(shape(found)), indent=2)
    return document.decode() + "\n"


def shape(found: Comparison) -> schema.Comparison:
    """Return the comparison in the document's shape."""
    pairing, apart, area = found.pairing, found.apart, found.area
    return schema.Comparison(
        schema="compare-v1",
        outcome=found.outcome,
        judged=found.judged,
        why=found.why,
        reference=[clean(m.run.path) for m in pairing.reference],
        candidate=[clean(m.run.path) for m in pairing.candidate],
        loss=pairing.loss.value,
        by=pairing.by,
        first=number(pairing.first),
        last=number(pairing.last),
        covered=number(pairing.covered),
        margin=number(found.margin),
        measures=[_row(row) for row in found.rows],
        speed=[
            schema.Speed(
                name=s.name,
                level=number(s.level),
                reference=None if s.reference is None else number(s.reference),
                candidate=None if s.candidate is None else number(s.candidate),
                reached=list(s.reached),
            )
            for s in found.speed
        ],
        area=area
        and schema.Area(size=number(area.size), above=number(area.above), relative=area.relative),
        noise=[number(x) for x in found.noise],
        spikes=found.spikes and [number(x) for x in found.spikes],
        parted=None if found.parted is None else number(found.parted),
        apart=apart
        and schema.Apart(
            first=number(apart.first),
            last=number(apart.last),
            above=apart.above,
            for_good=apart.for_good,
        ),
        gained=list(found.gained),
        lost=list(found.lost),
        reach=[
            schema.Reach(axis=r.axis, reference=number(r.reference), candidate=number(r.candidate))
            for r in found.reach
        ],
        learning_rates=[_schedule(one) for one in found.schedules],
        settings=[
            schema.Difference(
                name=clean(d.name), reference=_plain(d.reference), candidate=_plain(d.candidate)
            )
            for d in found.settings
        ],
        exit_code=found.exit_code,
    )


def _row(row: Row) -> schema.Row:
    c = row.contrast
    low, high, difference = shares(row)
    return schema.Row(
        name=row.name,
        reference=number(c.reference),
        candidate=number(c.candidate),
        n_reference=c.n_reference,
        n_candidate=c.n_candidate,
        difference=number(difference),
        relative=row.relative,
        interval=schema.Interval(low=number(low), high=number(high)) if c.known else None,
        effect=number(c.effect) if c.known else None,
    )


def _schedule(one: Schedule | None) -> schema.Schedule | None:
    if one is None:
        return None
    return schema.Schedule(
        peak=number(one.peak),
        warm_up=number(one.warm_up),
        shape=one.shape,
        decays_from=number(one.decays_from),
        end=number(one.end),
    )


def _plain(value: Setting) -> Setting:
    if isinstance(value, str):
        return clean(value)
    return number(value) if isinstance(value, float) else value
