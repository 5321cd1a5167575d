"""Two small samples: their difference, its interval, and its size in units of seed noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.99
"""Of two-sided intervals: one in two hundred pairs of one distribution looks worse by chance."""

_QUANTILES = (
    63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25, 3.169, 3.106, 3.055, 3.012,
    2.977, 2.947, 2.921, 2.898, 2.878, 2.861, 2.845, 2.831, 2.819, 2.807, 2.797, 2.787, 2.779,
    2.771, 2.763, 2.756, 2.75,
)  # fmt: skip
"""99.5 % quantile of Student's t for 1 to 30 degrees of freedom."""

_BEYOND_TABLE = 2.75
"""For more degrees: never narrower than with 30, and at most 7 % too wide."""


class Contrast(NamedTuple):
    """Difference of the means of two samples, candidate minus reference.

    Parameters
    ----------
    reference, candidate
        Means.
    n_reference, n_candidate
        Runs behind them.
    difference
        Candidate minus reference, on the scale of the values.
    low, high
        99 % interval of the difference; NaN where the seed noise is unknown.
    noise
        Standard deviation between seeds, pooled over both samples; NaN where it is unknown.
    """

    reference: float
    candidate: float
    n_reference: int
    n_candidate: int
    difference: float
    low: float
    high: float
    noise: float

    @property
    def known(self) -> bool:
        """Whether the seed noise is known: at least two runs of one side."""
        return math.isfinite(self.noise)

    @property
    def effect(self) -> float:
        """Difference in units of seed noise (Cohen's d); NaN where that is unknown."""
        if not self.known:
            return math.nan
        if self.noise == 0:
            return math.copysign(math.inf, self.difference) if self.difference else 0.0
        return self.difference / self.noise


def quantile(degrees: int) -> float:
    """Return the 99.5 % quantile of Student's t.

    >>> quantile(4)
    4.604
    """
    return _QUANTILES[degrees - 1] if degrees <= len(_QUANTILES) else _BEYOND_TABLE


def contrast(
    reference: Sequence[float], candidate: Sequence[float], least_noise: float = 0.0
) -> Contrast:
    """Compare two samples of finite values by a t-interval with pooled variance.

    Under the hypothesis that is tested, runs of one distribution, both variances are equal; so
    pooling is exact for normal values and a single candidate can be judged by the references.

    Parameters
    ----------
    reference, candidate
        At least one value each.
    least_noise
        What single runs already show: the noise is never taken as less.

    Returns
    -------
    Contrast
        Student (1908), Biometrika 6:1, with two samples.
    """
    a, b = np.asarray(reference, np.float64), np.asarray(candidate, np.float64)
    n, m = len(a), len(b)
    difference = float(b.mean() - a.mean())
    degrees = n + m - 2
    noise = low = high = math.nan
    if degrees > 0:
        squares = float(((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum())
        noise = max(math.sqrt(squares / degrees), least_noise)
        half = quantile(degrees) * noise * math.sqrt(1 / n + 1 / m)
        low, high = difference - half, difference + half
    return Contrast(float(a.mean()), float(b.mean()), n, m, difference, low, high, noise)
