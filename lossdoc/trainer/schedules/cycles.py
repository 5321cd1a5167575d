"""Schedules that raise the rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.schedules.base import Schedule, cosine, need, need_share

if TYPE_CHECKING:
    from lossdoc.trainer.schedules.base import Floats


class Restarts(Schedule, frozen=True, kw_only=True):
    """Cosine waves that jump back to the peak: stochastic gradient descent with warm restarts.

    For good weights at the end of every cycle (Loshchilov and Hutter 2017, SGDR); each restart
    makes the loss jump. ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``.

    Parameters
    ----------
    period
        Steps of the first cycle.
    mult
        Factor on the length of each cycle after it.
    decay
        Factor on the peak of each cycle after the first (1 in the paper).
    final
        Share of the first peak at the end of every cycle; no peak is lower.
    """

    period: int
    mult: int = 1
    decay: float = 1.0
    final: float = 0.0

    def __post_init__(self) -> None:
        need(self, self.period >= 1, f"a period from 1, not {self.period}")
        need(self, self.mult >= 1, f"mult from 1, not {self.mult}")
        need_share(self, "decay")
        need_share(self, "final")

    def shares(self, steps: int) -> Floats:
        """From each cycle's peak down."""
        starts, lengths = self._cycles(steps)
        t = np.arange(steps)
        cycle = np.searchsorted(starts, t, side="right") - 1
        peak = np.maximum(np.power(self.decay, cycle, dtype=np.float64), self.final)
        return cosine((t - starts[cycle]) / lengths[cycle], peak, self.final)

    def _cycles(self, steps: int) -> tuple[Floats, Floats]:
        """First steps and lengths of the cycles that begin within a run."""
        starts, lengths = [0], [self.period]
        while starts[-1] + lengths[-1] < steps:
            starts.append(starts[-1] + lengths[-1])
            lengths.append(lengths[-1] * self.mult)
        return np.array(starts, dtype=np.float64), np.array(lengths, dtype=np.float64)


class OneCycle(Schedule, frozen=True, kw_only=True):
    """Up to the peak and down to almost nothing, along two half cosine waves.

    For training in few epochs with a large peak (Smith 2018, A Disciplined Approach, Part 1; with
    straight lines there). ``torch.optim.lr_scheduler.OneCycleLR`` with its default settings; the
    momentum stays as it is.

    Parameters
    ----------
    start
        Share of the peak in the first step (1 / ``div_factor``).
    rise
        Share of the steps that lead to the peak (``pct_start``).
    final
        Share of the peak in the last step.
    """

    start: float = 0.04
    rise: float = 0.3
    final: float = 4e-6

    def __post_init__(self) -> None:
        for name in ("start", "rise", "final"):
            need_share(self, name)

    def shares(self, steps: int) -> Floats:
        """Up to 1, then down."""
        t = np.arange(steps, dtype=np.float64)
        top = max(self.rise * steps - 1.0, 0.0)
        up = cosine(t / (top or 1.0), self.start, 1.0)
        down = cosine((t - top) / (steps - 1.0 - top or 1.0), 1.0, self.final)
        return np.where(t < top, up, down)


class RangeTest(Schedule, frozen=True, kw_only=True):
    """The rate grows exponentially until the loss blows up: it shows which rates are usable.

    Not a way to train, but a test before it, of a few hundred steps (Smith 2017, Cyclical Learning
    Rates, with straight lines; exponential in Gugger 2018, fastai's ``lr_find``).

    Parameters
    ----------
    span
        Last rate over first rate. The run's ``lr`` is the last and largest rate; shares go from
        1 / span to 1.
    """

    span: float = 1e5

    def __post_init__(self) -> None:
        need(self, 1.0 < self.span < math.inf, f"a finite span above 1, not {self.span}")

    def shares(self, steps: int) -> Floats:
        """From 1 / span up to 1, by the same factor each step."""
        left = np.arange(steps)[::-1] / max(steps - 1, 1)
        return np.power(self.span, -left)
