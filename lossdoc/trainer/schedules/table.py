"""The learning rates of a run: warm-up, then its schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.schedules.base import Floats


def rates(config: TrainConfig) -> Floats:
    """Learning rate of every step of a run, float64[steps].

    Step t (from 0) of a warm-up over W steps has (t + 1) / W of the rate with which the schedule
    starts: that is the peak, but for those that start lower (`OneCycle`, `RangeTest`, `Stairs` with
    a milestone within the warm-up). A warm-up longer than the run is cut off.

    Raises
    ------
    UsageError
        The number of steps is not positive, or that of the warm-up is negative.
    """
    steps, warmup = config.steps, config.warmup_steps
    if steps < 1 or warmup < 0:
        raise UsageError(f"a run needs steps and no negative warm-up, not {steps} and {warmup}")
    shares = config.schedule.after(warmup).shares(max(steps - warmup, 1))
    ramp = shares[0] * np.arange(1, warmup + 1) / max(warmup, 1)
    return config.lr * np.concatenate([ramp, shares])[:steps]
