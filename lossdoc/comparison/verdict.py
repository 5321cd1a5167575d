"""Better, worse, same, or cannot tell: what the measure that was chosen beforehand comes to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from lossdoc.comparison.measures import Levels, middle
from lossdoc.comparison.statistics import Contrast, contrast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.comparison.matching import Pairing

Outcome = Literal["better", "worse", "same", "cannot tell"]
Measure = Literal["final", "best", "mean"]

MEASURES: tuple[Measure, ...] = ("final", "best", "mean")

SEVERAL = 3.0
"""A final loss this many times the worst reference's needs no seed noise to be worse ..."""

LOST = 0.3
"""... where it also lost this share of what the references learnt."""

_COVERED = 0.5
"""A run that covers less of the reference may have been stopped: it passes no gate."""


class Row(NamedTuple):
    """One measure of both sides.

    Parameters
    ----------
    relative
        Whether difference and interval are shares of the reference (its values are positive).
    """

    name: Measure
    contrast: Contrast
    relative: bool

    def beyond(self, margin: float) -> int:
        """Whether the difference is beyond seed noise and a margin: 1 higher, -1 lower, else 0."""
        c = self.contrast
        least = self.least(margin)
        if not c.known:
            return 0
        return int(c.low > 0 and c.difference > least) - int(c.high < 0 and c.difference < -least)

    def least(self, margin: float) -> float:
        """Return a margin, a share, on the scale of the difference."""
        return math.log1p(margin) if self.relative else margin * abs(self.contrast.reference)


class Answer(NamedTuple):
    """Outcome, whether there was a basis for it, and why it is what it is."""

    outcome: Outcome
    judged: bool
    why: str


def rows(old: Sequence[Levels], new: Sequence[Levels], first: Measure) -> tuple[Row, ...]:
    """Compare every measure, beginning with the one that decides; none where a side is empty."""
    if not (old and new):
        return ()
    order: list[Measure] = [first, *(name for name in MEASURES if name != first)]
    return tuple(_row(name, old, new) for name in order)


def _row(name: Measure, old: Sequence[Levels], new: Sequence[Levels]) -> Row:
    """Compare logarithms where all values are positive: seeds multiply a loss."""
    a, b = [getattr(one, name) for one in old], [getattr(one, name) for one in new]
    error = middle(one.error for one in (*old, *new))
    relative = min(*a, *b) > 0
    if relative:
        in_logs = contrast([math.log(v) for v in a], [math.log(v) for v in b], error)
        means = (math.exp(in_logs.reference), math.exp(in_logs.candidate))
        return Row(name, in_logs._replace(reference=means[0], candidate=means[1]), relative)
    return Row(name, contrast(a, b, error * abs(middle(a))), relative)


def answer(
    found: Pairing, old: Sequence[Levels], new: Sequence[Levels], told: Sequence[Row], margin: float
) -> Answer:
    """Decide: what broke down, what is gross, what covers too little, then the interval."""
    bad = sum(m.broke_down for m in found.reference)
    if bad:
        return Answer(
            "cannot tell", False, f"{bad} of the reference runs ended in NaN: no good reference"
        )
    lost = sum(m.broke_down for m in found.candidate)
    if lost:
        several = len(found.candidate) > 1
        who = f"{lost} of {len(found.candidate)} runs" if several else "the run"
        return Answer("worse", True, f"{who} ended in NaN or infinity")
    other = {m.run.objective for m in (*found.reference, *found.candidate)} - {"supervised"}
    if other:
        why = f"a falling loss is not the goal of {min(other)} training"
        return Answer("cannot tell", False, why)
    gross = sum(_gross(found, old, one) for one in new)
    if gross:
        many = f"of {gross} of {len(new)} runs " if len(new) > 1 else ""
        worst = "the worst reference's" if len(old) > 1 else "the reference's"
        why = f"the final loss {many}is {SEVERAL:g} times {worst} or more"
        return Answer("worse", True, why)
    if found.covered < _COVERED:
        why = f"only {found.covered:.0%} of the reference can be compared"
        return Answer("cannot tell", False, why)
    return _by_interval(told[0], margin)


def learnt(found: Pairing, old: Sequence[Levels]) -> float:
    """How far the worst reference came down from the usual start."""
    if not old:
        return 0.0
    start = middle(m.curve.start for m in found.reference if m.curve)
    return max(start - max(a.final for a in old), 0.0)


def _gross(found: Pairing, old: Sequence[Levels], one: Levels) -> bool:
    """Whether a final loss is several times that of the worst reference."""
    worst = max(a.final for a in old)
    far = one.final - worst >= LOST * learnt(found, old)
    return worst > 0 and one.final >= SEVERAL * worst and far


def _by_interval(row: Row, margin: float) -> Answer:
    c = row.contrast
    if not c.known:
        return Answer("cannot tell", False, "one run each: the seed noise is unknown")
    beyond = row.beyond(margin)
    if beyond > 0:
        return Answer("worse", True, f"the {row.name} loss is higher, beyond seed noise")
    if beyond < 0:
        return Answer("better", True, f"the {row.name} loss is lower, beyond seed noise")
    if max(abs(c.low), abs(c.high)) <= max(row.least(margin), 1e-12) or c.low * c.high > 0:
        return Answer("same", True, "the difference is too small to matter")
    return Answer("cannot tell", True, "any difference is within seed noise")
