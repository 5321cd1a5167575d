"""Losses that were averaged over several points before they were logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median, row_medians
from lossdoc.robust.stats import autocorrelation, difference_noise, mad, running_median

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.curve import Curve

FEWEST = 100
LEAST_MEMORY = 0.8
"""Lag-1 autocorrelation from which on a loss has a memory: that of a mean of five points."""

_WHITE = 0.25
_LEAST_WHITE = -0.4
"""Independent values have differences of autocorrelation -0.5, a smooth curve has some near 1.
The differences of a running mean are those of independent values far apart, or of new values
alone: near 0. At most so far from 0 as the median of the parts, and no less in any of them."""

_FORGOTTEN = 0.05
_PARTS = 4
_MOST = 20_000


class Average(NamedTuple):
    """Points that a mean spans, and the autocorrelation of neighbours that tells of it."""

    points: float
    memory: float


def averaged(c: Curve) -> Average | None:
    """Mean that a loss seems to have gone through before it was logged; None where it is raw.

    The first third, where the level moves most, is left out. Means over more than a
    thirtieth of the points are told too short.
    """
    y = c.y[c.n // 3 :][-_MOST:]
    if c.n < FEWEST or c.end >= c.start:  # a loss that blew up has a memory of its own
        return None
    parts = np.array([_differences(part) for part in np.array_split(y, _PARTS)])
    typical = row_medians(parts.T)
    if (np.abs(typical) > _WHITE).any() or parts[:, 0].min() < _LEAST_WHITE:
        return None
    acf = _about_the_level(y)
    if acf[1] < LEAST_MEMORY:
        return None
    memory = acf[: int(np.argmax(acf < _FORGOTTEN)) or len(acf)]
    # k for a running mean of k values; (1 + b) / (1 - b) for an exponential one.
    return Average(float(2 * memory.sum() - 1), float(acf[1]))


def _differences(part: Floats) -> Floats:
    """Autocorrelation of differences at the lags 1 and 2; -1 where most are 0 (few digits)."""
    steps = np.diff(part)
    spread = mad(steps)
    if spread == 0:
        return np.full(2, -1.0)
    return autocorrelation(_clipped(steps - median(steps), spread), 2)[1:]


def _about_the_level(y: Floats) -> Floats:
    """Autocorrelation about a moving mean over a quarter of the points.

    A running median follows a smooth descent exactly, and so leaves nothing to look at.
    """
    level = running_median(y, 9)
    kept = level + _clipped(y - level, max(mad(y - level), difference_noise(y)))
    width = max(len(y) // _PARTS, 9) | 1
    sums = np.cumsum(np.concatenate(([0.0], kept)))
    mean = (sums[width:] - sums[:-width]) / width
    residual = kept[width // 2 : len(kept) - width // 2] - mean
    return autocorrelation(_clipped(residual, mad(residual)), len(residual) // 2)


def _clipped(values: Floats, spread: float) -> Floats:
    return np.clip(values, -5 * spread, 5 * spread)
