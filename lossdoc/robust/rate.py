"""The learning-rate schedule as it was logged: peak, end, restarts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lossdoc.model import Floats

_REBOUND = 2.0
"""A learning rate that comes back to this many times its low has been restarted."""

_WARM_UP_END = 0.9
"""Warm-up is over when the rate first reaches this share of its peak."""


class Rebound(NamedTuple):
    """A rise of the learning rate after it had come down from its peak."""

    x: float
    """Step at which it is lowest."""
    x_high: float
    """Step at which it is highest again."""
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Rate:
    """The learning-rate schedule as logged.

    Parameters
    ----------
    x, y
        float64[k], k >= 1: steps and finite rates.
    """

    x: Floats
    y: Floats

    @cached_property
    def peak(self) -> float:
        """Highest rate."""
        return float(self.y.max())

    @cached_property
    def end(self) -> float:
        """Rate at the end; of the last two points, since many schedules log a final zero."""
        return float(self.y[-2:].max())

    @cached_property
    def x_peak(self) -> float:
        """Step at which the rate first comes near its peak: the end of a warm-up."""
        return float(self.x[np.argmax(self.y >= _WARM_UP_END * self.peak)])

    @cached_property
    def constant(self) -> bool:
        """Whether the rate stays within 1 % of its peak."""
        return bool(self.y.min() >= 0.99 * self.peak)

    def at(self, x: float) -> float:
        """Rate in force at a step."""
        i = int(np.searchsorted(self.x, x, side="right")) - 1
        return float(self.y[max(i, 0)])

    @cached_property
    def rebounds(self) -> tuple[Rebound, ...]:
        """Rises to at least twice a low that followed a peak (restarts, wrapped schedules)."""
        found: list[Rebound] = []
        highest = np.maximum.accumulate(self.y)
        # Zeros before the first rate are the foot of a warm-up.
        decayed = (self.y <= highest / _REBOUND) & (highest > 0)
        if not decayed.any():
            return ()
        start = int(np.argmax(decayed))
        low = self.y[start]
        x_low = self.x[start]
        rising = False
        for x, rate in zip(self.x[start:], self.y[start:], strict=True):
            if rising:
                if rate >= found[-1].high:
                    found[-1] = Rebound(found[-1].x, float(x), found[-1].low, float(rate))
                    continue
                rising, low, x_low = False, rate, x
            elif rate < low:
                low, x_low = rate, x
            elif rate >= max(_REBOUND * low, 1e-3 * self.peak) and rate > low:
                found.append(Rebound(float(x_low), float(x), float(low), float(rate)))
                rising = True
        return tuple(found)

    def rebounds_after(self, x: float) -> list[Rebound]:
        """Rebounds whose top lies after a step."""
        return [r for r in self.rebounds if r.x_high > x]

    def rises_within(self, low: float, high: float) -> bool:
        """Whether the rate grows by a tenth or more between two steps."""
        inside = self.y[(self.x >= low) & (self.x <= high)]
        return len(inside) > 1 and bool(inside.max() > 1.1 * inside[0])
