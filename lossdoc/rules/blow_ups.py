"""The ways in which a loss leaves the healthy range for good: clauses of LD102."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import quantile
from lossdoc.robust import block_medians, difference_noise, median, running_median
from lossdoc.robust.shift import LEAST_RATIO, harmless_shift
from lossdoc.robust.stats import MEDIAN_SE
from lossdoc.rules.base import number, times
from lossdoc.rules.chance import uniform_level

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_NOISES = 3.0
"""Standard deviations of the logarithm by which a rise must exceed its limit."""

_LUCKY = 1.1
"""Times its first values: up to this a loss has only lost the luck that first answers may have."""

_AT_REST = 1.02
"""Times the level of its end, above which a loss that rests there never is."""

_HELD = 20
"""A level was held if it is the median of this part of the run."""


class Blow(NamedTuple):
    """What a clause saw: the index of the onset, how it is told, and its size."""

    i: int
    text: str
    size: float
    threshold: float
    measure: str


def far_above(c: Curve, limit: float) -> Blow | None:
    """Whether all of the last fifth lies at ``limit`` times the start or more."""
    tail = c.y[-max(3, c.n // 5) :]
    if c.n < 4 or c.start <= 0 or len(tail) >= c.n:
        return None
    ratio = median(tail) / c.start
    if tail.min() < limit * c.start or ratio < 1.5 * limit:
        return None
    text = f"ends at {times(ratio)} its start"
    return Blow(onset(c), text, ratio, limit, "end_over_start")


def grew(c: Curve, share: float) -> Blow | None:
    """Whether the end lies above the start by a share of it, and the whole drop was lost."""
    margin = max(share * abs(c.start), 6 * c.se, 1e-300)
    if c.end <= c.start + margin or c.rise < 1:
        return None
    text = f"rose from {number(c.best)} to {number(c.end)}, above its start {number(c.start)}"
    return Blow(onset(c), text, (c.end - c.start) / margin, 1.0, "rise_over_margin")


def stepped_up(case: Case, c: Curve) -> bool:
    """Whether a loss ends high for a step up alone from which the run learned on."""
    shift = harmless_shift(case)
    return shift is not None and c is case.train and c.end <= LEAST_RATIO * shift.after


def blew_up(c: Curve, *, jump: float, kept_lost: float, learned: float) -> Blow | None:
    """Whether the loss jumped above ``jump`` times its start once, and little is left of its progress."""
    big = c.y > jump * abs(c.start)
    if c.start <= 0 or not big.any():
        return None
    starts = np.flatnonzero(big & ~np.concatenate(([False], big[:-1])))
    first, last = int(starts[0]), int(np.flatnonzero(big)[-1])
    if len(starts) > max(3, c.n // 100) or c.where[last] > 0.9:
        return None
    after = c.y[last + 1 :]
    level = median(after)
    gained = float(c.smooth[:first].min()) if first else c.start
    lost = gained + kept_lost * (c.start - gained)
    relapsed = c.start - gained > 0.1 * c.start and min(level, c.end) > max(lost, 1.25 * gained)
    early = c.where[first] <= 0.2 and c.end >= 0.3 * c.start
    stuck = early and _fall(after) < 0.05 * c.start and min(level, c.end) > 1.25 * gained
    # Blown up at once, and down at chance level ever since: where it began, or above.
    unlearned = min(level, c.end) >= (1.0 - learned) * c.start
    dead = early and int(big.sum()) >= 2 and unlearned
    if not (relapsed or stuck or dead):
        return None
    home = np.flatnonzero(c.smooth[:first] <= gained + 0.2 * (c.start - gained))
    onset = int(home[-1]) if len(home) else max(first - 1, 0)
    highest = float(c.y.max())
    text = (
        f"jumped from {number(gained)} to {number(highest)} and ended at {number(c.end)}, "
        "most of its progress lost"
    )
    return Blow(onset, text, highest / (jump * c.start), 1.0, "top_over_limit")


def from_best(case: Case, c: Curve, *, limit: float, kept_lost: float) -> Blow | None:
    """Whether the loss rose to ``limit`` times the best level so far, and stayed above it."""
    if not c.positive:
        return None
    level = running_median(c.y, 3)
    best = np.minimum.accumulate(c.smooth)
    ratio = level[1:] / best[:-1]
    # Losses of noisy batches stand far above a lucky stretch without having moved.
    limit = limit * np.exp(min(_NOISES * difference_noise(np.log(c.y)), 50.0))
    high = np.flatnonzero(ratio >= limit) + 1
    high = high[high >= 3]
    if len(high) >= 2 and c.where[high[0]] < 0.9:
        i = int(high[0])
        held = running_median(c.y[:i], max(c.n // _HELD, c.window) | 1)
        before = float(held.min())
        after = median(c.y[i:])
        early = median(c.y[: max(c.n // 20, 1)])
        rebound = case.rate is not None and bool(case.rate.rebounds)
        harder = c.y[i:].max() <= c.start and _validation_went_on(case, float(c.x[i]))
        harmless = rebound or harder or harmless_shift(case) is not None
        lost = c.end >= before + kept_lost * (early - before)
        if min(after, c.end) >= 1.5 * before and lost and not harmless:
            peak = float(level[i:].max()) / before
            text = (
                f"rose to {times(peak)} its best level {number(before)} and ended at "
                f"{number(c.end)}"
            )
            return Blow(max(i - 1, 0), text, peak, limit, "top_over_best")
    return None


def exploding(c: Curve, limit: float) -> Blow | None:
    """Whether the last values grow beyond all that was before them."""
    if not c.positive:
        return None
    bound = limit * max(c.start, median(c.y))
    high = c.y >= bound
    if not high[-1] or not high[-2] or c.y[-1] < 0.5 * c.y.max():
        return None
    i = int(np.flatnonzero(~high)[-1])
    text = f"is exploding: {number(c.y[i])} to {number(c.y[-1])} in its last values"
    return Blow(i, text, float(c.y[-1] / bound), 1.0, "end_over_limit")


def collapsed(case: Case, c: Curve, share: float) -> Blow | None:
    """Judge a run that learned and then went back to (nearly) its start for good."""
    learned = c.start - c.best >= 0.2 * abs(c.start)
    tail = c.y[-max(c.n // 5, 3) :]
    stays = quantile(tail, 0.1) > c.best + 0.5 * c.drop
    if not learned or not stays or c.rise < share or c.where[c.i_best] >= 0.9:
        return None
    if c.end - c.best <= 6 * c.se or not validation_agrees(case):
        return None
    if case.rate is not None and case.rate.rebounds_after(float(c.x[c.i_best])):
        return None
    text = (
        f"learned from {number(c.start)} to {number(c.best)} and went back to {number(c.end)}, "
        f"losing {c.rise:.0%} of its progress"
    )
    return Blow(onset(c), text, (c.end - c.best) / max(6 * c.se, 1e-300), 1.0, "rise_over_noise")


def never_below_start(case: Case, c: Curve) -> Blow | None:
    """Whether the loss stayed above its first values for the whole run."""
    start = median(c.y[:3])
    error = MEDIAN_SE * c.sd_early / np.sqrt(3.0)
    blocks = block_medians(c.y[3:], 12)
    worse = blocks.min() > start + 3 * error and blocks.max() > 1.03 * start
    if start <= 0 or not worse or c.end <= c.start:
        return None
    # First answers have luck, too: to rest at uniform ones from there on is no explosion (LD301).
    if uniform_level(c) and c.end < _LUCKY * start and blocks.max() < _AT_REST * c.end:
        return None
    if case.val is not None and case.val is not c and case.val.n >= 3:
        v = case.val
        if (v.y[0] - v.y.min()) > 0.02 * abs(v.y[0]):
            return None
    text = f"stayed above its start {number(start)} for the whole run, ending at {number(c.end)}"
    return Blow(0, text, float(blocks.max() / start - 1) / 0.03, 1.0, "excess_over_limit")


def of_validation(case: Case, v: Curve) -> Blow | None:
    """Judge a validation loss that explodes while the training loss does not learn either."""
    train = case.train
    spoiled = train is None or train.end >= 0.98 * train.start
    if v.n < 4 or v.y[0] <= 0:
        return None
    third = v.y[-max(v.n // 3, 1) :]
    if third.min() >= 5 * v.y[0] and (train is None or train.end >= train.start):
        ratio = median(third) / float(v.y[0])
        return Blow(
            onset(v),
            f"ends at {times(ratio)} its first value",
            ratio,
            5.0,
            "end_over_start",
        )
    fifth = median(v.y[-max(v.n // 5, 1) :])
    if v.n >= 8 and spoiled and (v.y[1:] > v.y[0]).all() and fifth > 1.2 * v.y[0]:
        text = f"never came back to its first value {number(v.y[0])}; it ends at {number(fifth)}"
        return Blow(0, text, fifth / float(v.y[0]), 1.2, "end_over_start")
    return None


def onset(c: Curve) -> int:
    """Last point that still lies within reach of the best level.

    Noise of single points says nothing of where a slow climb through it began: there the reach is
    a part of the climb, or the noise of the level.
    """
    climb = max(0.2 * (c.end - c.best), 6 * c.se)
    reach = c.best + min(max(0.2 * c.drop, 6 * c.sigma), climb)
    inside = np.flatnonzero(c.smooth <= min(reach, max(c.end - c.se, c.best)))
    return int(inside[-1]) if len(inside) else 0


def _validation_went_on(case: Case, x: float) -> bool:
    """Whether the validation loss fell beyond ``x``: the data became harder, not the run worse."""
    v = case.val
    if v is None or v is case.principal:
        return False
    before, after = v.y[v.x < x], v.y[v.x >= x]
    return min(len(before), len(after)) >= 2 and v.end < median(before[-3:])


def validation_agrees(case: Case) -> bool:
    """Whether the validation loss, where there is enough of it, became worse as well."""
    v = case.val
    if v is None or v.n < 5:
        return True
    return v.end > v.best + 0.05 * v.drop or v.end >= 0.98 * v.start


def _fall(values: Floats) -> float:
    """How much a stretch fell from its first to its last fifth."""
    k = max(len(values) // 5, 1)
    return float(median(values[:k]) - median(values[-k:])) if len(values) else 0.0
