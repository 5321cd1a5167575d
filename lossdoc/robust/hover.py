"""A loss that neither falls nor rests at a high rate: what LD206 and LD504 share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median
from lossdoc.robust.stats import difference_noise, running_median

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

LEAST_POINTS, LEAST_EVALUATIONS = 60, 12
"""With fewer, neither flatness nor restlessness of the later part can be told."""

_LEARNED = 0.3
"""Share of the start that must have been covered: what never learned does not hover."""

_BLOWN_UP = 2.0
"""Times its start that a loss must never have reached: the level it comes back to is no floor."""

_LATER = 0.4
"""Share of the run from which on restlessness is measured."""

_NORMAL_STEP = float(np.sqrt(np.pi) / 2.0)
"""Mean absolute difference of two independent normal values, times this, is their deviation."""


class Hover(NamedTuple):
    """How flat and how restless both losses are in the later part of a run.

    Falls and noise are in units of the drop of their curve.
    """

    onset: int
    """Index of the first training point at the level that the run ends at."""
    noise: float
    """Standard deviation of the training loss from point to point."""
    jitter: float
    """The same of the validation loss, from evaluation to evaluation."""
    relative_jitter: float
    """The same in units of its level at the end."""
    carried: float
    """Jitter over noise, both in units of loss: the mean over K fresh batches has 1 / sqrt(K)."""
    fall: float
    """Fall of the training loss since the middle of the run; negative where it rose."""
    val_fall: float
    """The same of the validation loss."""
    lost: float
    """Final validation loss over its best, less 1."""


def hover(case: Case) -> Hover | None:
    """Measure the later part of a run that has learned; None where the log is too short for it."""
    c, v = case.train, case.val
    if c is None or v is None or c.n < LEAST_POINTS or v.n < LEAST_EVALUATIONS:
        return None
    if c.start <= 0 or c.start - c.end < _LEARNED * c.start:
        return None
    if blew_up(c):
        return None
    noise = difference_noise(c.y[c.n // 2 :])
    wavers = jitter(v.y[v.where >= _LATER])
    return Hover(
        onset=int(np.argmax(c.smooth <= c.end + max(0.05 * c.drop, 3 * c.se))),
        noise=noise / c.drop,
        jitter=wavers / v.drop,
        relative_jitter=wavers / max(abs(v.end), 1e-300),
        carried=wavers / max(noise, 1e-300),
        fall=fall(c),
        val_fall=fall(v),
        lost=float(v.y[-1] / v.y.min()) - 1.0 if v.positive else 0.0,
    )


def blew_up(curve: Curve) -> bool:
    """Whether a curve has ever been at twice its start for two points and more."""
    return bool(running_median(curve.y, 3).max() > _BLOWN_UP * curve.start)


def jitter(values: Floats) -> float:
    """Standard deviation from value to value, blind to a steady trend and to one jump.

    The mean of the absolute differences without the largest: of a dozen values it is nearly twice
    as precise as their median.
    """
    steps = np.diff(values)
    if len(steps) < 3:
        return 0.0
    apart = np.sort(np.abs(steps - median(steps)))[:-1]
    return float(apart.mean() * _NORMAL_STEP)


def stays_high(case: Case, share: float) -> bool:
    """Whether the rate, up by the middle of the run, stays at a share of its peak to the end.

    A rate that is not logged to the end says nothing, and one that came down and rose again is
    another matter.
    """
    rate = case.rate
    if rate is None or rate.x[-1] < case.first_step + 0.9 * case.length or rate.rebounds:
        return False
    since = rate.y[rate.x >= rate.x_peak]
    return bool(
        rate.x_peak <= case.first_step + 0.5 * case.length and since.min() >= share * rate.peak
    )


def fall(curve: Curve) -> float:
    """Fall of a curve since the middle of the run, in units of its drop; negative where it rose."""
    return (curve.mean_between(0.4, 0.6) - curve.mean_between(0.8, 1.0)) / curve.drop
