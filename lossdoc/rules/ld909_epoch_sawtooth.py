"""LD909: the training loss repeats itself at every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves
from lossdoc.model import Evidence, Finding, Severity
from lossdoc.robust import median, periodicity
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_EPOCH = 25
"""Steps in an epoch of the examples."""

_SLOTS = 20
_ONE_FALL, _NO_JUMP = 0.7, 0.5


def _epochs(order: bool) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        step = np.arange(len(t))
        hardness = 1 + 0.2 * rng.standard_normal(_EPOCH) * order
        level = curves.learning(len(t), 2.4, 0.3) * hardness[step % _EPOCH]
        return {"train_loss": curves.noisy(rng, level, 0.05), "epoch": (step + 1) / _EPOCH}

    return curves.table(500, fill)


def _running_mean() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        losses = curves.noisy(rng, curves.learning(len(t), 2.4, 0.3, 0.6), 0.004)
        parts = losses.reshape(-1, _EPOCH)
        means = np.cumsum(parts, axis=1) / np.arange(1, _EPOCH + 1)
        return {"train_loss": means.ravel(), "epoch": (np.arange(len(t)) + 1) / _EPOCH}

    return curves.table(500, fill)


class EpochSawtooth(Rule):
    """Training loss repeats a pattern at every epoch: a fixed order of the data, or stairs.

    ## How it is measured
    Autocorrelation of the deviations from the level after one epoch (0.4 and more) and after two
    (0.2 and more), well above that of shorter lags; where the log counts no epochs, of any period
    that repeats six times (0.5 and 0.4). The typical deviation along the period must range over
    1 % of the drop. Where it falls at one place alone these are stairs. The rules for spikes
    (LD202, LD203) are silent about what repeats itself.

    ## What to change
    A pattern: shuffle the data anew at every epoch. A fixed order biases the gradient, and sorted
    data (by label, by length) make the model forget the first while it sees the last. Stairs: with
    each pass the model knows more of its data by heart; see whether the validation loss takes part.
    A running mean that starts anew at each epoch draws stairs, too: log the loss of the step.

    ## When it is wrong
    Data that must stay in order (time series, curricula that begin again).
    """

    code: ClassVar[str] = "LD909"
    name: ClassVar[str] = "epoch-sawtooth"
    severity: ClassVar[Severity] = Severity.NOTE
    min_points: ClassVar[int] = 40
    references: ClassVar[tuple[str, ...]] = (
        "Bottou 2009, Curiously Fast Convergence of some Stochastic Gradient Descent Algorithms",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_epochs(order=True)),
        fires(_running_mean()),
        quiet(_epochs(order=False)),
        quiet(curves.healthy()),
    )

    epoch: float = option(0.4, unit="autocorrelation", text="After one epoch.")
    unknown: float = option(0.5, unit="autocorrelation", text="After a period of unknown meaning.")
    again: float = option(0.4, unit="autocorrelation", text="After two of these.")
    height: float = option(0.01, unit="of the drop", text="Range of the pattern.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look after one epoch and after two."""
        c = case.train
        if c is None or case.by_epoch:
            return
        known = periodicity.points_in_an_epoch(case, c) is not None
        found = periodicity.epoch_period(case, c) if known else periodicity.period(c)
        if found is None or found.once < (self.epoch if known else self.unknown):
            return
        pattern = _pattern(c, found.points)
        if pattern.height < self.height * c.drop or (not known and found.twice < self.again):
            return
        steps = f"{number(found.points * c.span / (c.n - 1))} {case.run.axis}s"
        height = number(pattern.height)
        which = "an epoch" if known else "perhaps an epoch"
        told = (
            f"falls by {height} once in {steps}, {which}: with each pass it knows more of its data "
            "by heart, or a running mean starts anew"
            if pattern.stairs
            else f"repeats a pattern of {height} every {steps}, {which}: the data come in the same "
            "order each time"
        )
        yield self.finding(
            case,
            onset=case.onset_at(c, 0),
            series=c.name,
            message=f"{c.name} {told}",
            evidence=(
                Evidence("period", found.points, "points"),
                Evidence("once", found.once, "autocorrelation", self.epoch),
                Evidence("twice", found.twice, "autocorrelation", periodicity.TWICE),
                Evidence("height", pattern.height / c.drop, "of the drop", self.height),
            ),
            effect=found.once >= 1.5 * self.epoch,
            points=c.n >= 5 * found.points,
            caveat="data that must stay in order (time series) do this by nature",
        )


class _Pattern(NamedTuple):
    """Typical deviation over a period.

    Parameters
    ----------
    height
        Range.
    fall
        Range over the sum of all falls: 1 where it comes down at one place.
    rise
        Largest rise within a twentieth of the period, over the range.
    """

    height: float
    fall: float
    rise: float

    @property
    def stairs(self) -> bool:
        """Whether it comes down at one place, and at no place goes up as suddenly."""
        return self.fall >= _ONE_FALL and self.rise <= _NO_JUMP


def _pattern(c: Curve, points: float) -> _Pattern:
    residual = periodicity.without_level(c.y, points)
    count = min(round(points), _SLOTS)
    slot = ((np.arange(len(residual)) / points) % 1.0 * count).astype(np.int64)
    typical = np.array([median(residual[slot == k]) for k in range(count)])
    steps = np.diff(np.append(typical, typical[0]))
    height = max(float(typical.max() - typical.min()), 1e-300)
    falls = max(float(-steps[steps < 0].sum()), 1e-300)
    return _Pattern(height, height / falls, float(steps.max()) / height)
