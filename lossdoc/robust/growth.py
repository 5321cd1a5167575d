"""The largest stable learning rate of plain SGD, read from how fast a loss blew up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats

    Flags = NDArray[np.bool_]

_FEWEST = 4
_FIT = 0.95
"""Share of the variance of ln(loss) that a constant growth factor must explain."""

_LEAST_GROWTH = 0.05
"""Growth of ln(loss) per step below which the rate is too near its limit to tell them apart."""


def largest_stable_rate(
    steps: Floats, loss: Floats, rate: float, momentum: float = 0.0
) -> float | None:
    """Learning rate above which plain SGD with heavy-ball momentum blows up on this problem.

    Near a minimum the component of the weights along the steepest eigenvector, of curvature λ, is
    multiplied by -r at each step, and the loss by ρ = r². Without momentum r = ηλ - 1; with
    momentum β, -r is a root of z² - (1 + β - ηλ) z + β, so that ηλ = 1 + β + r + β / r. Stable is
    what has ηλ < 2 (1 + β); λ drops out::

        largest = 2 (1 + β) η / (1 + β + r + β / r)

    Not for adaptive optimizers, whose curvature is another one. ρ is fitted to ln(loss) over the
    end of the longest monotone rise, where the steepest direction has outgrown the others.

    Parameters
    ----------
    steps, loss
        float64[n]: the training loss as logged; non-finite values end a rise.
    rate
        Learning rate during the rise, > 0.
    momentum
        β in [0, 1).

    Returns
    -------
    float or None
        None where fewer than four consecutive steps rise by a constant factor, or too slowly.

    References
    ----------
    Polyak 1964, Some methods of speeding up the convergence of iteration methods.
    """
    growth = _growth(steps, loss)
    if growth is None:
        return None
    r = float(np.exp(growth / 2))
    return 2 * (1 + momentum) * rate / (1 + momentum + r + momentum / r)


def _growth(steps: Floats, loss: Floats) -> float | None:
    """Growth of ln(loss) per step at the end of the longest rise, or None."""
    positive = np.isfinite(loss) & (loss > 0)
    level = np.log(np.where(positive, loss, 1.0))
    rises = positive[1:] & positive[:-1] & (np.diff(steps) == 1) & (np.diff(level) > 0)
    start, stop = _longest(rises)
    for first in range(start, stop - _FEWEST + 2):
        slope, fit = _line(level[first : stop + 1])
        if fit >= _FIT:
            return slope if slope > _LEAST_GROWTH else None
    return None


def _longest(flags: Flags) -> tuple[int, int]:
    """Start and stop of the longest stretch of true values; the last one of equals."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int64), [0]))))
    starts, stops = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    i = len(starts) - 1 - int(np.argmax((stops - starts)[::-1]))
    return int(starts[i]), int(stops[i])


def _line(values: Floats) -> tuple[float, float]:
    """Slope per index of a least-squares line, and the share of variance that it explains."""
    t = np.arange(len(values)) - (len(values) - 1) / 2
    centred = values - values.mean()
    slope = float(t @ centred / (t @ t))
    return slope, float((slope * t) @ centred / (centred @ centred))
