"""Schedules that keep the rate or lower it, once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.schedules.base import Schedule, cosine, need, need_share

if TYPE_CHECKING:
    from typing import Self

    from lossdoc.trainer.schedules.base import Floats


class Constant(Schedule, frozen=True, kw_only=True):
    """The same rate throughout: the baseline, and what range tests and short runs use.

    With a small enough rate and noisy gradients it ends in a ball around the minimum
    (Robbins and Monro 1951 ask for a decay to get further).
    """

    def shares(self, steps: int) -> Floats:
        """One in every step."""
        return np.ones(steps)


class Stairs(Schedule, frozen=True, kw_only=True):
    """Step decay: the rate is multiplied by a factor at each milestone.

    Usual for image classifiers with SGD (He et al. 2016: a tenth at 1/2 and 3/4 of the run);
    ``torch.optim.lr_scheduler.MultiStepLR``.

    Parameters
    ----------
    milestones
        Numbers of steps, from the start of the run with its warm-up, after which the rate changes;
        ascending. Those that the warm-up covers lower the rate that it leads to.
    gamma
        Factor at each milestone; above 1 the rate jumps up, beyond the peak.
    """

    milestones: tuple[int, ...]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        places = self.milestones
        need(self, min(places, default=0) >= 0, f"milestones from 0, not {places}")
        need(self, list(places) == sorted(places), f"ascending milestones, not {places}")
        need(self, 0 <= self.gamma < math.inf, f"a finite gamma from 0, not {self.gamma}")

    def shares(self, steps: int) -> Floats:
        """Powers of gamma."""
        passed = np.searchsorted(self.milestones, np.arange(steps), side="right")
        return np.power(self.gamma, passed, dtype=np.float64)

    def after(self, warmup: int) -> Self:
        """Count the milestones from the end of the warm-up."""
        shifted = tuple(max(place - warmup, 0) for place in self.milestones)
        return self.replace(milestones=shifted)


class Linear(Schedule, frozen=True, kw_only=True):
    """A straight line from the peak to a share of it.

    Usual when language models are fine-tuned (Devlin et al. 2019, BERT), and as good as any other
    for a known length (Defazio et al. 2023); ``torch.optim.lr_scheduler.LinearLR``.

    Parameters
    ----------
    final
        Share of the peak that the step after the last would have.
    period
        Steps from the peak to ``final``; None is all that the warm-up leaves. After a shorter one
        the line goes on, below 0 in the end, as ``LambdaLR`` with 1 - t / T does: a mistake that
        climbs the loss. A longer one ends early.
    """

    final: float = 0.0
    period: int | None = None

    def __post_init__(self) -> None:
        need_share(self, "final")
        need(self, self.period is None or self.period >= 1, f"a period from 1, not {self.period}")

    def shares(self, steps: int) -> Floats:
        """From 1 down by the same amount each step."""
        period = max(steps, 1) if self.period is None else self.period
        return 1.0 - (1.0 - self.final) * np.arange(steps) / period


class Cosine(Schedule, frozen=True, kw_only=True):
    """Half a cosine wave from the peak to a share of it.

    The usual choice for runs of known length (Loshchilov and Hutter 2017, SGDR, without restarts);
    ``torch.optim.lr_scheduler.CosineAnnealingLR``.

    Parameters
    ----------
    final
        Share of the peak at the end of the period.
    period
        Steps from the peak to ``final`` (``T_max``); None is all that the warm-up leaves. After a
        shorter one the rate climbs back to the peak as fast as it fell, as PyTorch's does: a
        common mistake. A longer one ends early.
    """

    final: float = 0.0
    period: int | None = None

    def __post_init__(self) -> None:
        need_share(self, "final")
        need(self, self.period is None or self.period >= 1, f"a period from 1, not {self.period}")

    def shares(self, steps: int) -> Floats:
        """From 1 down, and up again past the period."""
        period = max(steps, 1) if self.period is None else self.period
        return cosine(np.arange(steps) / period, 1.0, self.final)


class WarmupStableDecay(Schedule, frozen=True, kw_only=True):
    """The peak for most of the run, then a straight line down (its warm-up is the run's).

    For runs whose length is decided late: the decay may start from any checkpoint (Hu et al. 2024,
    MiniCPM; Hägele et al. 2024, who call it cool-down).

    Parameters
    ----------
    decay
        Share of the steps after the warm-up that decay.
    final
        Share of the peak that the step after the last would have.
    """

    decay: float = 0.2
    final: float = 0.0

    def __post_init__(self) -> None:
        need_share(self, "decay")
        need_share(self, "final")

    def shares(self, steps: int) -> Floats:
        """One, then down by the same amount each step."""
        length = round(self.decay * steps)
        since = np.arange(steps) - (steps - length)
        return 1.0 - (1.0 - self.final) * np.maximum(since, 0) / max(length, 1)


class ReduceOnPlateau(Schedule, frozen=True, kw_only=True):
    """The rate falls by a factor when the validation loss does not improve any more.

    ``torch.optim.lr_scheduler.ReduceLROnPlateau`` with a relative threshold and no cool-down. It
    depends on the data: `shares` are all 1, and the engine multiplies them by the share that
    ``lossdoc.trainer.reduce.ReduceState`` keeps.

    Parameters
    ----------
    factor
        On the rate, each time.
    patience
        Evaluations without improvement that are let pass; the next one lowers the rate.
    threshold
        Improvements by less than this share of the best loss do not count.
    min_share
        Share of the peak below which the rate does not go.
    """

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    min_share: float = 0.0

    def __post_init__(self) -> None:
        need(self, 0.0 < self.factor < 1.0, f"factor between 0 and 1, not {self.factor}")
        need(self, self.patience >= 0, f"patience from 0, not {self.patience}")
        need(
            self, 0.0 <= self.threshold < 1.0, f"threshold from 0 to below 1, not {self.threshold}"
        )
        need_share(self, "min_share")

    def shares(self, steps: int) -> Floats:
        """One in every step: the engine lowers the rate."""
        return np.ones(steps)
