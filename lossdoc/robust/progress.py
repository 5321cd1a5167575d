"""How a curve's progress is distributed over the run, on the axis of cumulative learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median
from lossdoc.robust.stats import MEDIAN_SE

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.curve import Curve

_HALF_WIDTH = 0.03
_SPARSE = 20

STEADY = 1.2
"""Fall of the second half over that of the second quarter from which on a curve does not bend."""


class Progress(NamedTuple):
    """Falls of a curve between shares of its progress axis, in units of the loss.

    A curve that follows a logarithm falls as much from 25 to 50 % as from 50 to 100 %, a power
    law less and less, a straight line twice as much: this tells "still learning" from "done".
    """

    early: float
    """From 25 % to 50 %."""
    late: float
    """From 50 % to the end."""
    last: float
    """From 75 % to the end."""
    total: float
    """From the start to the end."""
    error: float
    """Standard error of such a fall."""

    @property
    def significant(self) -> bool:
        """Whether the second half fell beyond its noise and is a good part of all progress."""
        return self.late > 3 * self.error and self.late >= 0.25 * self.total

    def steady(self, few: bool) -> bool:
        """Whether progress does not slow down from doubling to doubling.

        A logarithm has a ratio of 1; of 371 published logs none lay between 1.1 and
        1.5.
        """
        return (
            self.significant
            and self.late >= STEADY * self.early
            and self.last >= (0.2 if few else 0.3) * self.late
            and self.last >= 0.1 * self.total
        )


def progress(c: Curve, axis: Floats) -> Progress:
    """Measure the falls of a curve on a progress axis.

    Parameters
    ----------
    axis
        float64[n] from 0 to 1, one for each point of the curve.
    """
    least = max(3, min(15, c.n // 20))
    levels, counts = zip(
        *(_level(c.y, axis, a, least) for a in (0.25, 0.5, 0.75, 1.0)), strict=True
    )
    quarter, half, three, end = levels
    error = np.sqrt(2.0) * MEDIAN_SE * c.sd / np.sqrt(min(counts))
    return Progress(quarter - half, half - end, three - end, c.start - end, float(error))


def _level(y: Floats, axis: Floats, place: float, least: int) -> tuple[float, int]:
    """Median of the points about a place, and how many they are.

    Of few points the line between the two beside it: the nearest one may be far from it.
    """
    if len(y) < _SPARSE:
        return float(np.interp(place, axis, y)), 1
    distance = np.abs(axis - place)
    near = distance <= _HALF_WIDTH
    if near.sum() < least:
        near = np.zeros(len(y), dtype=bool)
        near[np.argsort(distance, kind="stable")[:least]] = True
    return median(y[near]), int(near.sum())
