"""Two executions on one axis: a loss that jumps back to its start and learns once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import median

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.curve import Curve

_LEARNED = 0.6
_START = (0.7, 1.3)
_STAY = 0.05
_PACE = 2.0
_NOISE = 0.1
_LEAST = 10
_MOST_JUMPS = 3
"""A run that leaps like this more often is restless; nobody starts a job again so often."""
_RETRACE = 0.15
"""Median distance between the two descents, in units of the drop."""


def value_restart(c: Curve) -> int | None:
    """Index at which a loss starts again from its first level, or None.

    Within one point it returns from 60 % of its start or less to 70-130 % of it, stays below
    130 %, takes between half and twice as long as before to halve its way again, and retraces the
    first descent: a second execution was appended without resetting the steps. A divergence does
    not learn again, a spike comes back faster, and a run that swings leaps more often.
    """
    if c.n < 2 * _LEAST or c.start <= 0 or c.sd >= _NOISE * c.start:
        return None
    y, start = c.y, c.start
    back = (
        (y[1:] >= _START[0] * start) & (y[1:] <= _START[1] * start) & (y[:-1] <= _LEARNED * start)
    )
    stay = max(int(_STAY * c.n), 2)
    steps = np.diff(y)
    halfway = 0.5 * (start + float(np.min(y)))
    first = _time_to(y, halfway)
    for i in np.flatnonzero(back) + 1:
        if i < _LEAST or c.n - i < _LEAST or (y[i : i + stay] > _START[1] * start).any():
            continue
        if (steps >= 0.5 * steps[i - 1]).sum() > _MOST_JUMPS:
            continue
        again = _time_to(y[i:], halfway)
        if again is None or first is None or not first / _PACE <= again <= first * _PACE:
            continue
        if _retraces(y, int(i), 2 * first):
            return int(i)
    return None


def _retraces(y: Floats, i: int, length: int) -> bool:
    """Whether the part from ``i`` on descends as the beginning did."""
    m = max(min(length, i, len(y) - i), 3)
    distance = median(np.abs(y[i : i + m] - y[:m]))
    return bool(distance <= _RETRACE * (y[0] - y.min()))


def _time_to(y: Floats, level: float) -> int | None:
    below = np.flatnonzero(y <= level)
    return max(int(below[0]), 1) if len(below) else None
