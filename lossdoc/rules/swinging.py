"""The ways in which a loss is seen to swing instead of settling: clauses of LD201."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel
from lossdoc.robust import Swing, median, periodicity, swings, unsettled
from lossdoc.rules.base import number, times

if TYPE_CHECKING:
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_TRAIN_MIN, _EPOCH_MIN = 100, 20
"""Fewest values of a training loss, of one with a row an epoch."""

VAL_MIN, WIDE_MIN = 12, 8
"""Values of a validation loss that are plenty; fewest for wide swings."""

_WIDE_SKIP = 0.12
"""First evaluations may be wild (running statistics of batch normalisation)."""

_STRONG, _MANY, _DOUBLES = 0.1, 6, 2.0
"""An error: jitter of this share of the drop, so many swings, or swings that double the loss."""

_CALM = 0.01
"""Validation jitter below which the weights do not swing, whatever the batches do."""


class Sight(NamedTuple):
    """What one clause saw."""

    curve: Curve
    channel: Channel
    swings: list[Swing]
    size: float
    threshold: float
    text: str
    severe: bool
    measure: str = "swing"
    unit: str = "of the drop"


def wide(case: Case, *, size: float, jitter: float) -> Sight | None:
    """Swings of the validation loss by a third of everything it learned."""
    v = case.val
    if v is None or v.n < WIDE_MIN or not _learned(v) or jitter_of(v) < jitter:
        return None
    late = int(np.searchsorted(v.where, _WIDE_SKIP))
    # On top of a rise (overfitting) swings are measured against that rise.
    scale = max(_drop(v), float(v.smooth[v.i_best :].max()) - v.best)
    found = swings(v.y[late:], size * scale)
    found = unsettled.of_their_own(case, v, found, late)
    if len(found) < (3 if v.n >= VAL_MIN else 2) or v.where[found[-1].peak] < 0.5:
        return None
    if unsettled.rate_has_gone(case, float(v.x[found[-1].peak])):
        return None
    height = _typical(found)
    seen = height / _drop(v)
    text = f"swings {len(found)} times by about {number(height)}, {seen:.0%} of all that it "
    text += "has learned"
    return Sight(v, Channel.VAL_LOSS, found, seen, size, text, severe=True)


def restless(case: Case, *, noise: float, factor: float, above: float) -> Sight | None:
    """Swings of the validation loss by good parts of its level, which it never settles at."""
    v = case.val
    seen = unsettled.unsettled(case, factor=factor, least_noise=noise, least_above=above)
    if v is None or seen is None or not seen.seconded:
        return None
    text = (
        f"swings {len(seen.swings)} times by a factor of about {number(seen.factor)} over the "
        f"last two thirds and stands at {times(seen.above)} its lowest value"
    )
    severe = seen.factor >= _DOUBLES
    return Sight(
        v,
        Channel.VAL_LOSS,
        seen.swings,
        seen.noise,
        noise,
        text,
        severe,
        "noise",
        "of the level",
    )


def training(case: Case, share: float) -> Sight | None:
    """Swings of the training loss beyond its batch noise, seconded by the validation loss."""
    c = case.train
    if c is None or c.n < _TRAIN_MIN or case.by_epoch:
        return None
    found = unsettled.beyond_batch_noise(case, c, share)
    if len(found) < 3 or c.where[found[-1].peak] < 0.4:
        return None
    v = case.val
    calm = v is not None and v.n >= VAL_MIN and jitter_of(v) < _CALM
    if calm or periodicity.period(c) is not None:
        return None
    height = _typical(found)
    text = f"swings {len(found)} times by about {number(height)}, beyond its batch noise"
    size = height / c.drop
    return Sight(c, Channel.TRAIN_LOSS, found, size, share, text, _severe(case, found))


def epochs(case: Case) -> Sight | None:
    """Swings of a training loss with one value an epoch that rise above its start."""
    c = case.train
    if c is None or c.n < _EPOCH_MIN or not case.by_epoch:
        return None
    height = max(0.3 * c.drop, 0.5 * abs(median(c.y)))
    found = unsettled.of_their_own(case, c, swings(c.y, height))
    found = [s for s in found if c.y[s.peak] > 1.2 * c.start]
    if len(found) < 5 or c.where[found[-1].peak] - c.where[found[0].valley] < 0.5:
        return None
    text = f"swings {len(found)} times above its start {number(c.start)}"
    size = _typical(found) / c.drop
    return Sight(c, Channel.TRAIN_LOSS, found, size, 0.3, text, _severe(case, found))


def flips(case: Case) -> Sight | None:
    """Turns at nearly every step, without progress."""
    c = case.train
    if c is None or c.n < 40 or not c.end:
        return None
    z, share = unsettled.turning_points(c.y[c.n // 3 :])
    stalled = c.mean_between(0.7, 0.8) - c.mean_between(0.95, 1.0) < 0.05 * c.drop
    loud = c.sigma / abs(c.end) > 0.02 and c.sigma > 0.005 * c.drop
    if z <= 5 or not stalled or not loud or periodicity.period(c) is not None:
        return None
    text = f"flips up and down at {share:.0%} of its steps without progress"
    severe = _severe(case, [])
    return Sight(c, Channel.TRAIN_LOSS, [], z, 5.0, text, severe, "turning_points_z", "SE")


def _learned(v: Curve) -> bool:
    """Whether a validation loss came down at all; the rest is noise about nothing."""
    return v.start - float(v.y.min()) >= 0.2 * abs(v.start)


def _drop(v: Curve) -> float:
    return max(v.start - float(v.y.min()), 0.1 * abs(v.start), 1e-300)


def jitter_of(v: Curve) -> float:
    """Point-to-point noise of a validation loss over its last two thirds, in units of its drop."""
    return v.sd / _drop(v)


def _severe(case: Case, found: list[Swing]) -> bool:
    """Whether the training loss swings often, or the validation loss by much."""
    return len(found) >= _MANY or (case.val is not None and jitter_of(case.val) >= _STRONG)


def _typical(found: list[Swing]) -> float:
    return median(np.array([s.height for s in found])) if found else 0.0
