"""Losses that repeat themselves: a fixed order of the data, or a mean that starts anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel
from lossdoc.robust.stats import autocorrelation, difference_noise, mad, running_median

if TYPE_CHECKING:
    from lossdoc.model import Floats, Ints
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_FEWEST = 40
_SHORTEST = 4
_REPEATS = 6
_MOST = 100_000
"""Points at the end that are looked at: a period of a longer log shows there, too."""

_STRONG = 0.8
ONCE, TWICE = 0.3, 0.2
"""Least autocorrelation after one period and after two."""

_CONTRAST = 0.2
"""A period stands this much above the least correlated lag before it: a slow decay has none."""


class Period(NamedTuple):
    """A period of a curve, in points, and its autocorrelation after one and after two of them."""

    points: float
    once: float
    twice: float


def period(c: Curve) -> Period | None:
    """Period of a curve's deviations from its level, or None.

    The shortest of the strong ones: what repeats after 20 points does so after 40.
    """
    y = c.y[-_MOST:]
    if len(y) < _FEWEST:
        return None
    acf = _autocorrelation(y - running_median(y, max(len(y) // 8, 5) | 1))
    lags = (float(lag) for lag in _peaks(acf) if _SHORTEST <= lag <= len(y) / _REPEATS)
    found = [p for p in (_at(acf, lag) for lag in lags) if p is not None]
    strongest = max((p.once for p in found), default=0.0)
    return next((p for p in found if p.once >= _STRONG * strongest), None)


def epoch_period(case: Case, c: Curve) -> Period | None:
    """Period of a curve that is as long as an epoch; None where there is none, or no epochs."""
    y, epoch = c.y[-_MOST:], points_in_an_epoch(case, c)
    if epoch is None or epoch < _SHORTEST or len(y) < max(_FEWEST, 4 * epoch):
        return None
    return _at(_autocorrelation(without_level(y, epoch)), epoch)


def without_level(y: Floats, points: float) -> Floats:
    """Deviations from the mean of one period about each point; half a period shorter at both ends.

    A running median would follow the stairs that are sought here.
    """
    width = round(points) | 1
    sums = np.cumsum(np.concatenate(([0.0], y)))
    return np.asarray(y[width // 2 : len(y) - width // 2] - (sums[width:] - sums[:-width]) / width)


def repeats(case: Case, c: Curve) -> bool:
    """Whether a curve repeats itself, at every epoch or otherwise: its swings are the data's."""
    return epoch_period(case, c) is not None or period(c) is not None


def steps_in_an_epoch(case: Case) -> float | None:
    """Steps in one pass over the data, where the log counts epochs beside its steps."""
    series = case.run.get(Channel.EPOCH)
    if series is None or case.by_epoch_axis or len(series) < 2:
        return None
    epochs = float(series.values[-1] - series.values[0])
    steps = float(series.steps[-1] - series.steps[0])
    return steps / epochs if epochs > 0 and steps > 0 else None


def points_in_an_epoch(case: Case, c: Curve) -> float | None:
    """Points of a curve in one pass over the data."""
    steps = steps_in_an_epoch(case)
    return None if steps is None or c.span <= 0 else steps * (c.n - 1) / c.span


def _autocorrelation(residual: Floats) -> Floats:
    limit = 5 * max(difference_noise(residual), mad(residual))
    return autocorrelation(np.clip(residual, -limit, limit), len(residual) // 2)


def _at(acf: Floats, lag: float) -> Period | None:
    """Period of about ``lag`` points; an epoch is rarely a whole number of them."""
    one, two = round(lag), round(2 * lag)
    if two + 1 >= len(acf):
        return None
    once, twice = float(acf[one]), float(acf[two])
    repeats = once >= ONCE and twice >= TWICE and once - acf[1:one].min() >= _CONTRAST
    return Period(lag, once, twice) if repeats else None


def _peaks(acf: Floats) -> Ints:
    inner = (acf[1:-1] >= acf[:-2]) & (acf[1:-1] > acf[2:])
    return np.flatnonzero(inner) + 1
