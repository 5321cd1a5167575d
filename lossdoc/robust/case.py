"""One stretch of a run as the rules see it: curves, learning rate, progress axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc.arrays import unique
from lossdoc.model import Channel, Onset
from lossdoc.robust.averaging import averaged
from lossdoc.robust.curve import Curve
from lossdoc.robust.rate import Rate
from lossdoc.robust.schedule import plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Run, Series
    from lossdoc.robust.averaging import Average

__all__ = ["Case", "Rate"]

_FINISHED = 0.98
"""Share of the planned length from which on a run has ended: the last steps are rarely logged."""

_BROKEN_OFF = 0.9
"""Share of the length in a log's own settings below which a run was broken off, or goes on: some
programs log so rarely that the last twentieth is missing."""


@dataclass(frozen=True, eq=False)
class Case:
    """One segment of a run, with its curves prepared once for all rules.

    Parameters
    ----------
    run
        A run without restarts.
    total_steps
        Planned length where it is known; an unfinished run has not reached it.
    again
        Whether the loss starts again here on an axis that goes on: a second execution.
    """

    run: Run
    total_steps: float | None = None
    again: bool = False

    def sealed(self) -> Case:
        """Return the same case on views that cannot be written to: for code of others."""
        series = tuple(
            replace(s, steps=_sealed(s.steps), values=_sealed(s.values), rows=_sealed(s.rows))
            for s in self.run.series
        )
        return replace(self, run=replace(self.run, series=series))

    @cached_property
    def train(self) -> Curve | None:
        """Principal training loss."""
        series = self.run.get(Channel.TRAIN_LOSS)
        if series is None:
            return None
        return Curve.of(series, self._evaluation_before(series), ahead=1.0 / self.seen)

    @cached_property
    def averaged(self) -> Average | None:
        """Mean that the training loss went through; one value an epoch is a mean by design."""
        return None if self.train is None or self.by_epoch else averaged(self.train)

    @cached_property
    def val(self) -> Curve | None:
        """Principal validation loss."""
        return self._curve(Channel.VAL_LOSS)

    @cached_property
    def principal(self) -> Curve | None:
        """Training loss, or the validation loss where only that was logged."""
        return self.train if self.train is not None else self.val

    @property
    def by_epoch_axis(self) -> bool:
        """Whether rows are counted instead of optimizer steps."""
        return self.run.axis in {"epoch", "row"}

    @cached_property
    def by_epoch(self) -> bool:
        """Whether the training loss has (nearly) one value for each evaluation."""
        if self.run.axis == "epoch" or self.train is None:
            return True
        return self.val is not None and self.val.n >= 0.8 * self.train.n

    @cached_property
    def accuracy(self) -> Curve | None:
        """Validation accuracy in [0, 1]."""
        return self._curve(Channel.VAL_ACCURACY)

    @cached_property
    def train_accuracy(self) -> Curve | None:
        """Training accuracy in [0, 1]."""
        return self._curve(Channel.TRAIN_ACCURACY)

    @cached_property
    def grad(self) -> Curve | None:
        """Norm of the gradient, finite points."""
        return self._curve(Channel.GRAD_NORM)

    @cached_property
    def rate(self) -> Rate | None:
        """Learning rate, or None where it was not logged (or never positive)."""
        series = self.run.get(Channel.LEARNING_RATE)
        if series is None:
            return None
        keep = np.isfinite(series.values) & (series.values >= 0)
        if not (series.values[keep] > 0).any():
            return None
        return Rate(series.steps[keep], series.values[keep])

    @cached_property
    def last_step(self) -> float:
        """Last step of any series."""
        return max((float(s.steps[-1]) for s in self.run.series if len(s)), default=0.0)

    @cached_property
    def first_step(self) -> float:
        """First step of any series."""
        return min((float(s.steps[0]) for s in self.run.series if len(s)), default=0.0)

    @cached_property
    def length(self) -> float:
        """Steps from the first to the last point of any series."""
        return max(self.last_step - self.first_step, 0.0)

    @cached_property
    def unfinished(self) -> str:
        """How far a run has come that has not reached its planned length; empty otherwise."""
        planned = self.total_steps
        if planned is None or self.last_step >= _FINISHED * planned:
            return ""
        return f"{self.place(self.last_step)} of {planned:,.0f}"

    @cached_property
    def seen(self) -> float:
        """Share of the planned length that has passed, above 0; 1 where the run has ended."""
        if not self.unfinished or self.total_steps is None:
            return 1.0
        return max(self.length, 1.0) / max(self.total_steps - self.first_step, 1.0)

    @cached_property
    def broken_off(self) -> str:
        """How far a run has come of the steps that its own hyper-parameters plan.

        Empty where it ended, where they tell none, and where the user tells the length. It may
        have been stopped for good, so that only its end cannot be judged.
        """
        planned = self.run.context.get("total_steps")
        if self.total_steps is not None or self.run.axis != "step" or isinstance(planned, str):
            return ""
        if planned is None or self.last_step >= _BROKEN_OFF * planned:
            return ""
        return f"{self.place(self.last_step)} of the {planned:,.0f} that its log plans"

    @cached_property
    def early(self) -> tuple[float, str]:
        """Share of its plan that a run has come to, and how that is told; 1 and nothing at its end.

        Where nobody tells the length, a decay that is on its way to 0 does.
        """
        if self.unfinished or self.total_steps is not None:
            return self.seen, self.unfinished
        made = None if self.rate is None else plan(self.rate)
        if made is None or self.last_step >= _BROKEN_OFF * made.end:
            return 1.0, ""
        share = max(self.length, 1.0) / max(made.end - self.first_step, 1.0)
        end = float(f"{made.end:.2g}")
        told = f"{self.place(self.last_step)} of some {end:,.0f} that its {made.shape} is made for"
        return share, told

    @cached_property
    def known_rate(self) -> float | None:
        """Peak learning rate: of the log, else of the hyper-parameters beside it."""
        if self.rate is not None:
            return self.rate.peak
        value = self.run.context.get("learning_rate")
        return float(value) if isinstance(value, (int, float)) and value > 0 else None

    def rate_at(self, x: float) -> float | None:
        """Learning rate in force at a step, where it can be known."""
        return self.rate.at(x) if self.rate is not None else self.known_rate

    def progress(self, x: Floats) -> Floats:
        """Position of steps on the axis of cumulative learning rate, 0 to 1.

        In the small-step limit a trajectory depends on its schedule through the sum of the rates
        alone, so a decayed tail is no plateau. Share of the steps where no rate was logged.
        """
        if len(x) == 0:
            return x
        span = max(float(x[-1] - x[0]), 1e-300)
        if self.rate is None or len(self.rate.x) < 3:
            return np.asarray((x - x[0]) / span)
        grid = unique(
            np.concatenate((x, self.rate.x[(self.rate.x > x[0]) & (self.rate.x < x[-1])]))
        )
        rates = np.interp(grid, self.rate.x, self.rate.y)
        summed = np.concatenate(([0.0], np.cumsum(np.diff(grid) * (rates[1:] + rates[:-1]) / 2)))
        if summed[-1] <= 0:
            return np.asarray((x - x[0]) / span)
        return np.asarray(np.interp(x, grid, summed / summed[-1]))

    def onset(self, x: float, row: int | None = None) -> Onset:
        """Onset at a step, with epoch and time where the log tells them."""
        return Onset(
            step=float(x),
            epoch=self._nearest(Channel.EPOCH, x),
            wall_time=self._nearest(Channel.WALL_TIME, x),
            row=None if row is None else int(row),
        )

    def rate_starts_again(self, x: float) -> bool:
        """Whether the schedule starts again at a step, as far as the log can tell.

        It rebounds there, or has always been the same; a schedule that simply goes on says no.
        """
        rate = self.rate
        if rate is None or rate.constant:
            return True
        margin = 0.03 * float(rate.x[-1] - rate.x[0])
        return any(abs(r.x - x) <= margin for r in rate.rebounds)

    def place(self, x: float) -> str:
        """Name a position on the axis of the run: ``step 1,899``, ``epoch 14``."""
        return (
            f"{self.run.axis} {x:,.0f}" if x >= 10 or x == round(x) else f"{self.run.axis} {x:.2f}"
        )

    def onset_at(self, curve: Curve, i: int) -> Onset:
        """Onset at a point of a curve."""
        return self.onset(float(curve.x[i]), int(curve.rows[i]))

    def _nearest(self, channel: Channel, x: float) -> float | None:
        series = self.run.get(channel)
        if series is None or not len(series):
            return None
        i = min(max(int(np.searchsorted(series.steps, x, side="right")) - 1, 0), len(series) - 1)
        value = float(series.values[i])
        return value if np.isfinite(value) else None

    def _curve(self, channel: Channel) -> Curve | None:
        series = self.run.get(channel)
        return None if series is None else Curve.of(series, ahead=1.0 / self.seen)

    def _evaluation_before(self, series: Series) -> float | None:
        """Value of the validation loss at or before the first training step.

        A row for each epoch holds both after the epoch: there is no such evaluation.
        """
        val = None if self.by_epoch_axis else self.run.get(Channel.VAL_LOSS)
        if val is None or not len(val) or not len(series) or val.steps[0] > series.steps[0]:
            return None
        value = float(val.values[0])
        return value if np.isfinite(value) else None


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
