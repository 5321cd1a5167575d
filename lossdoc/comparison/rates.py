"""The learning-rate schedule as it was logged, in the words in which two of them are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median, unique
from lossdoc.comparison.axes import UNITS, placed
from lossdoc.comparison.measures import middle
from lossdoc.model import Channel
from lossdoc.robust.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Floats, Run

_FIT = 0.03
"""Largest distance of a decay from a shape that it is called after, as a share of its fall."""

_LEVELS = 10
"""A decay that rests on so few rates, or fewer, goes down in steps ..."""

_RESTS = 3
"""... where it logged each of them so many times."""

_NEAR = 1.0 - 1e-6
"""Share of the peak from which on a rate is at its peak."""

_AS_LOGGED = 0.05
"""Last rates that differ by less of the peak may be one, logged at other steps."""


class Schedule(NamedTuple):
    """A learning rate over a run, or the median of several; places on the axis compared.

    Parameters
    ----------
    peak
        Highest rate.
    warm_up
        From the first row to the peak; 0 where the rate begins there.
    shape
        ``constant``, ``linear``, ``cosine``, ``exponential``, ``steps``, ``restarts``, ``decay``
        (any other) or ``rise`` (nothing comes after the peak).
    decays_from
        Last place at the peak.
    end
        Last rate, as a share of the peak.
    spacing
        Usual distance of two logged rates: places are known no better.
    """

    peak: float
    warm_up: float
    shape: str
    decays_from: float
    end: float
    spacing: float


class Difference(NamedTuple):
    """Something in which the sides differ: its value on each, None where the logs do not tell."""

    name: str
    reference: float | str | None
    candidate: float | str | None


def schedule(runs: Sequence[Run], axis: str) -> Schedule | None:
    """Read the schedule of runs of one configuration; None where some of them log no rate."""
    found = [_one(run, axis) for run in runs]
    known = [one for one in found if one is not None]
    if len(known) < len(runs) or not known:
        return None
    shapes = [one.shape for one in known]
    return Schedule(
        peak=middle(one.peak for one in known),
        warm_up=middle(one.warm_up for one in known),
        shape=max(sorted(shapes), key=shapes.count),
        decays_from=middle(one.decays_from for one in known),
        end=middle(one.end for one in known),
        spacing=middle(one.spacing for one in known),
    )


def differences(old: Schedule | None, new: Schedule | None, axis: str) -> tuple[Difference, ...]:
    """What two schedules differ in, by more than how they were logged explains."""
    if old is None or new is None:
        return ()
    near = 2.0 * max(old.spacing, new.spacing)
    told = []
    if abs(new.peak - old.peak) > 0.005 * old.peak:
        told.append(Difference("peak learning rate", old.peak, new.peak))
    if abs(new.warm_up - old.warm_up) > near:
        told.append(Difference(f"warm-up, in {UNITS[axis]}", old.warm_up, new.warm_up))
    if new.shape != old.shape:
        told.append(Difference("decay of the rate", old.shape, new.shape))
    still = {"constant", "rise"}
    moved = abs(new.decays_from - old.decays_from) > near
    if moved and not still & {old.shape, new.shape}:
        told.append(Difference(f"decay begins, in {UNITS[axis]}", old.decays_from, new.decays_from))
    if abs(new.end - old.end) > _AS_LOGGED:
        told.append(Difference("last rate / peak", old.end, new.end))
    return tuple(told)


def _one(run: Run, axis: str) -> Schedule | None:
    if Channel.LEARNING_RATE not in run:
        return None
    series = placed(run, Channel.LEARNING_RATE, axis)
    keep = np.isfinite(series.values)
    if not keep.any() or not series.values[keep].max() > 0:
        return None
    rate = Rate(series.steps[keep], series.values[keep])
    at_peak = np.flatnonzero(rate.y >= _NEAR * rate.peak)
    first, last = int(at_peak[0]), int(at_peak[-1])
    moves = np.diff(rate.x)
    return Schedule(
        peak=rate.peak,
        warm_up=float(rate.x[first] - rate.x[0]),
        shape=_shape(rate, first, last),
        decays_from=float(rate.x[last]),
        end=rate.end / rate.peak if len(rate.y) > 1 else 1.0,
        spacing=median(moves) if len(moves) else 0.0,
    )


def _shape(rate: Rate, first: int, last: int) -> str:
    """Name what comes after the last place at the peak."""
    if rate.rebounds:
        return "restarts"
    if last >= len(rate.y) - 2:
        return "rise" if 0 < len(rate.y) - 2 <= first else "constant"
    x, y = rate.x[last:] - rate.x[last], rate.y[last:] / rate.peak
    levels = unique(y)
    if len(levels) <= min(_LEVELS, len(y) // _RESTS):
        return "steps"
    u, fall = x / x[-1], 1.0 - float(y[-1])
    name, model = min(_models(u, y).items(), key=lambda m: float(np.abs(y - m[1]).max()))
    return name if np.abs(y - model).max() <= _FIT * fall else "decay"


def _models(u: Floats, y: Floats) -> dict[str, Floats]:
    """Shapes from the peak to the last rate.

    Parameters
    ----------
    u, y
        float64[n]: share of the decay, from 0 to 1; rate by its peak, from 1.
    """
    end = float(y[-1])
    shapes = {
        "linear": 1.0 - (1.0 - end) * u,
        "cosine": end + (1.0 - end) * 0.5 * (1.0 + np.cos(np.pi * u)),
    }
    part = float(np.arccos(np.clip(2.0 * end - 1.0, -1.0, 1.0)) / np.pi)
    cut = 0.5 * (1.0 + np.cos(np.pi * part * u))  # a cosine to 0 that was broken off
    if np.abs(y - cut).max() < np.abs(y - shapes["cosine"]).max():
        shapes["cosine"] = cut
    if end > 0:
        shapes["exponential"] = end**u
    return shapes
