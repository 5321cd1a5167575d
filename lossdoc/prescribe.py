"""Remedies shared by several rules: formulas with their sources, numbers from the log.

A learning rate that the log does not tell is prescribed as a factor. Nothing is prescribed that
the log says nothing about.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import quantile
from lossdoc.model import Change, Prescription
from lossdoc.robust.growth import largest_stable_rate
from lossdoc.robust.ramp import SAFE, reading

if TYPE_CHECKING:
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

WARM_UP_SHARE = 0.05
"""Usual share of a run spent warming up (Goyal et al. 2017; tuning playbook: at most a tenth)."""

LONGEST_WARM_UP = 0.2
"""A warm-up that takes more of the run leaves too little of it."""

CLIP_QUANTILE = 90.0
"""Clip at the 90th percentile of healthy norms (Google tuning playbook)."""

_CLIP_MIN_POINTS = 10

_BLOW_UP = (
    "Godbole et al. 2023, Deep Learning Tuning Playbook; Smith 2017, Cyclical Learning Rates "
    "(range test)"
)

_SGD = frozenset({"sgd", "gd", "momentum", "nesterov"})
"""Optimizers whose stability the growth of the loss tells: no adaptive ones."""

_BLOWN_UP = 3.0
"""Times the start that the loss must reach for its growth to be instability, not noise."""

_LEARNED = 0.2
"""Share of the start that must have been covered for a run to be worth resuming."""


def snap(value: float) -> float:
    """Round to one significant digit of the ladder 1, 2, 3, 5."""
    if value <= 0 or not math.isfinite(value):
        return value
    exponent = math.floor(math.log10(value))
    ladder = (1.0, 2.0, 3.0, 5.0, 10.0)
    mantissa = value / 10.0**exponent
    nearest = min(ladder, key=lambda step: abs(math.log(step / mantissa)))
    return float(f"{nearest}e{exponent}")


def round_up(value: float) -> int:
    """Round a count of steps up to two significant digits."""
    if value < 100:
        return max(math.ceil(value), 1)
    unit = int(10 ** (math.floor(math.log10(value)) - 1))
    return math.ceil(value / unit) * unit


def lower_rate(
    case: Case,
    factor: float,
    *,
    at: float | None = None,
    warm_up: bool = False,
    cosine: bool = False,
    resume: float | None = None,
    stable: float | None = None,
    reference: str,
    caveat: str = "",
) -> Prescription:
    """Divide the learning rate by ``factor``.

    Parameters
    ----------
    at
        Step whose rate is divided; the peak otherwise.
    warm_up, cosine
        Add a linear warm-up over 5 % of the run; decay by a cosine to 0.
    resume
        Last step worth resuming from.
    stable
        Largest stable rate, where it is known: a third of it is taken instead. Half would be the
        fastest on a quadratic; noise and a curvature that changes need a margin.
    """
    before = case.known_rate if at is None else case.rate_at(at)
    changes: list[Change] = []
    if before is None:
        changes.append(Change("learning_rate_factor", 1.0, round(1.0 / factor, 4)))
        rationale = f"the log has no learning rate: divide the one in use by {factor:g}"
    else:
        place = "its peak" if at is None else f"its value at {case.place(at)}"
        if stable is None:
            after = snap(before / factor)
            rationale = f"learning rate {before:.3g} ({place}) / {factor:.3g}, rounded to 1-2-3-5"
        else:
            after = snap(stable / 3)
            rationale = (
                f"a third of {stable:.3g}, above which the loss must grow: at {before:.3g} ({place}) it "
                "grew by a constant factor per step, rounded to 1-2-3-5"
            )
        changes.append(Change("learning_rate", before, after))
    if cosine and not _decays(case):
        changes.append(Change("schedule", _schedule(case), "cosine to 0"))
    if warm_up:
        changes += _warm_up(case)
    return Prescription(
        kind="learning_rate",
        action="lower the learning rate"
        if resume is None
        else "resume and lower the learning rate",
        changes=tuple(changes),
        rationale=rationale,
        reference=reference,
        caveat=caveat,
        from_step=resume,
    )


def after_blow_up(
    case: Case, curve: Curve | None, onset: float, *, caveat: str = ""
) -> Prescription:
    """Lower the rate after a divergence, by what the log shows of the usable rates.

    A quarter of the rate at the lowest smoothed loss before the onset where the rate was still
    rising then (such a ramp is a range test); a third of the largest stable rate where plain SGD let
    the loss grow by a constant factor; otherwise a tenth of the rate at the onset, or a
    thirtieth when the loss grew a thousandfold or blew up within five points. Resume from before
    the growth where something had been learned.
    """
    if curve is None:
        return lower_rate(case, 10.0, at=onset, reference=_BLOW_UP, caveat=caveat)
    i = curve.at(onset)
    best = int(np.argmin(curve.smooth[: i + 1]))
    learned = i > 0 and curve.start - curve.smooth[best] > _LEARNED * abs(curve.start)
    ramp = reading(case, curve, onset)
    violent = i < 5 or curve.y.max() >= 1e3 * abs(curve.start)
    resume = None
    if learned:
        reach = float(curve.smooth[best]) + 0.1 * curve.drop
        resume = float(curve.x[int(np.flatnonzero(curve.smooth[: i + 1] <= reach)[-1])])
    return lower_rate(
        case,
        stable=_stable_rate(case, curve, best) if ramp is None else None,
        factor=SAFE if ramp is not None else 30.0 if violent else 10.0,
        at=onset if ramp is None else ramp.x,
        warm_up=True,
        cosine=True,
        resume=resume,
        reference=_BLOW_UP,
        caveat=caveat,
    )


def _stable_rate(case: Case, curve: Curve, first: int) -> float | None:
    """Largest stable rate by the growth of the loss from a point on, where SGD is known to be used.

    None where it is not below the rate that was used: the loss grew for another reason.
    """
    context = case.run.context
    rate = case.rate_at(float(curve.x[first]))
    momentum = context.get("momentum") or 0.0
    plain = str(context.get("optimizer", "")).lower() in _SGD and isinstance(momentum, (int, float))
    if rate is None or not plain:
        return None
    if curve.y[first:].max() < _BLOWN_UP * abs(curve.start):
        return None
    stable = largest_stable_rate(curve.x[first:], curve.y[first:], rate, float(momentum))
    return stable if stable is not None and stable < rate else None


def raise_rate(case: Case, factor: float, *, reference: str, caveat: str = "") -> Prescription:
    """Multiply the peak learning rate by ``factor``, with a warm-up."""
    before = case.known_rate
    if before is None:
        change = Change("learning_rate_factor", 1.0, round(factor, 2))
        rationale = f"the log has no learning rate: multiply the one in use by {factor:.3g}"
    else:
        change = Change("learning_rate", before, snap(before * factor))
        rationale = f"learning rate {before:.3g} x {factor:.3g}, rounded to 1-2-3-5"
    changes = [change]
    changes += _warm_up(case)
    return Prescription(
        kind="learning_rate",
        action="raise the learning rate",
        changes=tuple(changes),
        rationale=rationale,
        reference=reference,
        caveat=caveat,
    )


def clip(case: Case, before_step: float) -> Prescription | None:
    """Clip the gradient at the 90th percentile of its norms before a step.

    Never a percentile of the whole log: the spike and its aftermath would raise it.
    None where the log holds too few norms to compute one, or is clipped at that norm already.
    """
    grad = case.grad
    if grad is None:
        return None
    healthy = grad.y[grad.x < before_step]
    healthy = healthy[len(healthy) // 20 :]
    healthy = healthy[-max(100, len(healthy) // 4) :]
    if len(healthy) < _CLIP_MIN_POINTS:
        return None
    limit = float(f"{quantile(healthy, CLIP_QUANTILE / 100):.2g}")
    now = case.run.context.get("clip_grad_norm")
    clipped = isinstance(now, (int, float)) and 0 < now <= limit
    if limit <= 0 or clipped:
        return None
    return Prescription(
        kind="gradient_clipping",
        action="clip the gradient norm",
        changes=(Change("clip_grad_norm", now, limit),),
        rationale=(
            f"90th percentile of the {len(healthy)} norms of {grad.name} before step "
            f"{before_step:,.0f}"
        ),
        reference="Godbole et al. 2023, Deep Learning Tuning Playbook (gradient clipping)",
        caveat="if more than half of the steps would be clipped, halve the learning rate instead; "
        "Adam-like optimizers are hardly affected by clipping",
    )


def keep_checkpoint(case: Case, curve: Curve, i: int, what: str) -> Prescription:
    """Use the checkpoint at a point of a curve."""
    return Prescription(
        kind="checkpoint",
        action=f"keep the checkpoint of {case.place(curve.x[i])}",
        changes=(Change("checkpoint_step", float(curve.x[-1]), float(curve.x[i])),),
        rationale=f"{what} is lowest there: {curve.y[i]:.4g}, against {curve.y[-1]:.4g} at the end",
        reference="Prechelt 1998, Neural Networks 11:761 (early stopping)",
        from_step=float(curve.x[i]),
    )


def _warm_up(case: Case) -> list[Change]:
    """Warm up over 5 % of the run, unless it has a warm-up of a usual length already.

    One that takes more than a fifth of the run is cut to a tenth.
    """
    now = case.run.context.get("warmup_steps")
    planned = case.total_steps or case.run.context.get("total_steps")
    length = max(case.length, planned if isinstance(planned, (int, float)) else 0.0)
    share = WARM_UP_SHARE
    if isinstance(now, (int, float)) and now >= WARM_UP_SHARE * length:
        if now <= LONGEST_WARM_UP * length:
            return []
        share = 0.1
    if case.run.axis != "step" or length <= 0:
        return []
    return [Change("warmup_steps", now, round_up(share * length))]


def _decays(case: Case) -> bool:
    """Whether the logged schedule comes down to a fifth of its peak."""
    return case.rate is not None and case.rate.end <= 0.2 * case.rate.peak


def _schedule(case: Case) -> str | None:
    """Name the logged schedule, as far as the log tells."""
    if case.rate is None:
        return None
    return "constant" if case.rate.constant else "not decayed"
