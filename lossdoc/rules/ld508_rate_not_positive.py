"""LD508: a learning rate of zero, or below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.robust.ramp import resolution
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.decay import over_the_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_FEWEST = 3
"""Zeros in a row below which they are a way of logging: some loops log a rate every other row."""

_ABOVE_ROUNDING = 20.0
"""A rate this many units of the last logged decimal does not become 0 by rounding alone."""

_SENTINEL = -1.0
"""What some loggers write for a rate that they do not know."""


def _stops(at: float, digits: int | None = None, moves: bool = False) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        rate = 1e-2 * np.clip(1.0 - t / at, 0.0, 1.0)
        seen = t if moves else np.minimum(t, at)
        return {
            "train_loss": curves.noisy(rng, 0.3 + 2.1 * np.exp(-seen / 0.3), 0.02),
            "lr": rate if digits is None else np.round(rate, digits),
        }

    return curves.table(400, fill)


def _negative() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.4, 0.3), 0.02),
            "lr": 1e-2 * (1.0 - t / 0.9),
        }

    return curves.table(400, fill)


def _alternating(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["lr"][::2] = 0.0


class _Stretch(NamedTuple):
    start: int
    stop: int


class RateNotPositive(Rule):
    """Learning rate is zero or negative for a part of the run.

    ## How it is measured
    Negative: in more than 1 % of the rows. Zero: in three rows and more in a row that are more than 2 %
    of the run, or more than 5 % where the run begins or ends with them, since warm-ups begin at 0
    and decays end there; while the loss does not move beyond its noise. A zero that rounding may have
    made is none: the rate next to it must be 20 units of the last logged decimal.

    ## What to change
    The number of steps of the schedule to that of the run.

    ## When it is wrong
    Phases in which other parts of a model are trained, with rates of their own, are silent where
    the loss moves. Where it does not, they look like this.
    """

    code: ClassVar[str] = "LD508"
    name: ClassVar[str] = "lr-not-positive"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 20
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD502", "LD303", "LD304", "LD305", "LD403"})
    references: ClassVar[tuple[str, ...]] = (
        "PyTorch documentation, torch.optim.lr_scheduler (what a schedule does past its last step)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_stops(0.6), onset=(235, 245)),
        fires(_negative(), onset=(355, 365)),
        quiet(_stops(0.99)),
        quiet(_stops(0.6, digits=4)),
        quiet(_stops(0.6, moves=True)),
        quiet(curves.altered(curves.healthy(), _alternating)),
        quiet(curves.healthy()),
    )

    negative: float = option(0.01, unit="of the rows", text="Negative rates.")
    inside: float = option(0.02, unit="of the run", text="Zeros in a row within the run.")
    ends: float = option(
        0.05, unit="of the run", text="The same where it begins or ends with them."
    )
    severe: float = option(0.2, unit="of the run", text="Above it is an error.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for negative rates, then for stretches of zeros."""
        series = case.run[Channel.LEARNING_RATE]
        keep = np.isfinite(series.values)
        x, y = series.steps[keep], series.values[keep]
        if len(y) < self.min_points or case.rate is None:
            return
        below = np.flatnonzero((y < 0) & (y != _SENTINEL))
        if len(below) > 0.5 * len(y):
            raise Withheld("most of the logged rates are negative: they may be logarithms")
        if len(below) > self.negative * len(y):
            yield self._stated(case, x, y, _Stretch(int(below[0]), int(below[-1]) + 1), "negative")
            return
        longest = max(_zeros(y), key=lambda s: x[s.stop - 1] - x[s.start], default=None)
        if longest is not None and self._counts(case, x, y, longest):
            yield self._stated(case, x, y, longest, "zero")

    def _counts(self, case: Case, x: Floats, y: Floats, zeros: _Stretch) -> bool:
        """Whether zeros are many, are zeros indeed, and have stopped the loss."""
        at_an_end = zeros.start == 0 or zeros.stop == len(y)
        if _share(case, x, zeros) <= (self.ends if at_an_end else self.inside):
            return False
        beside = [y[i] for i in (zeros.start - 1, zeros.stop) if 0 <= i < len(y)]
        return min(beside) >= _ABOVE_ROUNDING * resolution(y) and _stands_still(case, x, zeros)

    def _stated(self, case: Case, x: Floats, y: Floats, part: _Stretch, what: str) -> Finding:
        share = _share(case, x, part)
        first, last = float(x[part.start]), float(x[part.stop - 1])
        lowest = float(y[part.start : part.stop].min())
        worst = what == "negative" or share >= self.severe
        steps = "climb the loss" if what == "negative" else "train nothing"
        name = case.run[Channel.LEARNING_RATE].name
        return self.finding(
            case,
            onset=case.onset(first),
            last_step=last,
            series=name,
            channel=Channel.LEARNING_RATE,
            severity=Severity.ERROR if worst else Severity.WARNING,
            message=f"{name} is {what} from {case.place(first)} to {case.place(last)}: {share:.0%} of "
            f"the run {steps}",
            evidence=(
                Evidence("share", share, "of the run", self.inside),
                Evidence("lowest_rate", lowest, "rate", 0.0),
                Evidence("rows", part.stop - part.start, "rows"),
            ),
            effect=worst or share >= 2 * self.ends,
            points=len(y) >= 2 * self.min_points,
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Make the schedule as long as the run."""
        share = finding.number("share")
        lowest = number(finding.number("lowest_rate"))
        return over_the_run(
            case,
            now=f"{lowest} from {case.place(finding.onset.step)} on",
            rationale=f"{share:.0%} of the run has a rate of {lowest}",
            caveat="if other parts of the model were trained there, log their rate too",
        )


def _zeros(y: Floats) -> list[_Stretch]:
    """Stretches of zeros."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (y == 0).astype(int), [0]))))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [_Stretch(int(a), int(b)) for a, b in pairs if b - a >= _FEWEST]


def _share(case: Case, x: Floats, part: _Stretch) -> float:
    """Steps of a stretch, up to the next row, as a share of the run."""
    end = float(x[part.stop]) if part.stop < len(x) else case.last_step
    return (end - float(x[part.start])) / max(case.length, 1e-300)


def _stands_still(case: Case, x: Floats, zeros: _Stretch) -> bool:
    """Whether the training loss is the same at both ends of a stretch; where rates are others, it moves."""
    c = case.train
    if c is None:
        return False
    end = x[zeros.stop] if zeros.stop < len(x) else np.inf
    inside = c.y[(c.x > x[zeros.start]) & (c.x < end)]
    k = len(inside) // 3
    if k < 2:
        raise Withheld("too few losses where the rate is zero to tell whether anything was trained")
    moved = abs(median(inside[:k]) - median(inside[-k:]))
    return bool(moved <= max(0.02 * c.drop, 3 * c.sigma / np.sqrt(k)))
