"""Theil-Sen: the median slope of a curve, with an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median
from lossdoc.robust.stats import block_medians, kendall_variance

if TYPE_CHECKING:
    from lossdoc.model import Floats

_MOST_POINTS = 200
"""Points beyond are reduced to block medians: the pairs grow with the square."""

_NORMAL_90 = 1.6449
"""Standard score of a two-sided 90 % interval."""


class Slope(NamedTuple):
    """Median slope of a curve, and its 90 % interval."""

    value: float
    low: float
    high: float

    @property
    def flat(self) -> bool:
        """Whether the interval holds zero."""
        return self.low <= 0 <= self.high


def theil_sen(x: Floats, y: Floats) -> Slope | None:
    """Median of the slopes of all pairs of points: up to 29 % of them may be wild.

    The interval assumes independent points: pass block medians of a curve whose noise is not.

    Parameters
    ----------
    x, y
        float64[n], x non-decreasing; units of the slope are those of y / x.

    Returns
    -------
    Slope or None
        None where fewer than two points differ in x.

    References
    ----------
    Sen 1968, Journal of the American Statistical Association 63:1379.
    """
    if len(x) > _MOST_POINTS:
        x, y = block_medians(x, _MOST_POINTS), block_medians(y, _MOST_POINTS)
    i, j = np.triu_indices(len(x), 1)
    apart = x[j] > x[i]
    if not apart.any():
        return None
    slopes = np.sort((y[j] - y[i])[apart] / (x[j] - x[i])[apart])
    margin = _NORMAL_90 * np.sqrt(kendall_variance(y))
    low = max(round((len(slopes) - margin) / 2) - 1, 0)
    high = min(round((len(slopes) + margin) / 2), len(slopes) - 1)
    return Slope(median(slopes), float(slopes[low]), float(slopes[high]))
