"""How far noise reaches in a long run: tails estimated from the values themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import quantile
from lossdoc.robust.stats import MAD_TO_SIGMA, trailing_median

if TYPE_CHECKING:
    from lossdoc.model import Floats

USUAL_LENGTH = 1000
"""Values of a run for which limits in units of noise are meant."""

_SHARE, _MOST = 0.05, 200
"""Share of the values, and most of them, that are the tail: of many values the outermost tell most."""

_FEWEST = 20
"""Clusters of high values that tell the shape of a tail."""

_TRIMMED = 0.1
"""Share of the largest clusters that the shape is not read from: they may be what is looked for."""


def reach(values: Floats) -> float:
    """How much farther the noise of a run reaches than that of a run of usual length.

    A limit times this is crossed by the noise of a long run no more often than the limit itself by
    that of a run of a thousand values, so that long runs raise no more false alarms. The tail is
    taken as a power law, its index from the ratio of two order statistics, so that the largest
    values themselves do not count. Neighbours in the tail are one event (runs declustering).

    Parameters
    ----------
    values
        float64[n] of one scale: see `heights`.

    Returns
    -------
    float
        1 or more.

    References
    ----------
    Hill 1975, Annals of Statistics 3:1163; Smith & Weissman 1994, J. R. Stat. Soc. B 56:515.
    """
    finite = values[np.isfinite(values)]
    if len(finite) <= USUAL_LENGTH:
        return 1.0
    high = quantile(finite, 1.0 - min(_SHARE, _MOST / len(finite)))
    peaks = _cluster_maxima(finite, high)
    if len(peaks) < _FEWEST or high <= 0:
        return 1.0
    trimmed = max(int(_TRIMMED * len(peaks)), 2)
    inner = float(np.sort(peaks)[-trimmed - 1])
    index = np.log(inner / high) / np.log(len(peaks) / (trimmed + 1))
    return float((len(finite) / USUAL_LENGTH) ** index)


def heights(values: Floats, width: int, floor: float = 0.0) -> Floats:
    """Height of each value over the median of those before it, in units of the noise among them.

    Parameters
    ----------
    values
        float64[n], on an axis where noise is about as large everywhere: logarithms, if positive.
    width
        How many values before.
    floor
        Least noise that counts.

    Returns
    -------
    float64[n], NaN at the first two.
    """
    steps = np.abs(np.diff(values, prepend=values[:1]))
    noise = MAD_TO_SIGMA / np.sqrt(2.0) * trailing_median(steps, width)
    noise = np.maximum(noise, max(floor, 1e-300))
    return np.asarray((values - trailing_median(values, width)) / noise)


def _cluster_maxima(values: Floats, high: float) -> Floats:
    """Return the largest value of each stretch of neighbours above a level."""
    above = values > high
    starts = np.flatnonzero(above & ~np.concatenate(([False], above[:-1])))
    if not len(starts):
        return np.empty(0)
    return np.asarray(np.maximum.reduceat(np.where(above, values, -np.inf), starts))
