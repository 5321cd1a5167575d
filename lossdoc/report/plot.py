"""A curve in the terminal: braille dots, the onset as a dashed line, gaps where it was not finite.

Why the dots are our own: docs/adr/0011-own-dots-for-curves.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import quantile
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
_BRAILLE = 0x2800
_BITS = np.array([[1, 8], [2, 16], [4, 32], [64, 128]])
"""Bit of every dot of a braille character, the top row first."""


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
    values, labels = clipped(series.values)
    gutter = max(map(len, labels)) + 2
    columns = width - gutter
    if columns < _NARROWEST:
        return []
    logarithmic = log_helps(values)
    rows = np.rint(scaled(values, logarithmic) * (4 * height - 1))
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


def clipped(values: Floats) -> tuple[Floats, tuple[str, str]]:
    """Values for the drawing with the labels of its top and bottom.

    An explosion over sixty decades would press everything else into one line: positive values
    are cut two decades beyond what 95 % of them reach, and the label says so.
    """
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    if not log_helps(values):
        return values, (tick(high), tick(low))
    bottom, top = usual(finite)
    labels = (
        tick(high) if top == high else f"≥ {tick(top)}",
        tick(low) if bottom == low else f"≤ {tick(bottom)}",
    )
    inside = np.clip(values, bottom, top)
    return np.where(np.isfinite(values), inside, np.nan), labels


def usual(finite: Floats) -> tuple[float, float]:
    """Lowest and highest of positive values that a log scale shows: two decades beyond the usual.

    Parameters
    ----------
    finite
        float64[n], n > 0.
    """
    low, high = float(finite.min()), float(finite.max())
    ends = quantile(finite, 0.05), quantile(finite, 0.95)
    # A division cannot overflow here, a product could.
    top = ends[1] * _BEYOND if high / _BEYOND > ends[1] else high
    return max(low, ends[0] / _BEYOND), top


def _title(series: Series, logarithmic: bool) -> Line:
    notes = (", log scale" if logarithmic else "") + (
        ", × not finite" if not np.isfinite(series.values).all() else ""
    )
    return [span(series.name, "label"), Span(notes, "dim")]


def sparkline(values: Floats, width: int = 16) -> str:
    """Draw values in one row of blocks; nothing where fewer than two are finite."""
    if np.isfinite(values).sum() < 2:
        return ""
    heights = scaled(values, log_helps(values))
    parts = np.array_split(heights, min(width, len(heights)))
    means = [
        float(part[np.isfinite(part)].mean()) if np.isfinite(part).any() else None for part in parts
    ]
    return "".join(" " if m is None else _BLOCKS[round(m * (len(_BLOCKS) - 1))] for m in means)


def scaled(values: Floats, logarithmic: bool) -> Floats:
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
    bottom, top = _strokes(curve, 2 * columns)
    rows = np.arange(4 * height)[::-1, None]
    with np.errstate(invalid="ignore"):
        dots = (rows >= bottom) & (rows <= top)
    cells = dots.reshape(height, 4, columns, 2) * _BITS[:, None, :]
    codes = cells.sum(axis=(1, 3)).tolist()
    return ["".join(chr(_BRAILLE + n) if n else " " for n in row) for row in codes]


def _strokes(curve: _Curve, width: int) -> tuple[Floats, Floats]:
    """Lowest and highest dot of every dot column, NaN where there is none.

    A column spans its own points and the line to its neighbours, half of the way each; a line
    that leads to a value that is not finite is not drawn.
    """
    starts = np.flatnonzero(np.diff(curve.x, prepend=curve.x[0] - 1))
    ends = np.append(starts[1:], len(curve.x)) - 1
    at = curve.x[starts]
    span = np.full((4, width), np.nan)
    span[0, at] = np.fmin.reduceat(curve.y, starts)
    span[1, at] = np.fmax.reduceat(curve.y, starts)
    corners = np.stack([at - 0.25, at + 0.25], axis=1).ravel()
    levels = np.stack([curve.y[starts], curve.y[ends]], axis=1).ravel()
    between = np.interp(np.arange(width - 1) + 0.5, corners, levels, left=np.nan, right=np.nan)
    span[2, 1:] = span[3, :-1] = between
    bottom, top = np.fmin.reduce(span), np.fmax.reduce(span)
    # A quarter of a dot off either end keeps a gentle slope one dot thin.
    thin = np.where(top - bottom < 0.5, (bottom + top) / 2, np.nan)
    return np.rint(np.fmin(bottom + 0.25, thin)), np.rint(np.fmax(top - 0.25, thin))


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
