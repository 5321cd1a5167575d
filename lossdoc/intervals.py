"""Intervals of measured rates."""

from __future__ import annotations

import math
from typing import NamedTuple

_Z = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


class Interval(NamedTuple):
    """Bounds of a rate."""

    low: float
    high: float


def wilson(successes: int, trials: int, z: float = _Z) -> Interval:
    """95 % interval of a rate (Wilson 1927, J. Am. Stat. Assoc. 22:209).

    >>> [round(bound, 3) for bound in wilson(20, 20)]
    [0.839, 1.0]
    """
    centre = (successes + z * z / 2) / (trials + z * z)
    spread = successes * (trials - successes) / trials + z * z / 4
    half = z * math.sqrt(spread) / (trials + z * z)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))
