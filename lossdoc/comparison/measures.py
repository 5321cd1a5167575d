"""What is measured on every curve of a comparison, and between the curves of both sides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median, row_medians
from lossdoc.robust.stats import running_median

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossdoc.model import Floats
    from lossdoc.robust.curve import Curve

_LAST = 0.1
"""The final level is that of so much of the stretch."""

_HUNDREDTHS = 100

GRID = 101
"""Places at which curves are laid side by side."""

_LEAST_APART = 10
"""Curves that lie apart at fewer places in a row, and come together again, did so by chance."""


class Levels(NamedTuple):
    """One curve in numbers, each in the unit of the loss.

    Parameters
    ----------
    final
        Median of the last tenth of the stretch.
    best
        Lowest smoothed level, or the final one: at its ends, where fewer points are smoothed, a
        curve is low by chance.
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


class Apart(NamedTuple):
    """Where all candidates lie on one side of all references, by more than these lie apart.

    Parameters
    ----------
    first, last
        Places.
    above
        Whether the candidates are the higher ones.
    for_good
        Whether it lasts to the end of the stretch.
    """

    first: float
    last: float
    above: bool
    for_good: bool


class Area(NamedTuple):
    """Area between the median curves of the two sides.

    Parameters
    ----------
    size
        By the area under the references' curve; in units of loss times axis where that is not
        positive.
    above
        Share of it in which the candidates are the higher ones.
    relative
        Whether the size is a share.
    """

    size: float
    above: float
    relative: bool


def levels(curve: Curve, first: float, last: float) -> Levels:
    """Measure a curve within [first, last]."""
    tail = curve.y[curve.x >= last - _LAST * (last - first)]
    final = median(tail) if len(tail) else curve.end
    error = curve.sd / math.sqrt(max(len(tail), 1)) / abs(final) if final else 0.0
    mean = float(on_grid(curve, first, last).mean())
    return Levels(final, min(_best(curve), final), mean, float(curve.sd), error)


def _best(curve: Curve) -> float:
    """Lowest level of which at least a hundredth of the points tell: the lowest of many is luck."""
    width = max(curve.window, curve.n // _HUNDREDTHS) | 1
    smooth = curve.smooth if width == curve.window else running_median(curve.y, width)
    inner = smooth[width // 2 : curve.n - width // 2]
    return float(inner.min()) if len(inner) else math.inf


def on_grid(curve: Curve, first: float, last: float) -> Floats:
    """Smoothed curve at evenly spaced places, float64[101]."""
    return np.interp(np.linspace(first, last, GRID), curve.x, curve.smooth)


def reaches(curve: Curve, level: float) -> float | None:
    """Return the first place at which the smoothed curve is at or below a level."""
    below = np.flatnonzero(curve.smooth <= level)
    return float(curve.x[below[0]]) if len(below) else None


def parting(
    reference: Sequence[Curve], candidate: Sequence[Curve], first: float, last: float, least: float
) -> Apart | None:
    """Return where the curves lie apart: to the end if they do there, else the longest stretch.

    Parameters
    ----------
    least
        Distance below which they are not apart, however close the references lie.

    Returns
    -------
    Apart or None
        None where they never are for long.
    """
    if not (reference and candidate):
        return None
    old = np.stack([on_grid(curve, first, last) for curve in reference])
    new = np.stack([on_grid(curve, first, last) for curve in candidate])
    spread = np.maximum(old.max(axis=0) - old.min(axis=0), least)
    above = new.min(axis=0) > old.max(axis=0) + spread
    below = new.max(axis=0) < old.min(axis=0) - spread
    stretches = [(*ends, True) for ends in _stretches(above)]
    stretches += [(*ends, False) for ends in _stretches(below)]
    if not stretches:
        return None
    longest = max(stretches, key=lambda s: (s[1] == GRID - 1, s[1] - s[0]))
    start, end, higher = longest
    if end < GRID - 1 and end - start + 1 < _LEAST_APART:
        return None
    begin, until = np.linspace(first, last, GRID)[[start, end]]
    logged = np.concatenate([c.x for c in candidate])
    inside = logged[(logged >= begin) & (logged <= until)]
    if len(inside):
        begin, until = inside.min(), inside.max()
    return Apart(float(begin), float(until), higher, end == GRID - 1)


def _stretches(holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """First and last place of every run of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holds, [False])).astype(int)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def area(
    reference: Sequence[Curve], candidate: Sequence[Curve], first: float, last: float
) -> Area | None:
    """Return the area between the median curves of the sides; None where a side has no curve."""
    if not (reference and candidate):
        return None
    old, new = (
        row_medians(np.stack([on_grid(curve, first, last) for curve in side], axis=1))
        for side in (reference, candidate)
    )
    gap = new - old
    between = float(np.abs(gap).mean())
    above = float(np.maximum(gap, 0).mean()) / between if between else 0.0
    relative = bool((old > 0).all())
    size = between / float(old.mean()) if relative else between * (last - first)
    return Area(size, above, relative)


def middle(values: Iterable[float]) -> float:
    """Return the lower median; NaN if there is none."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else math.nan
