"""A learning rate that rises: warm-ups, range tests, and what the loss says of the rates it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.rate import Rate

SAFE = 4.0
"""The rate at the lowest loss of a ramp over this is a usable peak: no run of nine pairs of task and
optimizer diverged at it, where the rate of the steepest descent was off by up to a factor of 20."""

_LEARNED = 0.2
"""Share of the start by which the loss must have fallen for its lowest point to tell a rate."""

_WORSE = 0.05
"""Share of the drop that must be lost again for a lowest loss to be more than the end of the ramp."""

_DIGITS = 12
"""Decimals up to which the resolution of logged rates is sought."""


class Ramp(NamedTuple):
    """The rise of a rate from its first positive value to its peak, without a step back."""

    x: float
    """Step at which it begins."""
    x_top: float
    """Step at which the peak is reached."""
    low: float
    high: float
    geometric: bool
    """Whether it grows by about the same factor in each step: no warm-up does."""

    @property
    def decades(self) -> float:
        """Powers of ten that it passes."""
        return float(np.log10(self.high / self.low))


class Reading(NamedTuple):
    """What a loss says of a rising rate."""

    x: float
    """Step of the lowest smoothed loss while the rate rose."""
    rate: float
    """Rate there."""
    loss: float
    open: bool
    """Whether the loss had not got worse by then: higher rates may do as well."""

    @property
    def peak(self) -> float:
        """Suggested peak."""
        return self.rate / SAFE


def ramp(rate: Rate) -> Ramp | None:
    """Find the rise at the beginning of a schedule; None where it begins at its peak or falls first."""
    up = np.flatnonzero(rate.y > 0)
    top = int(np.argmax(rate.y >= (1 - 1e-6) * rate.peak))
    if not len(up) or top - up[0] < 2:
        return None
    x, y = rate.x[up[0] : top + 1], rate.y[up[0] : top + 1]
    if (np.diff(y) < 0).any():
        return None
    return Ramp(float(x[0]), float(x[-1]), float(y[0]), float(y[-1]), _geometric(x, y))


def reading(case: Case, curve: Curve, until: float) -> Reading | None:
    """Read off the rate at the lowest loss before a step, where the rate was still rising.

    None where it was not, or where nothing had been learned.

    References
    ----------
    Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3 (range test).
    """
    rate = case.rate
    # A rate that has been constant for half of the way is no range test any more.
    middle = 0.5 * (case.first_step + until)
    if rate is None or not rate.rises_within(middle, until):
        return None
    i = curve.at(until)
    best = int(np.argmin(curve.smooth[: i + 1]))
    if i == 0 or curve.start - curve.smooth[best] <= _LEARNED * abs(curve.start):
        return None
    x, low = float(curve.x[best]), float(curve.smooth[best])
    still = curve.smooth[i] <= low + max(_WORSE * curve.drop, 3 * curve.se)
    return Reading(x, rate.at(x), low, bool(still))


def resolution(rates: Floats) -> float:
    """Unit of the last decimal that any of some rates needs: a rate below half of it is logged as 0."""
    for digits in range(_DIGITS):
        if np.allclose(rates, np.round(rates, digits), rtol=1e-9, atol=0.0):
            return float(10.0**-digits)
    return float(10.0**-_DIGITS)


def _geometric(x: Floats, y: Floats) -> bool:
    """Whether the logarithm of a rise is nearer to a straight line than the rise itself."""
    return _bend(x, np.log(y)) < _bend(x, y)


def _bend(x: Floats, y: Floats) -> float:
    """Largest distance of points from the line through the first and the last, of the rise."""
    line = y[0] + (y[-1] - y[0]) * (x - x[0]) / max(float(x[-1] - x[0]), 1e-300)
    return float(np.abs(y - line).max() / max(float(y[-1] - y[0]), 1e-300))
