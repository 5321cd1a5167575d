"""Losses that go up and down instead of settling."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median, quantile
from lossdoc.robust.stats import MEDIAN_SE, difference_noise, running_median, swings

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.stats import Swing

FEWEST = 12
FACTOR = 1.25
"""A swing multiplies the loss by so much, up and down."""
LEAST_NOISE = 0.1
"""Point-to-point noise of the logarithm; validation losses of runs that settle have less."""
LEAST_SWINGS, MANY = 3, 30
"""Fewest swings, of as many values; one less will do where there are fewer."""
LEAST_ABOVE = 1.25
"""Level of the later half over the lowest value: a loss that settles comes back near its best."""

_BEGIN, _LAST = 1 / 3, 0.7
"""Shares of the run: swings before the first are those of the descent; the last swing comes after
the second, or the loss has settled."""

_NEAR_ZERO = 0.03
"""A loss this small a share of its start is learned, however much it varies."""

_RISEN = 3.0
"""A loss that ends this many swings above its lowest value, or one less than it has made, has risen,
which is another matter."""

SECONDED = 1 / 3
"""Noise of the training loss between evaluations, over that of the validation loss, from which on
both move; less, and it is the evaluation that is noisy."""

_FEWEST_MEANS = 4

_CALM_RATE = 0.1
"""With less than this share of the peak rate the weights hardly move: what still swings is the
evaluation."""

_ERRORS, _QUANTILES = 6.0, 3.29
"""Standard errors of a swing of the training loss; distance of the 5 % and 95 % quantiles of a
normal distribution in its standard deviations."""

_AFTER_RATE_RISE = 0.02
"""Swings that begin within this share of the run of a rise of the rate belong to the rate."""


class Unsettled(NamedTuple):
    """Swings of a curve over the last two thirds of a run, on the axis of the logarithm."""

    swings: list[Swing]
    """Indices into the curve; heights of the logarithm."""
    noise: float
    """Point-to-point noise of the logarithm."""
    factor: float
    """By which a typical swing multiplies the loss."""
    above: float
    """Level of the later half over the lowest value."""
    calm_rate: bool
    """Whether the rate has all but gone by the last swing."""
    train_noise: float | None
    """As `train_noise`."""

    @property
    def seconded(self) -> bool:
        """Whether the training loss moves as well: the weights, not the evaluation."""
        moves = self.train_noise is not None and self.train_noise >= SECONDED * self.noise
        return moves and not self.calm_rate


def unsettled(
    case: Case,
    *,
    factor: float = FACTOR,
    least_noise: float = LEAST_NOISE,
    least_above: float = LEAST_ABOVE,
) -> Unsettled | None:
    """Measure the swings of the validation loss; None if it settles, or is too short to tell."""
    v = case.val
    if v is None or v.n < FEWEST or not v.positive or v.start <= 0:
        return None
    late = int(np.searchsorted(v.where, _BEGIN))
    y = v.y[late:]
    logs = np.log(y)
    noise = difference_noise(logs)
    found = of_their_own(case, v, swings(logs, np.log(factor)), late)
    level = median(y[len(y) // 2 :])
    above = level / float(v.y.min())
    if len(found) < LEAST_SWINGS - (v.n < MANY) or v.where[found[-1].peak] < _LAST:
        return None
    height = median(np.array([s.height for s in found]))
    risen = np.log(v.end / float(v.y.min())) > min(len(found) - 1, _RISEN) * height
    if noise < least_noise or above < least_above or level < _NEAR_ZERO * v.start or risen:
        return None
    calm = rate_has_gone(case, float(v.x[found[-1].peak]))
    return Unsettled(found, noise, float(np.exp(height)), above, calm, train_noise(case))


def rate_has_gone(case: Case, x: float) -> bool:
    """Whether the learning rate has all but gone at a step."""
    rate = case.rate
    return rate is not None and rate.at(x) < _CALM_RATE * rate.peak


def train_noise(case: Case) -> float | None:
    """Noise of the logarithm of the training loss, of its means between evaluations.

    Over the last two thirds of the validation loss, point to point. None where there are too few
    means, or no logarithms.
    """
    c, v = case.train, case.val
    if c is None or v is None or not c.positive:
        return None
    bounds = np.searchsorted(c.x, v.x[v.where >= _BEGIN], side="right")
    sums = np.concatenate(([0.0], np.cumsum(c.y)))
    first, last = bounds[:-1], bounds[1:]
    some = last > first
    if some.sum() < _FEWEST_MEANS:
        return None
    first, last = first[some], last[some]
    return float(difference_noise(np.log((sums[last] - sums[first]) / (last - first))))


def beyond_batch_noise(case: Case, c: Curve, share: float) -> list[Swing]:
    """Swings of a training loss by a share of its drop and six standard errors of its batch noise.

    That noise is measured early, late and between the 5 % and 95 % quantiles: the losses of mixed
    batches (mixup) lie on two levels, which a median deviation misses.
    """
    width = int(np.clip(c.n // 60, 1, 9)) | 1
    off = c.y - c.smooth
    spread = (quantile(off, 0.95) - quantile(off, 0.05)) / _QUANTILES
    noise = max(c.sigma, c.sd_early, spread)
    height = max(share * c.drop, _ERRORS * MEDIAN_SE * noise / np.sqrt(width))
    return of_their_own(case, c, swings(running_median(c.y, width), height))


def turning_points(values: Floats) -> tuple[float, float]:
    """Standard score of the number of turning points, and their share of the inner points.

    Of independent values two thirds are turning points; a loss that overshoots at every step has
    more.

    References
    ----------
    Wallis & Moore 1941, A significance test for time series, JASA 36:401.
    """
    n = len(values)
    if n < 3:
        return 0.0, 0.0
    moves = np.sign(np.diff(values))
    turns = int((moves[1:] * moves[:-1] < 0).sum())
    score = (turns - 2 * (n - 2) / 3) / np.sqrt((16 * n - 29) / 90)
    return float(score), turns / (n - 2)


def of_their_own(case: Case, c: Curve, found: list[Swing], offset: int = 0) -> list[Swing]:
    """Swings that no rise of the learning rate explains, with indices into the whole curve.

    Parameters
    ----------
    offset
        Index of the curve's point that the swings count from.
    """
    placed = [
        s._replace(valley=s.valley + offset, peak=s.peak + offset, end=s.end + offset)
        for s in found
    ]
    rate = case.rate
    if rate is None:
        return placed
    margin = _AFTER_RATE_RISE * max(c.span, 1e-300)
    return [s for s in placed if not rate.rises_within(c.x[s.valley] - margin, c.x[s.peak])]
