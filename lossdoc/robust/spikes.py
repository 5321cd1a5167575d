"""Isolated excursions above the local level: single-point spikes and wider bumps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import quantile
from lossdoc.robust import tails
from lossdoc.robust.stats import (
    MEDIAN_SE,
    difference_noise,
    running_median,
    swings,
    trailing_median,
)

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.stats import Swing

LEAST_DROP = 0.1
"""Height in units of the curve's drop."""
LEAST_RATIO = 0.25
"""Height in units of the local level."""
LEAST_Z = 7.0
LEAST_LOG_Z = 5.0
"""Height in local noise, on the linear and on the log axis: heavy-tailed losses near zero pass
the first alone."""
WIDEST_BUMP = 0.15
"""A bump wider than this share of the run is a change of level."""
ISOLATION = 3.0
"""A bump stands this many times above the 90th percentile of the run's other swings."""
MOST_BUMPS = 5
_LOCAL, _LOCAL_FEWEST, _LEAST_LOCAL = 60, 10, 6.0
"""Points before a bump, and its least height in standard errors of a level among them: of the loss
and of its logarithm, since losses of single samples have heavy tails."""
_MOST_CANDIDATES = 2000


class Spike(NamedTuple):
    """An excursion: points start..stop-1 lie above the level before it."""

    start: int
    peak: int
    stop: int
    base: float
    height: float
    recovered: bool

    @property
    def ratio(self) -> float:
        """Height over the level before it."""
        return self.height / abs(self.base) if self.base else float("inf")

    @property
    def length(self) -> int:
        """Points above the level."""
        return self.stop - self.start


def sharp(c: Curve, *, skip: float = 0.05, least_ratio: float = LEAST_RATIO) -> list[Spike]:
    """Spikes that leave the local band within a point.

    Parameters
    ----------
    skip
        Share at the start that does not count (at least 20 points, 6 in short curves).
    least_ratio
        Height over the level before it.
    """
    n = c.n
    width = int(np.clip(n // 10, 5, 100))
    first = max(c.early(skip), 20 if n >= 60 else 6)
    base = trailing_median(c.y, width)
    above = c.y - base
    height = np.maximum(LEAST_DROP * c.drop, least_ratio * np.abs(base))
    candidates = np.flatnonzero(above >= height)
    candidates = candidates[candidates >= first]
    found: list[Spike] = []
    level = running_median(c.y, 3)
    for i in candidates[:_MOST_CANDIDATES]:
        if found and i < found[-1].stop:
            continue
        sudden = c.y[i] - c.y[max(i - 2, 0) : i].min() >= 0.5 * above[i]
        usual = 2 * quantile(np.abs(above[max(i - 200, 1) : i]), 0.98) if i >= 100 else 0
        if sudden and above[i] >= max(_needed(c, int(i), width, float(base[i])), usual):
            found.append(_follow(c, level, int(i), float(base[i])))
    return _beyond_noise(c, found, width, first)


def _beyond_noise(c: Curve, found: list[Spike], width: int, first: int) -> list[Spike]:
    """Leave out spikes that noise reaches in a run of this length."""
    if c.n <= tails.USUAL_LENGTH or not found:
        return found
    values = np.log(c.y) if c.positive else c.y
    heights = tails.heights(values, max(width, 12))
    limit = LEAST_LOG_Z * tails.reach(heights[first:])
    return [s for s in found if heights[s.start : s.stop].max() >= limit]


def _needed(c: Curve, i: int, width: int, base: float) -> float:
    """Height at which point ``i`` leaves the band of the points before it."""
    before = c.y[max(i - max(12, min(4 * width, 100)), 0) : i]
    linear = LEAST_Z * max(difference_noise(before), 0.01 * c.drop)
    if base > 0 and (before > 0).all():
        ratio = np.exp(min(LEAST_LOG_Z * difference_noise(np.log(before)), 50.0))
        linear = max(linear, base * (ratio - 1))
    return float(linear)


def _follow(c: Curve, level: Floats, i: int, base: float) -> Spike:
    """Follow an excursion until the loss is back at the level before it."""
    before = c.y[max(i - 100, 0) : i]
    back = base + max(2 * difference_noise(before), 0.05 * c.drop)
    home = np.flatnonzero(level[i + 1 :] <= back)
    stop = i + 1 + int(home[0]) if len(home) else c.n
    peak = i + int(np.argmax(c.y[i:stop]))
    return Spike(i, peak, stop, base, float(c.y[peak] - base), bool(len(home)))


def bumps(c: Curve, *, skip: float = 0.05) -> list[Spike]:
    """Wider excursions that come back: isolated up-swings of a zig-zag reading."""
    least = max(LEAST_DROP * c.drop, 8 * c.se)
    width = int(np.clip(c.n // 60, 1, 9)) | 1
    smooth = running_median(c.y, width)
    every = swings(smooth, max(0.25 * least, 1e-300))
    heights = np.array([min(s.height, s.fall) for s in every])
    found = []
    for k in np.flatnonzero(heights >= least):
        s = every[k]
        base = float(smooth[s.valley])
        ratio = heights[k] / abs(base) if base else np.inf
        wanted = 0.15 if heights[k] >= 0.3 * c.drop else LEAST_RATIO
        others = np.delete(heights, k)
        usual = quantile(others, 0.9) if len(others) else 0.0
        start, stop = _flanks(smooth, s, base + 0.25 * heights[k])
        wide = c.where[stop - 1] - c.where[start] > WIDEST_BUMP
        early = c.where[s.valley] < skip * c.ahead
        # A plateau before the descent may be noisier than all that follows.
        # Where hardly any values come before, those that follow tell as well.
        few = s.valley < _LOCAL_FEWEST
        near = c.y[:_LOCAL] if few else c.y[max(s.valley - _LOCAL, 0) : s.valley + 1]
        error = _local_error(near, width, base)
        lost = heights[k] < max(ISOLATION * usual, error)
        if lost or ratio < wanted or wide or early:
            continue
        found.append(Spike(start, s.peak, stop, base, float(heights[k]), recovered=True))
    return found if len(found) <= MOST_BUMPS else []


def _local_error(before: Floats, width: int, base: float) -> float:
    """Height that medians of ``width`` values reach by the noise of those before, on either axis."""
    scale = _LEAST_LOCAL * MEDIAN_SE / np.sqrt(width)
    linear = scale * difference_noise(before)
    if base <= 0 or not (before > 0).all():
        return float(linear)
    ratio = np.expm1(min(scale * difference_noise(np.log(before)), 50.0))
    return float(max(linear, base * ratio))


def _flanks(smooth: Floats, s: Swing, level: float) -> tuple[int, int]:
    """First point of a swing above a level, and the first one after its peak that is not."""
    before = np.flatnonzero(smooth[s.valley : s.peak] <= level)
    after = np.flatnonzero(smooth[s.peak : s.end + 1] <= level)
    start = s.valley + int(before[-1]) + 1 if len(before) else s.valley
    return start, s.peak + int(after[0]) if len(after) else s.end


def merged(one: list[Spike], other: list[Spike]) -> list[Spike]:
    """Excursions of two lists without those of the second that overlap one of the first."""
    extra = [b for b in other if all(b.stop <= a.start or b.start >= a.stop for a in one)]
    return sorted([*one, *extra])
