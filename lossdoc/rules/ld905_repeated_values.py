"""LD905: the loss repeats exact values: frozen, masked, or printed with few digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves
from lossdoc.arrays import unique
from lossdoc.model import Channel, Evidence, Finding, Severity
from lossdoc.robust import difference_noise
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_MOVING = 20
_MOVES = 1e-3
"""Noise, in units of the level, of as many points before a stretch: a loss that moved that much
and then not at all has not converged."""

_MASKED = 0.8
"""Share of norms beside a stretch that must be non-finite for the losses to be masked ones."""


class _Stretch(NamedTuple):
    """Points start..stop-1 of one exact value, the longest there is."""

    start: int
    stop: int
    value: float

    @property
    def length(self) -> int:
        return self.stop - self.start


def _frozen(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][240:] = columns["train_loss"][240]


def _masked(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][300:] = 0.0
    columns["grad_norm"][300:] = np.nan


def _two_decimals(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][:] = np.round(columns["train_loss"] / 10, 2)


def _zero(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][200:] = 0.0


def _four_decimals(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][:] = np.round(columns["train_loss"], 4)


class RepeatedValues(Rule):
    """Loss repeats exact values: it is frozen, masked, or printed with too few digits.

    ## How it is measured
    Losses of different batches, and of changing weights, do not agree in every digit. The longest
    stretch of one value counts from a tenth of the points (at least ten) on. *Masked*: the norms
    of the gradient beside it are NaN or infinite, so a filter of the trainer has replaced the loss.
    *Frozen*: the training loss moved by a thousandth of its level from point to point just before
    it, and the logged rate is above zero. These two are warnings. *Zero*, a validation loss
    that has become constant, and a loss without such a stretch of which three in ten values equal
    the one before (few digits), or which has under five values at all, are notes.

    ## What to change
    Masked: log the loss unfiltered, and look for the first step that overflowed. Frozen: see
    whether the optimizer steps at all (its parameters, the loss scaler, the accumulation). Zero:
    look for labels that are all ignored, and for targets that leak into the inputs. A constant
    validation loss: the rate is 0 and the run could have ended. Few digits: log six of them.

    ## When it is wrong
    A deterministic run on all of the data that has converged to the last digit is only a note.
    """

    code: ClassVar[str] = "LD905"
    name: ClassVar[str] = "repeated-values"
    severity: ClassVar[Severity] = Severity.WARNING
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 20
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(rate="constant"), _frozen), onset=(240, 242)),
        fires(curves.altered(curves.healthy(), _masked), onset=(300, 302)),
        fires(curves.altered(curves.healthy(), _zero), onset=(200, 202)),
        fires(curves.altered(curves.healthy(), _two_decimals)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _four_decimals)),
        quiet(curves.epochs()),
    )

    stretch: float = option(0.1, unit="of the points", text="Shortest constant stretch.")
    fewest: float = option(10.0, unit="points", text="And that many points.")
    equal: float = option(0.3, unit="of the points", text="Repeated values that tell few digits.")
    distinct: float = option(5.0, unit="values", text="With fewer the loss is no curve.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look at the training loss, then at the validation loss."""
        for channel, c in ((Channel.TRAIN_LOSS, case.train), (Channel.VAL_LOSS, case.val)):
            if c is None or c.n < self.min_points:
                continue
            found = _longest(c.y)
            told = None
            if found.length >= max(self.stretch * c.n, self.fewest) and not self._coarse(c, found):
                told = _stood(case, c, channel, found)
            elif _equal(c.y) >= self.equal or _distinct(c.y, self.distinct) < self.distinct:
                found = _Stretch(0, c.n, c.end)
                told = Severity.NOTE, _digits(c)
            if told is None:
                continue
            yield self.finding(
                case,
                onset=case.onset_at(c, found.start),
                last_step=float(c.x[found.stop - 1]),
                series=c.name,
                channel=channel,
                severity=told[0],
                message=f"{c.name} {told[1]}",
                evidence=(
                    Evidence("length", found.length, "points", self.fewest),
                    Evidence("share", found.length / c.n, "of the points", self.stretch),
                    Evidence("repeated", _equal(c.y), "of the points", self.equal),
                    Evidence("distinct", len(unique(c.y)), "values", self.distinct),
                ),
                points=c.n >= 2 * self.min_points,
            )
            return

    def _coarse(self, c: Curve, found: _Stretch) -> bool:
        """Whether values repeat outside of the stretch, too, though it is not zero: few digits."""
        return found.value != 0 and _equal(np.delete(c.y, slice(found.start, found.stop))) >= 0.1


def _stood(case: Case, c: Curve, channel: Channel, s: _Stretch) -> tuple[Severity, str]:
    """What a constant stretch means."""
    where = f"is exactly {s.value:.6g} at {s.length:,} points from {case.place(c.x[s.start])} on"
    if _norms_failed(case, c, s):
        return (
            Severity.WARNING,
            f"{where}, while the gradient is NaN or infinite: a filter hides it",
        )
    if s.value == 0:
        return Severity.NOTE, f"{where}: are all labels ignored, or does the target leak?"
    if channel is Channel.VAL_LOSS:
        return Severity.NOTE, f"{where}: the weights no longer change"
    before = c.y[max(s.start - _MOVING, 0) : s.start]
    moved = len(before) >= _MOVING // 2 and difference_noise(before) > _MOVES * abs(s.value)
    if moved and _rate_is_on(case, c, s):
        return Severity.WARNING, f"{where}, in every digit, though the rate is above 0"
    return Severity.NOTE, f"{where}, in every digit: nothing changes any more"


def _digits(c: Curve) -> str:
    """What few digits mean."""
    unit = float(np.diff(unique(c.y)).min()) if len(unique(c.y)) > 1 else 0.0
    return (
        f"equals the value before at {_equal(c.y):.0%} of its points: it has few digits, steps of "
        f"{number(unit)} at a level of {number(c.end)}"
    )


def _norms_failed(case: Case, c: Curve, s: _Stretch) -> bool:
    """Whether the gradient's norms beside a stretch are NaN or infinite."""
    norms = case.run.get(Channel.GRAD_NORM)
    if norms is None:
        return False
    beside = (norms.steps >= c.x[s.start]) & (norms.steps <= c.x[s.stop - 1])
    failed = ~np.isfinite(norms.values[beside])
    return len(failed) > 0 and float(failed.mean()) >= _MASKED


def _rate_is_on(case: Case, c: Curve, s: _Stretch) -> bool:
    """Whether the logged rate is above a thousandth of its peak all through a stretch."""
    rate = case.rate
    if rate is None:
        return False
    inside = rate.y[(rate.x >= c.x[s.start]) & (rate.x <= c.x[s.stop - 1])]
    return len(inside) > 0 and bool(inside.min() > _MOVES * rate.peak)


def _distinct(y: Floats, few: float) -> int:
    """Count distinct values; of the first ones alone, where these are not few."""
    first = len(unique(y[:1000]))
    return first if first >= few else len(unique(y))


def _longest(y: Floats) -> _Stretch:
    bounds = np.concatenate(([0], np.flatnonzero(np.diff(y) != 0) + 1, [len(y)]))
    k = int(np.argmax(np.diff(bounds)))
    return _Stretch(int(bounds[k]), int(bounds[k + 1]), float(y[bounds[k]]))


def _equal(y: Floats) -> float:
    """Share of the points that equal the one before."""
    return float((np.diff(y) == 0).mean()) if len(y) > 1 else 0.0
