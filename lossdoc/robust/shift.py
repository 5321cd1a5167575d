"""A level that steps up once and stays: other data from there on, or another loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median, quantile, row_medians
from lossdoc.robust.stats import (
    MEDIAN_SE,
    block_medians,
    difference_noise,
    mann_kendall,
    running_median,
)

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

FEWEST = 60
LEAST_RATIO = 1.3
LEAST_DROP = 0.05
LEAST_Z = 6.0
"""A step multiplies the level by so much, is so large a share of the drop, and so many standard
errors of the levels before and after it."""

_BLOCKS, _FEWEST_LEVELS = 200, 5
_WINDOW = 0.05
"""Share of the run on either side that its levels are measured on; also how long a step lasts at
least: the tail of a spike is gone by then."""

_FLANK, _NEAR = 3, 0.25
"""Points next to the step that must be near its foot and its top, by this share of it: else it is
a climb."""

_OVERSHOOT = 2.5
"""A spike overshoots the level after it by more than so many times the step."""

_RIVAL = 0.5
"""Another step up of this share of the largest: a loss that moves up and down has many."""

_BACK = 0.5
"""Share of a step that a training loss must have made good where nothing else tells that it is
learning on."""

_LOW = 0.5
"""A level below this share of the start is not that of a network that has come to harm for good: it
would have learned again, or lie dead at its start."""

_WANDERS = 3.0
"""Standard errors by which halves of a level may differ, that nothing happens on."""

_VAL_LEAST, _VAL_FELL = 2, 0.98
"""Evaluations on either side, and how much lower the last of them must be."""


class Shift(NamedTuple):
    """A step up of a curve."""

    i: int
    """First point at the new level."""
    before: float
    after: float


def split(values: Floats) -> int:
    """Index that parts values into two stretches of different means, by least squares.

    The statistic is that of cumulative sums: its square is the reduction of the sum of squares.
    0 if there are fewer than two values.

    References
    ----------
    Hinkley 1970, Inference about the change-point in a sequence of random variables, Biometrika
    57:1.
    """
    n = len(values)
    if n < 2:
        return 0
    k = np.arange(1, n)
    sums = np.cumsum(values - values.mean())[:-1]
    return 1 + int(np.argmax(np.abs(sums) / np.sqrt(k * (n - k))))


def level_shift(c: Curve) -> Shift | None:
    """Return the step up of a curve after which the level stays higher for a while, if it has one.

    Found between the medians of blocks, placed by `split`; on the axis of the logarithm where all
    values are positive.
    """
    if c.n < FEWEST:
        return None
    values = np.log(c.y) if c.positive else c.y
    levels = block_medians(values, _BLOCKS)
    w = max(round(_WINDOW * len(levels)), _FEWEST_LEVELS)
    size = c.n / len(levels)
    steps = _steps(levels, w)
    j = int(np.argmax(steps))
    # The window of the refinement holds no more than what the step was seen in.
    low, high = int((j - w) * size), min(int(np.ceil((j + w) * size)), c.n)
    lowest, highest = (quantile(values[low:high], share) for share in (0.05, 0.95))
    i = low + split(np.clip(values[low:high], lowest, highest))
    rivals = np.concatenate((steps[: max(j - 2 * w, 0)], steps[j + 2 * w + 1 :]))
    found = Shift(i, median(c.y[low:i]), median(c.y[i:high])) if low < i < high else None
    if found is None or (len(rivals) and rivals.max() >= _RIVAL * steps[j]):
        return None
    return found if _is_step(c, values, found, low, high) else None


def harmless_shift(case: Case) -> Shift | None:
    """Return the step up of the training loss from which the run learns on, if there is one.

    The validation loss falls on through it. Where none was logged, the training loss comes down
    again, or is at rest at once, far below its start: no damage is done in a single step, leaves
    so much and never heals. A rate that rises there explains it otherwise.
    """
    c = case.train
    found = None if c is None else level_shift(c)
    if c is None or found is None:
        return None
    # Of a log without its beginning, the validation loss may tell where losses come from.
    highest = max(abs(c.start), 0.0 if case.val is None else abs(case.val.start))
    if found.after > LEAST_RATIO * highest:
        return None
    x, margin = float(c.x[found.i]), 0.02 * c.span
    if case.rate is not None and case.rate.rises_within(x - margin, x + margin):
        return None
    return found if _goes_on(case, c, found) else None


def _steps(levels: Floats, w: int) -> Floats:
    """Rise from the median of ``w`` levels before each place to that of ``w`` after; -inf at the ends."""
    n = len(levels)
    steps = np.full(n, -np.inf)
    if n > 2 * w:
        medians = row_medians(np.lib.stride_tricks.sliding_window_view(levels, w))
        steps[w : n - w + 1] = medians[w:] - medians[:-w]
    return steps


def _is_step(c: Curve, values: Floats, s: Shift, low: int, high: int) -> bool:
    """Whether a rise is high enough, sudden, no spike, and lasts."""
    before, after = values[low : s.i], values[s.i : high]
    step = median(after) - median(before)
    noise = max(difference_noise(before), difference_noise(after))
    error = MEDIAN_SE * noise * np.sqrt(1 / len(before) + 1 / len(after))
    rise = s.after - s.before
    enough = rise >= LEAST_DROP * c.drop and step >= max(LEAST_Z * error, 1e-300)
    if not enough or (c.positive and s.after < LEAST_RATIO * s.before):
        return False
    foot = median(before)
    sudden = median(before[-_FLANK:]) < foot + _NEAR * step
    sudden &= median(after[:_FLANK]) > foot + (1 - _NEAR) * step
    width = (high - low) // 2
    lasts = median(values[s.i + width // 2 : s.i + width]) >= foot + step / 2
    top = float(running_median(c.y[s.i : high], 3).max())
    return bool(sudden) and lasts and top <= s.before + _OVERSHOOT * rise


def _goes_on(case: Case, c: Curve, s: Shift) -> bool:
    """Whether the run learns on after a step."""
    v = case.val
    if v is not None:
        x = float(c.x[s.i])
        earlier, later = v.y[v.x < x], v.y[v.x >= x]
        if min(len(earlier), len(later)) >= _VAL_LEAST:
            return v.end < _VAL_FELL * median(earlier[-3:])
    if s.after > LEAST_RATIO * abs(c.start):
        return False
    after = c.y[s.i :]
    back = s.after - c.end >= _BACK * (s.after - s.before)
    return (back and mann_kendall(after) < -2.33) or _at_rest(c, s, after)


def _at_rest(c: Curve, s: Shift, after: Floats) -> bool:
    """Whether a loss is at its new level from the first point on, far below its start."""
    quarters = block_medians(after, 4)
    error = MEDIAN_SE * difference_noise(after) * np.sqrt(2.0 / max(len(after) // 4, 1))
    still = float(np.ptp(quarters)) <= max(_WANDERS * error, _NEAR * (s.after - s.before))
    return still and bool(quarters.max() <= s.before + _LOW * (c.start - s.before))
