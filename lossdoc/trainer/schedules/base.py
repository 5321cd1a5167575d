"""What a schedule is, and the checks and curves that several kinds share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Self

import numpy as np

from lossdoc.errors import UsageError
from lossdoc.trainer.plain import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Schedule(Kind, frozen=True, kw_only=True):
    """One kind of schedule; it does not know the peak rate, nor the warm-up.

    Settings out of their range raise a `UsageError` when the record is made.
    """

    @abstractmethod
    def shares(self, steps: int) -> Floats:
        """Share of the peak rate in each step, float64[steps]; the first step is at the start."""

    def after(self, warmup: int) -> Self:
        """Return the schedule for the rest of a run whose first steps are a warm-up.

        Lengths stay as they are; numbers of steps that count from the start of the run shift.
        """
        del warmup
        return self


def need(schedule: Schedule, ok: bool, what: str) -> None:
    """Raise a `UsageError` unless a condition holds: the schedule needs ``what``."""
    if not ok:
        raise UsageError(f"{type(schedule).__name__} needs {what}")


def need_share(schedule: Schedule, name: str) -> None:
    """Raise a `UsageError` unless a setting is a number from 0 to 1."""
    value = getattr(schedule, name)
    need(schedule, 0.0 <= value <= 1.0, f"{name} from 0 to 1, not {value}")


def cosine(progress: Floats, first: Floats | float, last: Floats | float) -> Floats:
    """Half a cosine wave from ``first`` at progress 0 to ``last`` at 1."""
    return last + (first - last) * (1.0 + np.cos(np.pi * progress)) / 2.0
