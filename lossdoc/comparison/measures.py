"""What is measured on every curve of a comparison."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Floats
    from lossdoc.robust.curve import Curve

_LAST = 0.1
"""The final level is that of so much of the stretch."""

_GRID = 101
"""Places at which curves are laid side by side."""


class Levels(NamedTuple):
    """One curve in numbers, each in the unit of the loss.

    Parameters
    ----------
    final
        Median of the last tenth of the stretch.
    best
        Lowest smoothed level.
    mean
        Mean of the smoothed curve over the stretch: the area under it by its length.
    noise
        Standard deviation from point to point.
    error
        Standard error of the final level within the run, relative to it.
    """

    final: float
    best: float
    mean: float
    noise: float
    error: float


def levels(curve: Curve, first: float, last: float) -> Levels:
    """Measure a curve within [first, last]."""
    tail = curve.y[curve.x >= last - _LAST * (last - first)]
    final = median(tail) if len(tail) else curve.end
    error = curve.sd / math.sqrt(max(len(tail), 1)) / abs(final) if final else 0.0
    return Levels(final, curve.best, float(on_grid(curve, first, last).mean()), curve.sd, error)


def on_grid(curve: Curve, first: float, last: float) -> Floats:
    """Smoothed curve at evenly spaced places, float64[101]."""
    return np.interp(np.linspace(first, last, _GRID), curve.x, curve.smooth)


def reaches(curve: Curve, level: float) -> float | None:
    """Return the first place at which the smoothed curve is at or below a level."""
    below = np.flatnonzero(curve.smooth <= level)
    return float(curve.x[below[0]]) if len(below) else None


def parting(
    reference: Sequence[Curve], candidate: Sequence[Curve], first: float, last: float
) -> float | None:
    """Return the place from which on all candidates lie on one side of all references.

    None where they do not part, or where there are fewer than two references, so that nobody
    knows how far runs of one configuration lie apart.
    """
    if len(reference) < 2 or not candidate:
        return None
    old = np.stack([on_grid(curve, first, last) for curve in reference])
    new = np.stack([on_grid(curve, first, last) for curve in candidate])
    spread = old.max(axis=0) - old.min(axis=0)
    above = new.min(axis=0) > old.max(axis=0) + spread
    below = new.max(axis=0) < old.min(axis=0) - spread
    apart = above if above[-1] else below
    if not apart[-1]:
        return None
    together = np.flatnonzero(~apart)
    start = int(together[-1]) + 1 if len(together) else 0
    return float(np.linspace(first, last, _GRID)[start])
