"""A curve in the terminal: braille dots, the onset as a dashed line, gaps where it was not finite.

The dots are plotille's; scale, axis, onset and gaps are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.report.phrases import coordinate, position, tick
from lossdoc.report.spans import Line, Span, cells, span, width_of

if TYPE_CHECKING:
    from lossdoc.model import Floats, Ints, Series

_LOG_FROM = 1.5
"""Decades from which a positive curve is drawn on a log scale."""

_BEYOND = 100.0
"""How far beyond the usual values a log scale goes."""

_BLOCKS = "▁▂▃▄▅▆▇█"
_NARROWEST = 12
_BRAILLE_BLANK = "\u2800"


class _Curve(NamedTuple):
    """Points on the dot grid.

    Parameters
    ----------
    x
        int64[n], dot column of every point, never decreasing.
    y
        float64[n], dot row from the bottom; NaN where the value was not finite.
    """

    x: Ints
    y: Floats


def log_helps(values: Floats) -> bool:
    """Whether values are all positive and spread over more than a decade and a half."""
    finite = values[np.isfinite(values)]
    if not len(finite) or finite.min() <= 0:
        return False
    return bool(np.log10(finite.max()) - np.log10(finite.min()) > _LOG_FROM)


def curve_plot(
    series: Series, *, axis: str, width: int, onset: float | None = None, height: int = 7
) -> list[Line]:
    """Draw a series.

    Parameters
    ----------
    series
        Steps must not decrease.
    axis
        What the steps count.
    width, height
        Columns in all, and rows of the drawing without title and axis.
    onset
        Step to mark.

    Returns
    -------
    list of Line
        Empty where fewer than two points are finite, or the terminal is too narrow.
    """
    if np.isfinite(series.values).sum() < 2:
        return []
    values, labels = _clipped(series.values)
    gutter = max(map(len, labels)) + 2
    columns = width - gutter
    if columns < _NARROWEST:
        return []
    logarithmic = log_helps(values)
    rows = np.rint(_scaled(values, logarithmic) * (4 * height - 1))
    curve = _Curve(_column(series.steps, series.steps, columns), rows)
    mark = None if onset is None else _column(series.steps, np.array([onset]), columns)[0] // 2
    lines = [_title(series, logarithmic)]
    for i, row in enumerate(_dots(curve, columns, height)):
        label = labels[0] if i == 0 else labels[1] if i == height - 1 else ""
        lines.append([Span(f"{label:>{gutter - 2}} ┤", "dim"), *_marked(row, mark)])
    lines.append([Span(" " * (gutter - 1) + "└", "dim"), *_axis(curve, columns, mark)])
    caption = None if onset is None else position(axis, onset)
    lines.append([Span(" " * gutter), *_caption(series.steps, columns, mark, caption)])
    return lines


def _clipped(values: Floats) -> tuple[Floats, tuple[str, str]]:
    """Values for the drawing with the labels of its top and bottom.

    An explosion over sixty decades would press everything else into one line: positive values
    are cut two decades beyond what 95 % of them reach, and the label says so.
    """
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    if not log_helps(values):
        return values, (tick(high), tick(low))
    usual = np.quantile(finite, [0.05, 0.95])
    # A division cannot overflow here, a product could.
    top = usual[1] * _BEYOND if high / _BEYOND > usual[1] else high
    bottom = max(low, usual[0] / _BEYOND)
    labels = (
        tick(high) if top == high else f"≥ {tick(top)}",
        tick(low) if bottom == low else f"≤ {tick(bottom)}",
    )
    inside = np.clip(values, bottom, top)
    return np.where(np.isfinite(values), inside, np.nan), labels


def _title(series: Series, logarithmic: bool) -> Line:
    notes = (", log scale" if logarithmic else "") + (
        ", × not finite" if not np.isfinite(series.values).all() else ""
    )
    return [span(series.name, "label"), Span(notes, "dim")]


def sparkline(values: Floats, width: int = 16) -> str:
    """Draw values in one row of blocks; nothing where fewer than two are finite."""
    if np.isfinite(values).sum() < 2:
        return ""
    scaled = _scaled(values, log_helps(values))
    parts = np.array_split(scaled, min(width, len(scaled)))
    means = [
        float(part[np.isfinite(part)].mean()) if np.isfinite(part).any() else None for part in parts
    ]
    return "".join(" " if m is None else _BLOCKS[round(m * (len(_BLOCKS) - 1))] for m in means)


def _scaled(values: Floats, logarithmic: bool) -> Floats:
    """Values on [0, 1], NaN where not finite; a constant lies in the middle."""
    shown = np.where(np.isfinite(values), values, np.nan)
    if logarithmic:
        shown = np.log(shown)
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    # Halved first, since the range of two finite numbers may not be finite.
    half_range = high / 2 - low / 2
    if half_range == 0:
        return np.where(np.isnan(shown), np.nan, 0.5)
    return np.clip((shown / 2 - low / 2) / half_range, 0.0, 1.0)


def _column(steps: Floats, at: Floats, columns: int) -> Ints:
    """Dot columns of steps; there are two per character."""
    low, high = float(steps.min()), float(steps.max())
    share = (at - low) / (high - low) if high > low else np.full(len(at), 0.5)
    return np.rint(np.clip(share, 0.0, 1.0) * (2 * columns - 1)).astype(np.int64)


def _dots(curve: _Curve, columns: int, height: int) -> list[str]:
    """Rows of braille characters, the top one first."""
    from plotille import Canvas  # type: ignore[import-untyped]  # it ships no types

    canvas = Canvas(columns, height, 0, 0, 2 * columns, 4 * height)
    finite = np.isfinite(curve.y)
    starts = np.flatnonzero(np.diff(curve.x, prepend=curve.x[0] - 1))
    low = np.minimum.reduceat(np.where(finite, curve.y, np.inf), starts)
    high = np.maximum.reduceat(np.where(finite, curve.y, -np.inf), starts)
    ends = np.append(starts[1:], len(curve.x)) - 1
    previous: tuple[int, int] | None = None
    for start, end, bottom, top in zip(starts, ends, low, high, strict=True):
        x = int(curve.x[start])
        if bottom <= top:
            canvas.line(x, int(bottom), x, int(top))
        if previous is not None and finite[start]:
            canvas.line(*previous, x, int(curve.y[start]))
        previous = (x, int(curve.y[end])) if finite[end] else None
    return [row.replace(_BRAILLE_BLANK, " ") for row in canvas.plot().split("\n")]


def _marked(row: str, mark: int | None) -> Line:
    """One row of dots, the onset drawn where it hides nothing."""
    row = row.rstrip()
    if mark is None or (mark < len(row) and row[mark] != " "):
        return [Span(row, "curve")]
    row = row.ljust(mark)
    return [Span(row[:mark], "curve"), Span("╎", "onset"), Span(row[mark + 1 :], "curve")]


def _axis(curve: _Curve, columns: int, mark: int | None) -> Line:
    """The axis, crossed out where nothing but NaN or infinities was logged."""
    finite = np.isfinite(curve.y)
    glyphs = ["─"] * columns
    for i in np.setdiff1d(curve.x[~finite] // 2, curve.x[finite] // 2):
        glyphs[i] = "×"
    if mark is not None:
        glyphs[mark] = "┴"
    return [Span("".join(glyphs), "dim")]


def _caption(steps: Floats, columns: int, mark: int | None, text: str | None) -> Line:
    """First step, marked onset and last step, as far as there is room."""
    ends = coordinate(float(steps.min())), coordinate(float(steps.max()))
    if mark is None or text is None:
        return [Span(f"{ends[0]}{ends[1]:>{columns - len(ends[0])}}", "dim")]
    fits = mark + 2 + cells(text) <= columns
    text, start = (f"▲ {text}", mark) if fits else (f"{text} ▲", mark - cells(text) - 1)
    line: Line = [Span(ends[0], "dim")] if start > len(ends[0]) else []
    line += [Span(" " * (max(start, 0) - width_of(line))), Span(text, "onset")]
    room = columns - width_of(line)
    return [*line, Span(f"{ends[1]:>{room}}", "dim")] if room > len(ends[1]) else line
