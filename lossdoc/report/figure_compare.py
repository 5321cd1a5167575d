"""A picture of a comparison: the band of the references, the new runs, where they part, the rates.

Drawn with Matplotlib's ``Figure`` alone, in the style of `lossdoc.report.figure`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import row_medians
from lossdoc.comparison.axes import placed
from lossdoc.comparison.measures import GRID, on_grid
from lossdoc.model import Channel
from lossdoc.report.comparison_words import place
from lossdoc.report.figure import COLOURS, drawing
from lossdoc.report.figure_axes import scale_axis, step_axis
from lossdoc.report.figure_onsets import QUIET
from lossdoc.report.figure_points import thinned
from lossdoc.report.phrases import plural
from lossdoc.report.plot import log_helps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lossdoc.comparison import Comparison
    from lossdoc.comparison.matching import Matched
    from lossdoc.model import Floats
    from lossdoc.report.figure_axes import Scale

_COLUMN = 3.25
"""Width of a column of a paper, inches."""

_OLD, _NEW = COLOURS[Channel.TRAIN_LOSS], COLOURS[Channel.VAL_LOSS]
"""Blue and vermilion: the page and all kinds of colour vision know them apart."""

_LINES = 12
"""Of more runs of a side only the band and its middle are drawn."""

_DECADE = 10.0
"""Peaks of learning rates that differ by more are not seen on one linear scale."""

_POINTS = 600
"""About so many points of a curve are drawn."""


def save(found: Comparison, path: Path) -> None:
    """Draw a comparison into a file whose extension names the format: svg, png or pdf.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    kind = path.suffix.lower().removeprefix(".")
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    made = io.BytesIO()
    with drawing():
        draw(found).savefig(made, format=kind, dpi=300, metadata=metadata)
    path.write_bytes(made.getvalue())


def draw(
    found: Comparison, *, width: float = _COLUMN, scale: Scale = "auto", rates: bool = True
) -> Figure:
    """Draw a comparison: the losses above, the learning rates below where all logs tell them.

    Parameters
    ----------
    width
        Inches.
    scale
        Of the losses; what suits them if not given.
    rates
        Whether the learning rates are drawn.
    """
    from matplotlib.figure import Figure

    pairing = found.pairing
    both = rates and None not in found.schedules
    rows = [3.0, 1.0] if both else [3.0]
    with drawing():
        figure = Figure(figsize=(width, 0.75 * sum(rows) + 0.5), layout="constrained")
        grid = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=rows)
        axes = list(grid[:, 0])
        _side(axes[0], found, pairing.reference, _OLD, "reference")
        _side(axes[0], found, pairing.candidate, _NEW, "new run")
        scale_axis(axes[0], _values(found), scale)
        _place(axes[0], found)
        axes[0].set_ylabel(pairing.loss.value)
        axes[0].legend(loc="best")  # curves are thinned, so that the search takes no time
        if both:
            _rates(axes[1], found)
        step_axis(axes[-1])
        axes[-1].set_xlabel("seconds" if pairing.by == "time" else pairing.by)
    return figure


def other_scale(found: Comparison) -> Scale | None:
    """Scale on which `draw` does not show the losses, where they can be shown on it."""
    values = _values(found)
    if not len(values):
        return None
    if log_helps(values):
        return "linear"
    return "log" if values.min() > 0 else None


def _values(found: Comparison) -> Floats:
    every = (*found.pairing.reference, *found.pairing.candidate)
    return np.concatenate([m.curve.smooth for m in every if m.curve] or [np.empty(0)])


def _side(ax: Axes, found: Comparison, side: Sequence[Matched], colour: str, name: str) -> None:
    """Draw the band of a side, its middle, and its runs where they are few."""
    label = plural(len(side), name)
    first, last = found.pairing.first, found.pairing.last
    whole = [m.curve for m in side if m.curve and not m.broke_down]
    if len(whole) > 1:
        curves = np.stack([on_grid(curve, first, last) for curve in whole])
        x = np.linspace(first, last, GRID)
        ax.fill_between(x, curves.min(0), curves.max(0), color=colour, alpha=0.2, lw=0)
        ax.plot(x, row_medians(curves.T), color=colour, lw=1.3, label=label)
        label = ""
    for one in side:
        if one.curve is None or (len(whole) > _LINES and not one.broke_down):
            continue
        x, y = thinned(one.curve.x, one.curve.smooth, _POINTS)
        faint = len(whole) > 1 and not one.broke_down
        ax.plot(
            x, y, color=colour, lw=0.5 if faint else 1.1, alpha=0.6 if faint else 1.0,
            label=label or None,
        )  # fmt: skip
        label = ""
        if one.broke_down:
            ax.plot(x[-1:], y[-1:], "x", color=colour, ms=5)


def _place(ax: Axes, found: Comparison) -> None:
    """Mark where the curves part, or the stretch in which they lie apart."""
    apart = found.apart
    if apart is None:
        return
    ax.axvline(apart.first, color=QUIET, lw=0.6, ls="--")
    if not apart.for_good:
        ax.axvspan(apart.first, apart.last, color=QUIET, alpha=0.1, lw=0)
    late = apart.first > 0.6 * found.pairing.last + 0.4 * found.pairing.first
    here = place(found.pairing.by, apart.first)
    told = f"apart from {here}" if apart.for_good else f"apart for a while from {here}"
    ax.annotate(
        told,
        (apart.first, 0.0),
        xycoords=("data", "axes fraction"),
        xytext=(-2 if late else 2, 2),
        textcoords="offset points",
        fontsize="small",
        ha="right" if late else "left",
        va="bottom",
        color=QUIET,
    )


def _rates(ax: Axes, found: Comparison) -> None:
    pairing = found.pairing
    every = []
    for side, colour in ((pairing.reference, _OLD), (pairing.candidate, _NEW)):
        for one in side[:_LINES]:
            series = placed(one.run, Channel.LEARNING_RATE, pairing.by)
            shown = np.isfinite(series.values) & (series.steps <= pairing.last)
            ax.plot(
                *thinned(series.steps[shown], series.values[shown], _POINTS), color=colour, lw=0.8
            )
            every.append(series.values[shown])
    ax.set_ylabel("learning rate")
    peaks = [one.peak for one in found.schedules if one is not None]
    scale_axis(ax, np.concatenate(every), "log" if max(peaks) > _DECADE * min(peaks) else "linear")
