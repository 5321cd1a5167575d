"""LD908: the gradient norm was logged after clipping."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Severity
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_SAME = 1e-3
"""Norms that differ by less than this share are one: clipping divides by norm + 1e-6."""

_OTHERS = 3.0
"""A ceiling is met so many times as often as any other value: rounding makes ties everywhere."""


class Ceiling(NamedTuple):
    """Largest value, and in what share of the rows it is met."""

    value: float
    share: float


def ceiling(g: Curve) -> Ceiling | None:
    """Bound that norms are cut down to; None where the largest of them is like any other value."""
    highest = float(g.y.max())
    if highest <= 0 or g.y.min() < 0:
        return None
    at_top = g.y >= (1.0 - _SAME) * highest
    below = g.y[~at_top]
    if not len(below):
        return None
    logs = np.floor(np.log(np.maximum(below, 1e-300)) / _SAME)
    most = int(np.unique(logs, return_counts=True)[1].max())
    top = int(at_top.sum())
    return Ceiling(highest, top / g.n) if top >= _OTHERS * most else None


def _clipped_at(limit: float) -> curves.Make:
    def change(columns: dict[str, Floats], _: np.random.Generator) -> None:
        columns["grad_norm"] = np.minimum(columns["grad_norm"], limit)

    return curves.altered(curves.healthy(), change)


def _rounded(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"] = np.clip(np.round(columns["grad_norm"], 1), 0.4, 1.0)


class ClippedNormLogged(Rule):
    """Gradient norm was logged after clipping, so that its spikes cannot be seen.

    ## How it is measured
    At least a fifth of the norms equal the largest one (within 0.1 %), three times as many as equal
    any other value; norms that were printed with few digits are tied everywhere.

    ## What to change
    Log the norm that ``clip_grad_norm_`` returns: that is the one before clipping.

    ## When it is wrong
    Norms that a script bounds for another reason. What is lost is only sight: LD104 and LD204 look
    at clipped norms in vain.
    """

    code: ClassVar[str] = "LD908"
    name: ClassVar[str] = "clipped-norm-logged"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.GRAD_NORM})
    min_points: ClassVar[int] = 40
    stationary: ClassVar[bool] = False
    references: ClassVar[tuple[str, ...]] = (
        "Pascanu et al. 2013, On the difficulty of training recurrent neural networks (clipping)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_clipped_at(0.8), onset=(1, 60)),
        quiet(_clipped_at(3.0)),
        quiet(curves.altered(curves.healthy(), _rounded)),
        quiet(curves.healthy()),
    )

    share: float = option(0.2, unit="of the norms", text="Ties at the largest norm.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Count the ties at the largest norm."""
        g = case.grad
        top = None if g is None or g.n < self.min_points else ceiling(g)
        if g is None or top is None or top.share < self.share:
            return
        yield self.finding(
            case,
            onset=case.onset_at(g, int(np.argmax(g.y >= (1.0 - _SAME) * top.value))),
            series=g.name,
            channel=Channel.GRAD_NORM,
            message=f"{g.name} is {number(top.value)} in {top.share:.0%} of its rows and never more: "
            "it was logged after clipping, and spikes cannot be seen",
            evidence=(
                Evidence("ties", top.share, "of the norms", self.share),
                Evidence("ceiling", top.value, "norm"),
            ),
            effect=top.share >= 2 * self.share,
            points=g.n >= 2 * self.min_points,
        )
