"""The length that a schedule was made for, told from the shape of its decay."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.robust.ramp import resolution

if TYPE_CHECKING:
    from lossdoc.robust.rate import Rate

FEWEST = 10
"""Logged rates that a shape can be told from."""

FIT = 0.02
"""Largest distance from the shape, as a share of the fall."""

_STILL_FALLING = 0.25
"""Slope at the end, of the mean slope: a decay that rests on a floor has arrived."""


class Plan(NamedTuple):
    """A decay that has not come to its end."""

    shape: str
    start: float
    """Last step at the peak."""
    end: float
    """Step at which the rate would reach 0."""


def plan(rate: Rate, fit: float = FIT) -> Plan | None:
    """Return where a rate is going that falls like a line or a half cosine; None for any other.

    From the last step at its peak to its end the rate must follow the shape and still fall.

    Parameters
    ----------
    fit
        Largest distance from the shape, as a share of the fall.
    """
    i = int(np.flatnonzero(rate.y >= (1 - 1e-6) * rate.peak)[-1])
    x, y = rate.x[i:] - rate.x[i], rate.y[i:] / rate.peak
    if len(x) < FEWEST or (np.diff(y) > 0).any() or y[-1] >= 1.0 or y[-1] <= 0.0:
        return None
    u, fall = x / x[-1], 1.0 - float(y[-1])
    k = max(len(x) // 4, 2)
    if (y[-k] - y[-1]) / max(float(u[-1] - u[-k]), 1e-300) < _STILL_FALLING * fall:
        return None
    part = float(np.arccos(2.0 * y[-1] - 1.0) / np.pi)
    shapes = {
        "cosine": (0.5 * (1 + np.cos(np.pi * part * u)), x[-1] / part),
        "linear decay": (1.0 - fall * u, x[-1] / fall),
    }
    name, (model, steps) = min(shapes.items(), key=lambda s: float(np.abs(y - s[1][0]).max()))
    off = np.abs(y - model).max() - resolution(rate.y) / rate.peak
    start = float(rate.x[i])
    return Plan(name, start, start + float(steps)) if off <= fit * fall else None
