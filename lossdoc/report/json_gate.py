"""Budgets and the baseline in the shape of the JSON report."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lossdoc.report import schema_gate
from lossdoc.report.json_words import maybe, text

if TYPE_CHECKING:
    from lossdoc import model
    from lossdoc.baseline import Entry
    from lossdoc.baseline.ledger import Told
    from lossdoc.budgets.groups import Shared


def budget(item: model.Budget) -> schema_gate.Budget:
    """Return one budget."""
    limit = item.limit
    return schema_gate.Budget(
        measure=limit.measure,
        aggregate=cast("schema_gate.Aggregate", limit.aggregate),
        value=maybe(item.value),
        unit=item.unit,
        min=maybe(limit.min),
        max=maybe(limit.max),
        level=cast("schema_gate.Level", limit.level.label),
        ok=item.broken is None if item.judged else None,
        reason=text(item.reason),
    )


def shared(item: Shared) -> schema_gate.SharedBudget:
    """Return one budget over several runs."""
    return schema_gate.SharedBudget(
        pattern=text(item.pattern),
        runs=[text(name) for name in item.runs],
        values=[maybe(value) for value in item.values],
        budget=budget(item.budget),
    )


def baseline(item: Told | None) -> schema_gate.Baseline | None:
    """Return the state of a baseline; None where there is none."""
    if item is None:
        return None
    return schema_gate.Baseline(
        file=text(item.file),
        accepted=item.accepted,
        expired=[_entry(entry) for entry in item.expired],
        stale=[_entry(entry) for entry in item.stale],
        added=[_entry(entry) for entry, _ in item.added],
        unseen=item.unseen,
        written=item.written,
    )


def _entry(item: Entry) -> schema_gate.Entry:
    return schema_gate.Entry(
        path=text(item.path),
        run=text(item.run),
        code=text(item.code),
        fingerprint=text(item.fingerprint),
        reason=text(item.reason),
        expires=None if item.expires is None else item.expires.isoformat(),
    )
