"""One prescription out of several: what the prescriptions of repeated runs agree on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from lossdoc.model import Change
from lossdoc.prescribe import round_up, snap
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from lossdoc.model import Finding, Prescription, Setting

_OWN = frozenset(
    {"checkpoint_step", "resume_from_step", "log_batch_at_step", "skip_batches", "logging_steps"}
)
"""Settings that concern one run and its data, not the configuration."""

_SPREAD = 5.0
"""Largest over smallest number on which runs still agree: beyond, a middle would fit neither."""


def consensus(findings: Sequence[Finding]) -> tuple[Prescription, ...]:
    """Merge the prescriptions of one rule over several runs.

    What more than half of the runs prescribe counts: the same kind with the same settings. A
    number is the median, rounded to 1-2-3-5 (a count of steps: up to two digits); a setting on
    which the runs do not agree is left out.

    Returns
    -------
    tuple of Prescription
        One, or none where the runs do not agree, or where each needs its own.
    """
    counts = Counter(shape for f in findings for shape in {_shape(p) for p in f.prescriptions})
    for first in (p for f in findings for p in f.prescriptions):
        if counts[_shape(first)] < 2 or 2 * counts[_shape(first)] <= len(findings):
            continue
        alike = [p for f in findings for p in f.prescriptions if _shape(p) == _shape(first)]
        merged = [_merged(alike, i) for i in range(len(first.changes))]
        changes = tuple(change for change in merged if change is not None)
        if changes:
            return (_one(first, alike, changes),)
    return ()


def _one(
    first: Prescription, alike: Sequence[Prescription], changes: tuple[Change, ...]
) -> Prescription:
    return replace(
        first,
        action=first.action.removeprefix("resume and "),
        changes=changes,
        rationale=_rationale(alike, changes),
        from_step=None,
    )


def _shape(item: Prescription) -> Hashable:
    return item.kind, tuple(change.name for change in item.changes)


def _merged(alike: Sequence[Prescription], i: int) -> Change | None:
    name = alike[0].changes[i].name
    after = [p.changes[i].after for p in alike]
    settled = None if name in _OWN else _middle(after)
    return (
        None
        if settled is None
        else Change(name, _before([p.changes[i].before for p in alike]), settled)
    )


def _middle(values: Sequence[Setting]) -> Setting:
    """The value on which all agree, or the middle of numbers of one size; None for neither."""
    if len(set(values)) == 1:
        return values[0]
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) < len(values) or min(numbers) <= 0 or max(numbers) > _SPREAD * min(numbers):
        return None
    if all(float(v).is_integer() for v in numbers):
        return round_up(median(numbers))
    snapped = snap(median(numbers))
    # A threshold between 0.69 and 0.77 is not 1.
    within = min(numbers) <= snapped <= max(numbers)
    return snapped if within else float(f"{median(numbers):.2g}")


def _before(values: Sequence[Setting]) -> Setting:
    if len(set(values)) == 1:
        return values[0]
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return median(numbers) if len(numbers) == len(values) else None


def _rationale(alike: Sequence[Prescription], changes: Sequence[Change]) -> str:
    """Say of what the first changed number is the middle."""
    name = changes[0].name
    after = [c.after for p in alike for c in p.changes if c.name == name]
    numbers = [float(v) for v in after if isinstance(v, (int, float))]
    runs = f"{len(alike)} runs"
    if not numbers or len(set(numbers)) == 1:
        return f"{runs} prescribe the same {name}"
    return (
        f"median of {runs}, which prescribe {name} {number(min(numbers))} to {number(max(numbers))}"
    )
