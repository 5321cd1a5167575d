"""LD507: the learning rate rises through powers of ten, and the loss tells which of them to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust.ramp import SAFE, ramp, reading
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_FINISHED = 0.98
"""Share of the logged rates from which on a ramp has lasted to the end."""


def _range_test() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = 2.3 - 1.9 / (1 + np.exp(-(t - 0.5) / 0.05)) + 40.0 * np.clip(t - 0.8, 0, 1)
        return {"train_loss": curves.noisy(rng, level, 0.03), "lr": 1e-5 * 10 ** (6 * t)}

    return curves.table(300, fill)


def _warm_up_too_far() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = 0.5 + 1.8 * np.exp(-t / 0.05) + 1.9 / (1 + np.exp(-(t - 0.25) / 0.01))
        return {
            "train_loss": curves.noisy(rng, level, 0.03),
            "lr": np.minimum((t + 0.0025) / 0.4, 1),
        }

    return curves.table(400, fill)


class RateRamp(Rule):
    """Learning rate rises through powers of ten: a range test, which tells the rate to take.

    ## How it is measured
    A rate that grows by about the same factor in each step, over two decades and more, to the end of
    the log is a range test. Its lowest smoothed loss tells the highest rate that still helps;
    a quarter of that is a usable peak. A warm-up in which the loss got worse than halfway back
    is read the same way.

    ## What to change
    The rate to a quarter of that at the lowest smoothed loss. The rate of the steepest descent, a
    usual choice, depends on how fast the ramp is.

    ## When it is wrong
    Ramps of fewer than about a hundred steps: the loss has no time to follow the rate, and its lowest
    point comes two to three times too late.
    """

    code: ClassVar[str] = "LD507"
    name: ClassVar[str] = "lr-ramp"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 20
    references: ClassVar[tuple[str, ...]] = (
        "Smith 2017, Cyclical Learning Rates for Training Neural Networks (range test)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_range_test(), onset=(180, 260)),
        fires(_warm_up_too_far(), onset=(40, 110)),
        quiet(curves.healthy()),
        quiet(curves.healthy(rate="constant")),
    )

    decades: float = option(2.0, unit="powers of ten", text="Least span of a range test.")
    warm_up: float = option(1.0, unit="powers of ten", text="The same of a warm-up that is read.")
    rise: float = option(0.5, unit="of the drop", text="Loss of progress that is a blow-up.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Find the ramp, and the lowest loss on it."""
        c, rate = case.train, case.rate
        up = None if rate is None else ramp(rate)
        if c is None or rate is None or up is None:
            return
        whole = up.x_top >= rate.x[0] + _FINISHED * (rate.x[-1] - rate.x[0])
        test = (
            whole and up.geometric and up.decades >= self.decades and len(rate.y) >= self.min_points
        )
        failed = up.decades >= self.warm_up and (c.rise >= self.rise or _broken(case, c))
        if not test and not failed:
            return
        read = reading(case, c, up.x_top)
        if read is None or (read.open and not test):
            if test:
                raise Withheld("the loss fell at no rate of this ramp: nothing can be read off")
            return
        what = "range test" if test else "warm-up that went too far"
        least = self.decades if test else self.warm_up
        text = f"{what} from {number(up.low)} to {number(up.high)}: {c.name} is lowest "
        text += f"({number(read.loss)}) at a rate of {number(read.rate)}"
        if read.open:
            text += ", the highest: a longer ramp would tell more"
        yield self.finding(
            case,
            onset=case.onset(read.x),
            series=c.name,
            message=text,
            evidence=(
                Evidence("decades", up.decades, "powers of ten", least),
                Evidence("rate_at_lowest", read.rate, "rate"),
                Evidence("lowest_loss", read.loss, "loss"),
                Evidence("suggested_peak", read.peak, "rate"),
            ),
            effect=not read.open,
            points=c.n >= 100,
            caveat="a rate that is safe, not the best one",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Take a quarter of the rate at the lowest loss, unless that is where the ramp ends."""
        if not finding.factors["effect"]:
            return ()
        lower = prescribe.lower_rate(
            case,
            SAFE,
            at=finding.onset.step,
            warm_up=True,
            cosine=True,
            reference="Smith 2017, Cyclical Learning Rates for Training Neural Networks (range test)",
        )
        return (lower,)


def _broken(case: Case, c: Curve) -> bool:
    """Whether the loss ended in values that are no numbers."""
    series = case.run.get(Channel.TRAIN_LOSS)
    return series is not None and len(series) > 0 and float(series.steps[-1]) > float(c.x[-1])
