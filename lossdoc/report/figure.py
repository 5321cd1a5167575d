"""A picture of a run: losses, learning rate and gradient norm on one axis, onsets marked.

Drawn with Matplotlib's ``Figure`` alone (no pyplot, no display); the same diagnosis gives the same
bytes.
"""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.arrays import median
from lossdoc.model import Channel
from lossdoc.report import facts
from lossdoc.report.figure_axes import scale_axis, step_axis
from lossdoc.report.figure_onsets import mark, of_all, onsets
from lossdoc.report.figure_points import MOST_POINTS, pieces, thinned
from lossdoc.report.plot import log_helps
from lossdoc.report.spans import clean
from lossdoc.robust import block_medians
from lossdoc.runfacts import extent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lossdoc.model import Diagnosis, Finding, Run, Series
    from lossdoc.report.figure_axes import Scale

_COLUMN = 3.25
"""Width of a column of a paper, inches."""


_SMOOTH_FROM = 150
"""Points from which a curve is drawn faint, with block medians above it."""

_BLOCKS = 100


_ZOOM = 0.1
"""Share of the run that a close-up shows on either side of an onset."""


# Okabe and Ito's colours, which people of all kinds of colour vision tell apart.
COLOURS = {
    Channel.TRAIN_LOSS: "#0072B2",
    Channel.VAL_LOSS: "#D55E00",
    Channel.LEARNING_RATE: "#009E73",
    Channel.GRAD_NORM: "#CC79A7",
}
_OTHER = "#56B4E9"

_NAME = 14
"""Characters of a name that stands beside an axis."""


@functools.cache
def style() -> dict[Any, Any]:
    """Return Matplotlib's settings for our figures: those of ``lossdoc.mplstyle``."""
    from matplotlib import rc_params_from_file

    return rc_params_from_file(
        Path(__file__).with_name("lossdoc.mplstyle"), use_default_template=False
    )


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Draw in our style, without a word about odd names: a letter that the font lacks becomes a box."""
    from matplotlib import rc_context

    with rc_context(style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph|constrained_layout")
        yield


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
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    made = io.BytesIO()
    with drawing():
        drawn = draw(diagnosis, title=True)
        drawn.savefig(made, format=kind, dpi=dots_per_inch, metadata=metadata)
    return made.getvalue()


def draw(
    diagnosis: Diagnosis,
    *,
    width: float = _COLUMN,
    scale: Scale = "auto",
    title: bool = False,
    drivers: bool = True,
    most: int = MOST_POINTS,
    kind: type[Figure] | None = None,
) -> Figure:
    """Draw a diagnosis whose log could be read: the losses above, what drives them below.

    Parameters
    ----------
    width
        Inches.
    scale
        Of the losses; what suits them if not given.
    title
        Whether the name of the run and the verdict stand above.
    drivers
        Whether learning rate and gradient norm are drawn.
    most
        About how many points of a curve are drawn.
    kind
        Class of the figure; Matplotlib's own if None.

    Raises
    ------
    ValueError
        Nothing was read.
    """
    from matplotlib.figure import Figure

    run = _read(diagnosis)
    lower = [c for c in (Channel.LEARNING_RATE, Channel.GRAD_NORM) if c in run and drivers]
    rows = [2.0, *(0.8 for _ in lower)]
    with drawing():
        size = (width, 0.75 * sum(rows) + 0.5)
        figure = (kind or Figure)(figsize=size, layout="constrained")
        grid = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=rows)
        axes = list(grid[:, 0])
        losses(axes[0], run, scale=scale, most=most)
        for ax, channel in zip(axes[1:], lower, strict=True):
            _curve(ax, run[channel], most=most)
            scale_axis(ax, run[channel].values, few=True)
            ax.set_ylabel(_beside_axis(run[channel].name))
        onsets(axes, diagnosis)
        figure.align_ylabels(axes)
        axes[-1].set_xlabel(run.axis)
        if title:
            _title(axes[0], run, diagnosis)
    return figure


def draw_losses(diagnosis: Diagnosis, ax: Axes) -> None:
    """Draw the losses of a diagnosis, with the onsets, into axes of somebody else's figure.

    Raises
    ------
    ValueError
        Nothing was read.
    """
    from matplotlib import rc_context

    run = _read(diagnosis)
    with rc_context({"text.parse_math": False}):
        losses(ax, run)
        onsets([ax], diagnosis)
        ax.set_xlabel(run.axis)
        _title(ax, run, diagnosis)


def zoom(diagnosis: Diagnosis, finding: Finding, *, width: float = _COLUMN) -> Figure | None:
    """Draw the series of a finding close to its onset; None where there is nothing to see."""
    from matplotlib.figure import Figure

    run = diagnosis.run
    span = extent(run) if run else None
    if run is None or span is None or run.restarts or of_all(finding, span[0]):
        return None
    series = next((s for s in run.series if s.name == finding.series), None)
    if series is None:
        return None
    reach = _ZOOM * (span[1] - span[0])
    near = np.abs(series.steps - finding.onset.step) <= reach
    shown = near & np.isfinite(series.values)
    if shown.sum() < 3 or near.all():
        return None
    with drawing():
        figure = Figure(figsize=(width, 1.3), layout="constrained")
        ax = figure.subplots()
        x, y = thinned(series.steps[shown], series.values[shown], 400)
        colour = COLOURS.get(series.channel, _OTHER)
        ax.plot(x, y, marker="." if len(y) <= 60 else "", ms=2.5, color=colour)
        scale_axis(ax, series.values[near])
        ax.set_ylabel(_beside_axis(series.name))
        mark(ax, [finding])
        middle = finding.onset.step
        ax.set_xlim(max(span[0], middle - reach), min(span[1], middle + reach))
        step_axis(ax)
        ax.set_xlabel(run.axis)
    return figure


def other_scale(run: Run) -> Scale | None:
    """Scale on which `draw` does not show the losses, where they can be shown on it."""
    values = np.concatenate([s.values for s in _upper(run)] or [np.empty(0)])
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    if log_helps(values):
        return "linear"
    return "log" if finite.min() > 0 else None


def losses(ax: Axes, run: Run, *, scale: Scale = "auto", most: int = MOST_POINTS) -> None:
    """Draw the losses of a run, or what else tells how it went."""
    shown = _upper(run)
    for series in shown:
        _curve(ax, series, most=most)
    if shown:
        scale_axis(ax, np.concatenate([s.values for s in shown]), scale)
    named = any(s.channel in {Channel.TRAIN_LOSS, Channel.VAL_LOSS} for s in shown)
    ax.set_ylabel("loss" if named or not shown else _beside_axis(shown[0].name))
    step_axis(ax)


def _read(diagnosis: Diagnosis) -> Run:
    if diagnosis.run is None:
        raise ValueError("nothing was read, so there is nothing to draw")
    return diagnosis.run


def _title(ax: Axes, run: Run, diagnosis: Diagnosis) -> None:
    name = f"{run.path} [{run.name}]" if run.name else run.path
    told = f"{plain(name)[-60:]}: {diagnosis.verdict.value}"
    ax.set_title(told, loc="left", fontsize="medium")


def plain(text: str, most: int = 60) -> str:
    """Return text from a log on one line, short enough for a picture."""
    text = clean(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _beside_axis(name: str) -> str:
    """Return the last part of a name, where the whole is too long to stand beside an axis."""
    short = name if len(name) <= _NAME else name.rpartition("/")[2] or name
    return plain(short, _NAME)


def _upper(run: Run) -> list[Series]:
    """Series of the upper panel: the losses, or what else tells how the run went."""
    found = [s for c in (Channel.TRAIN_LOSS, Channel.VAL_LOSS) if (s := run.get(c)) is not None]
    other = None if found else facts.principal(run)
    return [*found, *([other] if other is not None else [])]


def _curve(ax: Axes, series: Series, *, most: int) -> None:
    """Draw a series; where there are many points, faint behind their block medians."""
    colour = COLOURS.get(series.channel, _OTHER)
    keep = np.isfinite(series.values)
    stretches = list(pieces(series.steps[keep], series.values[keep]))
    total = sum(len(y) for _, y in stretches)
    smooth = total >= _SMOOTH_FROM and series.channel in {Channel.TRAIN_LOSS, Channel.VAL_LOSS}
    label = plain(series.name)
    for number, (x, y) in enumerate(stretches):
        told = None if number else label
        share = len(y) / total
        few = "." if total <= 60 else ""
        raw = thinned(x, y, max(4, round(most * share)))
        faint = {"alpha": 0.4, "lw": 0.5} if smooth else {"label": told}
        ax.plot(*raw, marker=few, ms=2.5, color=colour, **faint)
        if smooth:
            blocks = max(2, round(_BLOCKS * share))
            level = block_medians(y, blocks)
            places = [median(part) for part in np.array_split(x, len(level))]
            ax.plot(places, level, color=colour, lw=1.1, label=told)
