"""Axes of figures: their scales, how numbers stand beside them, and where a legend has room."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lossdoc.arrays import quantile
from lossdoc.report.phrases import coordinate, tick
from lossdoc.report.plot import log_helps, usual

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lossdoc.model import Floats

Scale = Literal["auto", "linear", "log"]


def corner(ax: Axes) -> Any:
    """Corner with no writing and the fewest points: Matplotlib's own search takes seconds for long curves."""
    ax.autoscale_view()  # which otherwise waits until the figure is drawn
    places = [line.get_transform().transform(line.get_xydata()) for line in ax.get_lines()]
    seen = ax.transAxes.inverted().transform(np.concatenate(places))
    written = ax.transLimits.transform(
        [(text.get_position()[0], 0) for text in ax.texts] or [(-1, 0)]
    )
    counts = {
        f"{up} {side}": int(np.sum(tall & wide)) + len(seen) * (up == "upper") * int(np.sum(word))
        for up, tall in (("upper", seen[:, 1] > 0.7), ("lower", seen[:, 1] < 0.3))
        for side, wide, word in (
            ("right", seen[:, 0] > 0.6, written[:, 0] > 0.55),
            ("left", seen[:, 0] < 0.4, abs(written[:, 0] - 0.2) < 0.25),
        )
    }
    return min(counts, key=lambda corner: counts[corner])


def scale_axis(ax: Axes, values: Floats, scale: Scale = "auto", *, few: bool = False) -> None:
    """Choose the vertical axis; what lies far beyond the usual values is cut off.

    Parameters
    ----------
    values
        float64[n]: what is drawn.
    scale
        The one that suits the values if not given.
    few
        Whether there is room for a few numbers alone.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return
    logarithmic = log_helps(values) if scale == "auto" else scale == "log"
    if logarithmic and finite.min() > 0:
        ax.set_yscale("log")
        low, high = usual(finite)
        _ticks(ax, math.log10(high) - math.log10(low), few=few)
    else:
        low, high = _upright(finite)
        ax.ticklabel_format(axis="y", useOffset=False)  # "+3.3e-2" beside an axis is a riddle
    if high > low and (low, high) != (finite.min(), finite.max()):
        ax.set_ylim(low, high)


def _upright(finite: Floats) -> tuple[float, float]:
    """Lowest and highest that a linear scale shows: three times the spread of most values."""
    low, high = float(finite.min()), float(finite.max())
    ends = quantile(finite, 0.05), quantile(finite, 0.95)
    room = 3 * (ends[1] / 2 - ends[0] / 2) * 2
    if not math.isfinite(room) or room == 0:
        return low, high
    return max(low, ends[0] - room), min(high, ends[1] + room)


def _ticks(ax: Axes, decades: float, *, few: bool) -> None:
    """Write numbers of a log scale as they are in all reports."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    subs = (1.0,) if decades > (1 if few else 2) else (1.0, 2.0, 5.0)
    ax.yaxis.set_major_locator(LogLocator(10, subs=subs, numticks=4 if few else 7))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value).replace(".00e", "e")))
    ax.yaxis.set_minor_locator(NullLocator())


def step_axis(ax: Axes) -> None:
    """Write places on the horizontal axis as they are in all reports."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: coordinate(value)))
