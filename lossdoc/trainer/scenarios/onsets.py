"""When a fault begins, by its recipe or by plain measures of the log; nothing that the rules use.

Each gives a step, or NaN where the log does not show it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lossdoc.trainer.log import RunLog

    Onset = Callable[[RunLog], float]


def at(step: int) -> Onset:
    """The recipe knows it: a milestone, a restart, the first step."""
    return lambda _: float(step)


def first_fault(log: RunLog) -> float:
    """First update that the recipe spoils."""
    return float(log.config.faults[0].first)


def first_non_finite(log: RunLog) -> float:
    """First training loss that is no number."""
    broken = np.flatnonzero(~np.isfinite(log["train_loss"]))
    return float(log["step"][broken[0]]) if len(broken) else math.nan


def leaves_its_low(log: RunLog, window: int = 5, reach: float = 0.1) -> float:
    """Last step at which the loss is within a tenth of its fall from its low, for good.

    The loss is a running median.
    """
    losses = _running_median(log["train_loss"], window)
    start, low = losses[0], np.nanmin(losses)
    inside = np.flatnonzero(losses <= low + reach * (start - low))
    return float(log["step"][inside[-1]])


def lowest_validation(log: RunLog, window: int = 5) -> float:
    """Step at which the running median of the validation loss is lowest."""
    steps, losses = log["step"][log.evaluated], log["val_loss"][log.evaluated]
    return float(steps[np.nanargmin(_running_median(losses, window))])


def _running_median(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Centred, shortened at the ends; infinite values count, NaN are the largest of all."""
    high = np.where(np.isnan(values), np.inf, values)
    half = window // 2
    return np.array([np.median(high[max(i - half, 0) : i + half + 1]) for i in range(len(high))])
