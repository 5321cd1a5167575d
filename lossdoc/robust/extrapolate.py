"""What training on would bring: an exponential or a power law, carried on to twice the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.robust.stats import block_medians

if TYPE_CHECKING:
    from lossdoc.model import Floats, Ints

FEWEST = 40
"""Curves with fewer points are not extrapolated."""

_FEWEST_BLOCKS = 10
_MOST_BLOCKS = 200
_RESAMPLES = 200
_SEED = 0
_COVERAGE = (0.1, 0.9)

_TIME_STEP = 1.2
_TIMES = _TIME_STEP ** np.arange(-25.0, 26.0)
"""Time constants, from a hundredth to a hundred times the run."""

_POWER_STEP = 1.5
_POWERS = _POWER_STEP ** np.arange(-6.0, 4.0)
"""Exponents of power laws, from 0.09 to 3.4."""

_FINE = 9
_FINE_ALONE = 65
"""Points on each axis of the finer grid about the best point of the first; on a single axis."""


class Outlook(NamedTuple):
    """What as much training again would bring.

    Parameters
    ----------
    law
        The one that fits best: ``exponential`` or ``power law``.
    gain
        Expected fall of the loss from the end of the run to twice its length.
    low, high
        80 % interval of the gain, over both laws by how well they fit.
    """

    law: str
    gain: float
    low: float
    high: float


def extrapolate(axis: Floats, y: Floats) -> Outlook | None:
    """Carry a falling curve on to twice its length, never beyond.

    The laws c + a exp(-t / b) and c + a (1 + t / t0)^-b are linear but for b and t0, which are
    searched on a grid (variable projection: Golub & Pereyra 1973), on medians of blocks of sqrt(n)
    points. The corrected Akaike criterion chooses the law. A positive curve stays positive. The interval is that of 200 resamples for each law, made of its fit and of the
    residuals of whole blocks, each fitted anew; the laws count by their likelihood.

    Parameters
    ----------
    axis
        float64[n], non-decreasing from 0 to 1: steps, or better the sum of learning rates.
    y
        float64[n], finite, of any sign.

    Returns
    -------
    Outlook or None
        None with fewer than 40 points, or where the curve does not fall.

    References
    ----------
    Domhan et al. 2015, IJCAI (laws of learning curves); Burnham & Anderson 2002, Model Selection
    and Multimodel Inference.
    """
    if len(y) < FEWEST:
        return None
    blocks = int(np.clip(np.sqrt(len(y)), _FEWEST_BLOCKS, _MOST_BLOCKS))
    data = _Blocks(block_medians(axis, blocks), block_medians(y, blocks), bool((y > 0).all()))
    laws = [
        _refined(law, data) for law in (_grid(_TIMES, np.array([np.inf])), _grid(_TIMES, _POWERS))
    ]
    fits = [_fit(law, data, data.y[None, :]) for law in laws]
    if min(float(fit.scale[0]) for fit in fits) <= 0:
        return None
    misfits = [blocks * np.log(_squares(fit)) for fit in fits]
    criteria = [m + _penalty(law, blocks) for law, m in zip(laws, misfits, strict=True)]
    best = int(np.argmin(criteria))
    gain = float(_gain(laws[best], fits[best])[0])
    gains = np.concatenate([_resampled(la, data, f) for la, f in zip(laws, fits, strict=True)])
    weights = np.exp((min(misfits) - np.array(misfits)) / 2)
    low, high = _interval(gains, np.repeat(weights, _RESAMPLES))
    name = "exponential" if laws[best].exponential else "power law"
    # Where neither law fits a positive curve, at least it cannot fall by more than is left.
    most = float(data.y[-1]) if data.positive else np.inf
    return Outlook(name, *(min(g, most) for g in (gain, min(low, gain), max(high, gain))))


class _Blocks(NamedTuple):
    """Medians of the blocks of a curve, float64[k], and whether it is positive."""

    t: Floats
    y: Floats
    positive: bool


class _Law(NamedTuple):
    """Candidates (1 + t / (p T))^-p of a law; an infinite p makes exp(-t / T) of it."""

    time: Floats
    power: Floats

    @property
    def exponential(self) -> bool:
        return bool(np.isinf(self.power[0]))

    def at(self, t: Floats) -> Floats:
        """Values at some times, float64[candidates, times]."""
        time, power = self.time[:, None], self.power[:, None]
        if self.exponential:
            return np.asarray(np.exp(-t / time))
        return np.asarray((1.0 + t / (time * power)) ** -power)


class _Fit(NamedTuple):
    """Best candidate for each of m curves: row int64[m], the rest float64[m]."""

    row: Ints
    offset: Floats
    scale: Floats
    squares: Floats


def _grid(times: Floats, powers: Floats) -> _Law:
    """Every pair of a time constant and an exponent."""
    time, power = np.meshgrid(times, powers)
    return _Law(time.ravel(), power.ravel())


def _refined(law: _Law, data: _Blocks) -> _Law:
    """Add a finer grid about the candidate that fits best."""
    row = _fit(law, data, data.y[None, :]).row[0]
    near = np.linspace(-1.0, 1.0, _FINE_ALONE if law.exponential else _FINE)
    powers = law.power[row] * (np.ones(1) if law.exponential else _POWER_STEP**near)
    fine = _grid(law.time[row] * _TIME_STEP**near, powers)
    return _Law(*(np.concatenate(pair) for pair in zip(law, fine, strict=True)))


def _fit(law: _Law, data: _Blocks, y: Floats) -> _Fit:
    """Fit each curve, float64[m, k], by least squares with every candidate; keep the best."""
    shape, k = law.at(data.t), y.shape[1]
    # Relative to the first value: the squares of a large common offset would cancel.
    base = y[:, :1]
    z = y - base
    sums, norms = shape.sum(axis=1), (shape**2).sum(axis=1)
    total = z.sum(axis=1)[:, None]
    cross = z @ shape.T
    scale = (cross - total * sums / k) / np.maximum(norms - sums**2 / k, 1e-300)
    offset = (total - scale * sums) / k
    if data.positive:
        last = law.at(np.array([2.0]))[:, 0]
        below = base + offset + scale * last < 0
        moved = norms - 2 * last * sums + k * last**2
        held = (cross + base * sums - last * (total + k * base)) / np.maximum(moved, 1e-300)
        scale = np.where(below, held, scale)
        offset = np.where(below, -base - held * last, offset)
    squares = (
        (z**2).sum(axis=1)[:, None]
        + k * offset**2
        + scale**2 * norms
        + 2 * (offset * scale * sums - offset * total - scale * cross)
    )
    row = squares.argmin(axis=1)
    each = np.arange(len(y))
    return _Fit(row, offset[each, row] + base[:, 0], scale[each, row], squares[each, row])


def _squares(fit: _Fit) -> float:
    """Sum of squares of the fit of one curve; not below what rounding leaves of it."""
    return max(float(fit.squares[0]), 1e-12 * float(fit.scale[0]) ** 2, 1e-300)


def _penalty(law: _Law, k: int) -> float:
    """What the corrected Akaike criterion adds for the parameters, the noise among them."""
    p = 4 if law.exponential else 5
    return 2 * p + 2 * p * (p + 1) / (k - p - 1)


def _resampled(law: _Law, data: _Blocks, fit: _Fit) -> Floats:
    """Gains of curves made of a fit and its residuals in random order, float64[resamples]."""
    k = len(data.y)
    fitted = fit.offset[0] + fit.scale[0] * law.at(data.t)[fit.row[0]]
    residual = data.y - fitted
    # Fitting takes away a part of the noise: one degree of freedom for each parameter.
    freedom = k - (3 if law.exponential else 4)
    residual = (residual - residual.mean()) * np.sqrt(k / freedom)
    drawn = np.random.default_rng(_SEED).integers(0, k, (_RESAMPLES, k))
    return _gain(law, _fit(law, data, fitted + residual[drawn]))


def _gain(law: _Law, fit: _Fit) -> Floats:
    """Fall from the end of the run to twice its length."""
    end, double = law.at(np.array([1.0, 2.0])).T
    return np.asarray(fit.scale * (end - double)[fit.row])


def _interval(values: Floats, weights: Floats) -> tuple[float, float]:
    """Bounds between which weighted values lie, but for a tenth on each side."""
    order = values.argsort()
    share = weights[order].cumsum() / weights.sum()
    low, high = values[order][np.searchsorted(share, _COVERAGE)]
    return float(low), float(high)
