"""LD207: most of the steps are clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.arrays import quantile
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.robust.curve import Curve
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.ld908_clipped_norm_logged import ceiling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_EARLY = 0.2
"""Share of the run that is not judged: first gradients are large, and clipping is meant for them."""

_UNCLIPPED = 0.999
"""Coefficients from here on left the gradient as it was."""

_PLAYBOOK = "Godbole et al. 2023, Deep Learning Tuning Playbook (gradient clipping)"


def _clipping(limit: float, *, coefficients: bool) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = curves.learning(len(t), 2.5, 0.3)
        norm = curves.noisy(rng, 0.5 + 0.5 * level, 0.25)
        columns = {"train_loss": curves.noisy(rng, level, 0.05), "grad_norm": norm}
        if coefficients:
            columns["clip_coef"] = np.minimum(1.0, limit / norm)
        return columns

    context: dict[str, float | str] = {} if coefficients else {"clip_grad_norm": limit}
    return curves.table(400, fill, context=context)


class _Clipped(NamedTuple):
    """How many of the later steps were clipped, and at which bound; NaN where that is unknown."""

    share: float
    bound: float
    norms: Curve | None
    """Norms before clipping, where these were logged."""
    name: str
    onset: tuple[float, int]


class ClipSaturated(Rule):
    """Most steps are clipped, so that the bound, not the gradient, sets their size.

    ## How it is measured
    After the first fifth of the run more than half of the steps were clipped: by the logged
    coefficient, or by norms above the known bound, or by norms that were logged after clipping and
    tie at it. Always a note: many language models are trained so on purpose, and Adam divides a
    constant factor out again.

    ## What to change
    The 90th percentile of the norms as the new bound, so that clipping is kept for the outliers;
    where the run is unstable then, the learning rate was held down by clipping: halve it.

    ## When it is wrong
    Clipping that is meant to normalise the gradient.
    """

    code: ClassVar[str] = "LD207"
    name: ClassVar[str] = "clip-saturated"
    severity: ClassVar[Severity] = Severity.NOTE
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 10
    references: ClassVar[tuple[str, ...]] = (
        _PLAYBOOK,
        "Zhang et al. 2020, Why gradient clipping accelerates training",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_clipping(0.5, coefficients=True), onset=(80, 85)),
        fires(_clipping(0.5, coefficients=False), onset=(80, 85)),
        quiet(_clipping(1.2, coefficients=True)),
        quiet(_clipping(1.2, coefficients=False)),
        quiet(curves.healthy()),
    )

    share: float = option(0.5, unit="of the steps", text="More are too many.")
    fewest: float = option(
        40.0, unit="steps", text="With fewer after the first fifth none is told."
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Count the clipped steps."""
        found = _by_coefficient(case) or _by_norm(case)
        if found is None:
            raise Withheld("no clipping coefficient in this log, and no known bound for its norms")
        clipped, points = found
        if points < self.fewest:
            raise Withheld(f"{points} steps after the first fifth; needs {self.fewest:.0f}")
        if clipped.share <= self.share:
            return
        usual = float("nan") if clipped.norms is None else median(_late(clipped.norms).y)
        at = "" if np.isnan(clipped.bound) else f" at {number(clipped.bound)}"
        yield self.finding(
            case,
            onset=case.onset(*clipped.onset),
            series=clipped.name,
            channel=Channel.GRAD_NORM,
            message=f"{clipped.share:.0%} of the steps after the first fifth were clipped{at}"
            + ("" if np.isnan(usual) else f", where the usual norm is {number(usual)}"),
            evidence=(
                Evidence("clipped", clipped.share, "of the steps", self.share),
                *(
                    Evidence(name, value, "norm")
                    for name, value in (("bound", clipped.bound), ("usual_norm", usual))
                    if not np.isnan(value)
                ),
            ),
            effect=clipped.share >= 0.9,
            points=points >= 2 * self.fewest,
            caveat="harmless with Adam, and meant so in many language models",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Clip outliers alone; or admit that the rate is too high."""
        known = {e.name: e.value for e in finding.evidence}
        bound = known.get("bound")
        share = f"{known['clipped']:.0%} of the steps were clipped"
        halved = prescribe.lower_rate(
            case, 2.0, reference=_PLAYBOOK, caveat="only if the run is unstable with a higher bound"
        )
        if case.grad is None or bound is None or "usual_norm" not in known:
            return (halved,)
        norms = _late(case.grad).y
        limit = float(f"{quantile(norms, prescribe.CLIP_QUANTILE / 100):.2g}")
        raised = Prescription(
            kind="gradient_clipping",
            action="clip outliers alone",
            changes=(Change("clip_grad_norm", bound, limit),),
            rationale=f"{share} at {number(bound)}; 90th percentile of the {len(norms)} norms after "
            "the first fifth of the run",
            reference=_PLAYBOOK,
            caveat="steps grow with the bound: watch the loss, or halve the learning rate with it",
        )
        return (raised, halved)


def _late(c: Curve) -> Curve:
    """Return the part of a curve that is judged."""
    return c.part(min(c.at(float(c.x[0]) + _EARLY * c.span), c.n - 1), c.n)


def _by_coefficient(case: Case) -> tuple[_Clipped, int] | None:
    """Judge by the logged factor; a constant one is a setting (PPO has one of that name)."""
    series = case.run.get(Channel.CLIP_COEF)
    c = None if series is None else Curve.of(series)
    if c is None or c.y.min() <= 0 or c.y.min() == c.y.max():
        return None
    late, g = _late(c), case.grad
    clipped = late.y < _UNCLIPPED
    bound = float("nan")
    if g is not None and clipped.any():
        norms = np.interp(late.x[clipped], g.x, g.y)
        bound = float(f"{median(norms * late.y[clipped]):.3g}")
    onset = _first(late, clipped)
    return _Clipped(float(clipped.mean()), bound, g, c.name, onset), late.n


def _by_norm(case: Case) -> tuple[_Clipped, int] | None:
    """Judge by norms above the bound, or at it where they were logged after clipping."""
    g, known = case.grad, case.run.context.get("clip_grad_norm")
    bound = float(known) if isinstance(known, (int, float)) and known > 0 else float("nan")
    top = None if g is None else ceiling(g)
    if g is None or (np.isnan(bound) and top is None):
        return None
    late = _late(g)
    if top is not None and not top.value > 1.01 * bound:
        clipped = late.y >= _UNCLIPPED * top.value
        return _Clipped(
            float(clipped.mean()), top.value, None, g.name, _first(late, clipped)
        ), late.n
    clipped = late.y > bound
    return _Clipped(float(clipped.mean()), bound, g, g.name, _first(late, clipped)), late.n


def _first(late: Curve, clipped: NDArray[np.bool_]) -> tuple[float, int]:
    i = int(np.argmax(clipped))
    return float(late.x[i]), int(late.rows[i])
