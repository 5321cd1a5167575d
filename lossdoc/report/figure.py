"""A picture of a run: losses, learning rate and gradient norm on one axis, onsets marked.

Drawn with Matplotlib's ``Figure`` alone (no pyplot, no display); the same diagnosis gives the same
bytes.
"""

from __future__ import annotations

import io
import itertools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.model import Channel, Severity
from lossdoc.report.plot import log_helps
from lossdoc.report.spans import clean

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lossdoc.model import Diagnosis, Floats, Run, Series

_COLUMN = 3.25
"""Width of a column of a paper, inches."""

_MOST_POINTS = 2000

# Okabe and Ito's colours, which people of all kinds of colour vision tell apart.
_COLOURS = {
    Channel.TRAIN_LOSS: "#0072B2",
    Channel.VAL_LOSS: "#D55E00",
    Channel.LEARNING_RATE: "#009E73",
    Channel.GRAD_NORM: "#CC79A7",
}
_ONSETS = {Severity.ERROR: "#000000", Severity.WARNING: "#777777"}

_STYLE: dict[Any, Any] = {
    "font.size": 7.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 0.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "lossdoc",
}


def save(diagnosis: Diagnosis, path: Path) -> None:
    """Draw a diagnosis into a file whose extension names the format.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    path.write_bytes(picture(diagnosis, path.suffix.lower().removeprefix(".")))


def picture(diagnosis: Diagnosis, kind: str = "png", *, dots_per_inch: float = 300) -> bytes:
    """Draw a diagnosis as a picture: ``svg``, ``png`` or ``pdf``."""
    from matplotlib import rc_context

    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    made = io.BytesIO()
    with rc_context(_STYLE), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box; the picture says what it must.
        warnings.filterwarnings("ignore", message="Glyph")
        draw(diagnosis).savefig(made, format=kind, dpi=dots_per_inch, metadata=metadata)
    return made.getvalue()


def draw(diagnosis: Diagnosis) -> Figure:
    """Draw a diagnosis whose log could be read: the losses above, what drives them below."""
    from matplotlib.figure import Figure

    run = diagnosis.run
    if run is None:
        raise ValueError("nothing was read, so there is nothing to draw")
    lower = [c for c in (Channel.LEARNING_RATE, Channel.GRAD_NORM) if c in run]
    rows = [2.0, *(0.8 for _ in lower)]
    figure = Figure(figsize=(_COLUMN, 0.75 * sum(rows) + 0.5), layout="constrained")
    grid = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=rows)
    axes = list(grid[:, 0])
    _losses(axes[0], run)
    for ax, channel in zip(axes[1:], lower, strict=True):
        _curve(ax, run[channel])
        _scale(ax, run[channel].values)
        ax.set_ylabel(_plain(run[channel].name))
    _onsets(axes, diagnosis)
    axes[-1].set_xlabel(run.axis)
    name = f"{run.path} [{run.name}]" if run.name else run.path
    axes[0].set_title(f"{_plain(name)[-60:]}: {diagnosis.verdict.value}", loc="left", fontsize=7)
    return figure


def thinned(x: Floats, y: Floats, most: int = _MOST_POINTS) -> tuple[Floats, Floats]:
    """Keep the lowest and the highest point of each stretch, so that no spike is lost.

    Parameters
    ----------
    x, y
        float64[n].
    most
        About how many points are kept.
    """
    if len(y) <= most:
        return x, y
    edges = np.linspace(0, len(y), most // 2 + 1).astype(int)
    finite = np.where(np.isfinite(y), y, np.nanmin(y, initial=np.inf))
    kept = [
        place
        for a, b in itertools.pairwise(edges)
        for place in sorted({a + int(finite[a:b].argmin()), a + int(finite[a:b].argmax())})
    ]
    return x[kept], y[kept]


def _losses(ax: Axes, run: Run) -> None:
    shown = [s for c in (Channel.TRAIN_LOSS, Channel.VAL_LOSS) if (s := run.get(c)) is not None]
    for series in shown:
        _curve(ax, series)
    _scale(ax, np.concatenate([s.values for s in shown]))
    ax.legend(fontsize=6)
    ax.set_ylabel("loss")


def _curve(ax: Axes, series: Series) -> None:
    keep = np.isfinite(series.values)
    x, y = thinned(series.steps[keep], series.values[keep])
    few = "." if len(y) <= 60 else ""
    ax.plot(x, y, marker=few, ms=2.5, color=_COLOURS[series.channel], label=_plain(series.name))


def _scale(ax: Axes, values: Floats) -> None:
    if log_helps(values):
        ax.set_yscale("log")


def _onsets(axes: list[Axes], diagnosis: Diagnosis) -> None:
    """Mark where findings begin; their codes stand above the losses."""
    for finding in diagnosis.findings:
        colour = _ONSETS.get(finding.severity)
        if colour is None:
            continue
        for ax in axes:
            ax.axvline(finding.onset.step, color=colour, lw=0.6, ls="--")
        axes[0].annotate(
            finding.code,
            (finding.onset.step, 1.0),
            xycoords=("data", "axes fraction"),
            fontsize=5,
            rotation=90,
            va="top",
            ha="right",
            color=colour,
        )


def _plain(text: str) -> str:
    """Make text from a log safe for Matplotlib, which reads dollar signs as mathematics."""
    return clean(text).replace("$", r"\$")
