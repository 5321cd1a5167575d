"""A loss curve prepared for judgement: levels, noise, smoothing and scale, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import median
from lossdoc.robust.stats import MEDIAN_SE, difference_noise, mad, running_median

if TYPE_CHECKING:
    from lossdoc.model import Floats, Ints, Series

_SUMMARY_ROW_JUMP = 12.0
_SUMMARY_ROW_NEIGHBOURS = 6.0
"""A last row this many times beyond the median step, and beyond the last six steps, is the
evaluation of restored weights or a mean over the run, not a point of the curve."""

_DRAW_NOISE = 0.05
"""With more batch noise than this share of the level, one batch says little about the start."""

_BLOWN_UP = 3.0
"""Second to fifth values that all lie above this many times the first one are no draw ..."""

_ONE_SIZE = 5.0
"""... where the largest of them is no more than so many times the smallest."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Finite points of one series, with everything the rules measure levels against.

    Parameters
    ----------
    name
        Column in the log.
    x, y
        float64[n], n >= 1: steps and finite values.
    rows
        int64[n].
    start_hint
        Value of an evaluation before the first step, if there was one.
    ahead
        Length of the run as it is planned over its length so far; 1 where it has ended.
    """

    name: str
    x: Floats
    y: Floats
    rows: Ints
    start_hint: float | None = None
    ahead: float = 1.0

    @classmethod
    def of(
        cls, series: Series, start_hint: float | None = None, ahead: float = 1.0
    ) -> Curve | None:
        """Prepare a series; None where it has no finite value."""
        keep = np.isfinite(series.values)
        if not keep.any():
            return None
        x, y, rows = series.steps[keep], series.values[keep], series.rows[keep]
        if keep[-1] and _ends_with_summary_row(y):
            x, y, rows = x[:-1], y[:-1], rows[:-1]
        return cls(series.name, x, y, rows, start_hint, ahead)

    def part(self, start: int, stop: int) -> Curve:
        """Points start..stop-1 as a curve of their own."""
        cut = slice(start, stop)
        hint = self.start_hint if start == 0 else None
        return Curve(self.name, self.x[cut], self.y[cut], self.rows[cut], hint)

    @cached_property
    def n(self) -> int:
        """Number of points."""
        return len(self.y)

    @cached_property
    def span(self) -> float:
        """Steps between the first and the last point."""
        return float(self.x[-1] - self.x[0])

    @cached_property
    def where(self) -> Floats:
        """Position of each point within the curve, 0 to 1."""
        return (self.x - self.x[0]) / self.span if self.span > 0 else np.linspace(0, 1, self.n)

    def early(self, share: float) -> int:
        """Number of points in the first share of the run, of all that it is planned to have."""
        return min(int(share * self.ahead * self.n), self.n)

    @cached_property
    def begins_at(self) -> float:
        """Share of the axis that lies before the first point: a descent may hide there."""
        last = float(self.x[-1]) * self.ahead
        return max(float(self.x[0]) / last, 0.0) if last > 0 else 1.0

    @cached_property
    def sd(self) -> float:
        """Noise between neighbouring points, over the last two thirds."""
        return difference_noise(self.y[self.n // 3 :]) if self.n >= 6 else difference_noise(self.y)

    @cached_property
    def sd_early(self) -> float:
        """Noise between neighbouring points, over the first third."""
        return difference_noise(self.y[: max(self.n // 3, 3)])

    @cached_property
    def start(self) -> float:
        """Level at the start (L0).

        The first value, since runs explode or converge within a few steps; the median of five
        where single batches are a draw, unless all of the others lie far above the first: that is
        no draw, but a run that blew up at once; an evaluation before the first step where it
        agrees.
        """
        first = float(self.y[0])
        if self.n >= 20 and self.sd > _DRAW_NOISE * abs(first):
            first = first if _blown_up_at_once(self.y[:5]) else median(self.y[:5])
        hint = self.start_hint
        if hint is not None and first > 0 and first / 1.5 <= hint <= 1.5 * first:
            return hint
        return first

    @cached_property
    def scale_hint(self) -> float:
        """Drop seen by a fixed narrow smoother: only sizes the window of the real one."""
        rough = running_median(self.y, max(self.n // 40, 1) | 1)
        return max(self.start - float(rough.min()), 0.1 * abs(self.start), 1e-300)

    @cached_property
    def window(self) -> int:
        """Points of the smoother: as many as bring its standard error to 2 % of the drop."""
        longest = max(self.n // 8, 3)
        ratio = MEDIAN_SE * self.sd / (0.02 * self.scale_hint)
        # A flat curve has no drop to compare with: the bound, not the square, decides then.
        wanted = int(min(ratio, 1e4) ** 2)
        return int(np.clip(wanted, min(5, longest), longest)) | 1

    @cached_property
    def smooth(self) -> Floats:
        """Running median of the points."""
        return running_median(self.y, self.window)

    @cached_property
    def i_best(self) -> int:
        """Index of the lowest smoothed level."""
        return int(np.argmin(self.smooth))

    @cached_property
    def best(self) -> float:
        """Lowest smoothed level."""
        return float(self.smooth[self.i_best])

    @cached_property
    def end(self) -> float:
        """Level of the last points."""
        return median(self.y[-self.tail :])

    @cached_property
    def tail(self) -> int:
        """Number of points that make up the end level."""
        return self.window if self.n >= 12 else 1

    @cached_property
    def sigma(self) -> float:
        """Noise about the smoothed curve in its second half, at least the difference noise.

        Residuals of a three-point median are zero by construction, so short curves need both.
        """
        residual = (self.y - self.smooth)[self.n // 2 :]
        return max(mad(residual), self.sd)

    @cached_property
    def se(self) -> float:
        """Standard error of a smoothed level."""
        return float(MEDIAN_SE * self.sigma / np.sqrt(min(self.window, max(self.tail, 1))))

    @cached_property
    def drop(self) -> float:
        """Scale of the curve (D): from the start to the best level, at least a tenth of it."""
        return max(self.start - self.best, 0.1 * abs(self.start), 1e-300)

    @cached_property
    def rise(self) -> float:
        """How much of the drop was lost again at the end."""
        return (self.end - self.best) / self.drop

    @cached_property
    def positive(self) -> bool:
        """Whether ratios and logarithms of the values make sense."""
        return bool((self.y > 0).all())

    def at(self, x: float) -> int:
        """Index of the first point at or after ``x`` (the last one if there is none)."""
        return min(int(np.searchsorted(self.x, x)), self.n - 1)

    def mean_between(self, low: float, high: float) -> float:
        """Median of the points whose position lies in [low, high]; NaN if there is none."""
        part = self.y[(self.where >= low) & (self.where <= high)]
        return median(part) if len(part) else float("nan")


def _ends_with_summary_row(y: Floats) -> bool:
    """Whether the last value belongs to a summary (restored weights, mean of the run)."""
    if len(y) < 10:
        return False
    steps = np.abs(np.diff(y))
    jump = steps[-1]
    if jump <= _SUMMARY_ROW_JUMP * median(steps[:-1]):
        return False
    # A blow-up is no summary: those stay within what the run has seen.
    within = y[:-1].min() - jump <= y[-1] <= y[:-1].max()
    return bool(jump > _SUMMARY_ROW_NEIGHBOURS * steps[-7:-1].max() and within)


def _blown_up_at_once(values: Floats) -> bool:
    """Whether the first value lies far below the others, and these are of one size.

    Losses of single samples differ by orders of magnitude: a low first one says nothing there.
    """
    first, others = float(values[0]), values[1:]
    low, high = float(others.min()), float(others.max())
    return first > 0 and low > _BLOWN_UP * first and high <= _ONE_SIZE * low
