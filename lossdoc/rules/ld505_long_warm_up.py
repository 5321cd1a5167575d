"""LD505: a good part of the run is spent warming up."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust.ramp import ramp
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.decay import length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.ramp import Ramp
    from lossdoc.robust.rate import Rate

_USUAL = 0.1
"""Share of the run that the Tuning Playbook allows for a warm-up."""

_STRAIGHT = 0.05
"""Distance from a straight line, in units of the rise, up to which a rise is a linear warm-up."""

_BLOWN_UP = 0.5
"""Share of the drop that was lost again: a run that blew up needs no shorter warm-up."""

_FROM_NOTHING = 0.02
"""Share of the peak from which a warm-up starts at most; one-cycle schedules start at a 25th."""


def _warm_up(share: float) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.4, 0.3), 0.03),
            "lr": curves.cosine(len(t), warm_up=share),
        }

    return curves.table(400, fill)


def _one_cycle() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        up = 0.04 + 0.96 * 0.5 * (1 - np.cos(np.pi * t / 0.3))
        down = 0.5 * (1 + np.cos(np.pi * (t - 0.3) / 0.7))
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.4, 0.3), 0.03),
            "lr": 1e-2 * np.where(t < 0.3, up, down),
        }

    return curves.table(400, fill)


class LongWarmUp(Rule):
    """Warm-up takes more than a fifth of the run.

    ## How it is measured
    The rate rises in a straight line from nothing, and reaches its peak only after a fifth of the run
    (of its planned length, where that is known), or never.

    ## What to change
    A warm-up over a tenth of the run.

    ## When it is wrong
    One-cycle schedules, which rise for 30 % of the run by design, are silent: they start at a 25th
    of the peak or rise in a curve. A log that was cut short makes its warm-up look long.
    """

    code: ClassVar[str] = "LD505"
    name: ClassVar[str] = "warm-up-too-long"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 10
    at_the_end: ClassVar[bool] = True
    references: ClassVar[tuple[str, ...]] = (
        "Godbole et al. 2023, Deep Learning Tuning Playbook (warm-up: at most a tenth)",
        "Smith & Topin 2019, Super-Convergence (one-cycle)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_warm_up(0.4)),
        fires(_warm_up(0.999)),
        quiet(curves.healthy()),
        quiet(_warm_up(0.15)),
        quiet(_one_cycle()),
    )

    share: float = option(0.2, unit="of the run", text="Longest warm-up.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Measure the rise."""
        rate, steps = case.rate, length(case)
        up = None if rate is None else ramp(rate)
        if rate is None or up is None or len(rate.y) < self.min_points or not _linear(rate, up):
            return
        share = (up.x_top - min(case.first_step, up.x)) / max(steps - case.first_step, 1e-300)
        c = case.train
        if share <= self.share or c is None or c.rise >= _BLOWN_UP or c.end >= c.start > 0:
            return
        never = up.x_top >= float(rate.x[-1])
        text = "the run ended within its warm-up" if never else "the rate reached its peak only"
        yield self.finding(
            case,
            onset=case.onset(up.x),
            last_step=up.x_top,
            series=case.run[Channel.LEARNING_RATE].name,
            channel=Channel.LEARNING_RATE,
            message=f"{text} at {case.place(up.x_top)}, {share:.0%} of the run "
            f"({number(up.low)} to {number(up.high)})",
            evidence=(
                Evidence("share", share, "of the run", self.share),
                Evidence("end_of_warm_up", up.x_top, case.run.axis),
            ),
            effect=True,
            points=case.run.axis == "step",
            caveat="unless the log was cut short, or one cycle over the whole run is meant",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Warm up over a tenth of the run."""
        if case.run.axis != "step":
            return ()
        steps = length(case)
        wanted = prescribe.round_up(_USUAL * steps)
        return (
            Prescription(
                kind="schedule",
                action="shorten the warm-up",
                changes=(Change("warmup_steps", finding.number("end_of_warm_up"), wanted),),
                rationale=f"a tenth of {steps:,.0f} steps",
                reference="Godbole et al. 2023, Deep Learning Tuning Playbook (warm-up)",
                caveat="not if a shorter one was tried and diverged: lower the peak then",
            ),
        )


def _linear(rate: Rate, up: Ramp) -> bool:
    """Whether a rise is a straight line that begins at nothing."""
    inside = (rate.x >= up.x) & (rate.x <= up.x_top)
    x, y = rate.x[inside], rate.y[inside]
    slope = (up.high - up.low) / max(up.x_top - up.x, 1e-300)
    straight = np.abs(y - up.low - slope * (x - up.x)).max() <= _STRAIGHT * (up.high - up.low)
    # A log that keeps every tenth step begins well above nothing, on the same line.
    before = min(up.low, slope * up.x)
    return bool(straight and up.low - before <= _FROM_NOTHING * up.high)
