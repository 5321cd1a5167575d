"""The learning-rate range test: raise the rate from step to step and see where the loss goes.

Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from lossdoc.trainer.schedules import RangeTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.trainer.config import TrainConfig

    Floats = NDArray[np.float64]

STEPS = 300
"""A test of 100 steps overshoots two- to threefold: the loss has no time to follow the rate."""

_SMOOTHING = 0.9
_SETTLING = 10
"""Losses until the running mean is no longer that of a few batches."""

_BLOWN_UP = 1.5
_FLOOR = 0.05


@dataclass(frozen=True, eq=False)
class RateCurve:
    """Loss against learning rate.

    Parameters
    ----------
    rates
        float64[n], rising.
    losses
        float64[n]: training loss of the batch, NaN and infinite where it blew up.
    smooth
        float64[n]: running mean of the losses, without the bias towards its start.
    """

    rates: Floats
    losses: Floats
    smooth: Floats

    @property
    def lowest(self) -> float:
        """Rate at the lowest smoothed loss; the first one where no loss is finite."""
        return float(self.rates[self._best])

    @property
    def suggested(self) -> float:
        """A quarter of the rate at the lowest smoothed loss.

        A rate that is safe rather than the best. Over eleven pairs of task and optimizer (cosine
        schedules of 500 steps, medians of five seeds) no run diverged, and the validation loss was
        1.0 to 1.2 times the best of a grid for eight of them. It was up to 2.5 times for three whose
        loss falls by decades; there a quarter of the onset was better for two, and 15 times for
        one.
        """
        return self.lowest / 4.0

    @property
    def steepest(self) -> float:
        """Rate at which the smoothed loss falls fastest, per factor of the rate, on its way down.

        A usual choice (Gugger 2018), and a bad one: where the descent is steep depends on how long
        the test is.
        """
        if self._best == 0:
            return self.lowest
        descent = slice(min(_SETTLING, self._best - 1), self._best + 1)
        slopes = np.gradient(self.smooth[descent], np.log(self.rates[descent]))
        return float(self.rates[descent][slopes.argmin()])

    @property
    def onset(self) -> float | None:
        """Rate from which the loss stays above half as much again as its lowest, or None."""
        offset = _FLOOR * abs(self.losses[0])
        low = np.fmin.accumulate(self._finite)
        above = ~(np.isfinite(self.smooth) & (self.smooth + offset <= _BLOWN_UP * (low + offset)))
        if not above[-1]:
            return None
        below = np.flatnonzero(~above)
        return float(self.rates[below[-1] + 1 if len(below) else 0])

    @property
    def _best(self) -> int:
        return int(self._finite.argmin())

    @property
    def _finite(self) -> Floats:
        return np.where(np.isfinite(self.smooth), self.smooth, np.inf)


def range_test(
    config: TrainConfig,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = STEPS,
    device: str = "auto",
) -> RateCurve:
    """Train a run while its rate rises exponentially.

    Spike recovery, early stopping and interruptions are left out, since they would hide where the
    loss goes; everything else is the config's.

    Parameters
    ----------
    lowest, highest
        First and last rate.
    steps
        Updates.
    device
        As in `run_batch`.
    """
    from lossdoc.trainer.batch import run_batch

    ramp = msgspec.structs.replace(
        config,
        lr=highest,
        warmup_steps=0,
        schedule=RangeTest(span=highest / lowest),
        steps=steps,
        eval_every=steps,
        log_every=1,
        recovery=None,
        early_stopping=None,
        interruption=None,
    )
    log = run_batch([ramp], device=device)[0]
    losses = log["train_loss"]
    return RateCurve(log["lr"], losses, running_mean(losses))


def running_mean(values: Floats, decay: float = _SMOOTHING) -> Floats:
    """Exponential running mean without the bias towards its start, float64[n]."""
    means = np.empty(len(values))
    total, weight = 0.0, 0.0
    for i, value in enumerate(values):
        total = decay * total + (1.0 - decay) * value
        weight = decay * weight + (1.0 - decay)
        means[i] = total / weight
    return means
