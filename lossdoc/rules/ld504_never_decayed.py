"""LD504: the learning rate never fell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust.hover import blew_up, fall, hover, stays_high
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.decay import finished, over_the_run
from lossdoc.rules.ld206_late_noise_floor import LateNoiseFloor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case


def _constant(val_noise: float) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = 0.6 + 1.8 * np.exp(-t / 0.03)
        return {
            "train_loss": level + 0.15 * rng.standard_normal(len(t)),
            "val_loss": curves.noisy(rng, 1.03 * level, val_noise),
            "lr": np.full(len(t), 0.1),
        }

    return curves.table(600, fill, every=20)


def _solved() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {
            "train_loss": curves.noisy(rng, 2.4 * np.exp(-t / 0.1), 0.1),
            "lr": np.full(len(t), 0.1),
        }

    return curves.table(600, fill)


_OWN_DECAY = ("adagrad", "schedulefree", "schedule_free", "schedule-free")
"""Optimizers whose steps shrink by themselves, or that average the weights instead."""


class NeverDecayed(Rule):
    """Learning rate stayed at its peak to the end.

    ## How it is measured
    From the end of its warm-up on the rate stays at nine tenths of its peak or above, for 60 rows and
    more; the run learned something, no longer falls by much, and has something left to learn. By
    itself that is a note: many short runs have constant rates. It is a warning where the rate costs:
    where both losses hover and waver as late-noise-floor (LD206) measures it.

    ## What to change
    The same peak with a cosine down to 0 over the same steps. In measured trials that ended below the
    best validation loss of the constant rate in 60 of 60 runs.

    ## When it is wrong
    Optimizers that lower their own steps, and schedule-free ones that average the weights: the
    note may be ignored.
    """

    code: ClassVar[str] = "LD504"
    name: ClassVar[str] = "never-decayed"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 60
    at_the_end: ClassVar[bool] = True
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD206", "LD305", "LD401", "LD403"})
    references: ClassVar[tuple[str, ...]] = (
        "Robbins & Monro 1951, A Stochastic Approximation Method",
        "Defazio et al. 2023, When, Why and How Much? Adaptive Learning Rate Scheduling by Refinement",
        "Hägele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Durations",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_constant(0.04), onset=(20, 200)),
        fires(_constant(0.003)),
        quiet(curves.healthy()),
        quiet(_solved()),
    )

    high: float = option(0.9, unit="of the peak", text="Lowest rate after the warm-up.")
    falling: float = option(
        0.1,
        unit="of the drop",
        text="A loss that falls by more since the middle needs no decay yet.",
    )
    left: float = option(0.05, unit="of the start", text="With less left there is nothing to gain.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look at the rate, then at what it costs."""
        c, rate = case.train, case.rate
        if c is None or rate is None or c.n < self.min_points or c.start <= 0:
            return
        if not stays_high(case, self.high) or _decays_itself(case):
            return
        if not self.left * c.start <= c.end <= 0.9 * c.start or c.rise > 0.3:
            return
        if fall(c) > self.falling or blew_up(c):
            return
        finished(case)
        seen, floor = hover(case), LateNoiseFloor()
        costs = seen is not None and floor.holds(seen)
        evidence = [
            Evidence("lowest_rate", float(rate.y[rate.x >= rate.x_peak].min()) / rate.peak,
                     "of the peak", self.high),
            Evidence("length", case.length, f"{case.run.axis}s"),
        ]  # fmt: skip
        text = f"the rate stayed at {number(rate.peak)} to the end"
        if seen is not None and costs:
            evidence += floor.evidence(seen)
            text += (
                f": since {case.place(float(c.x[seen.onset]))} {c.name} has not fallen, and the "
                f"validation loss wavers by {seen.relative_jitter:.1%} from one evaluation to the next"
            )
        yield self.finding(
            case,
            onset=case.onset_at(c, seen.onset) if seen and costs else case.onset(rate.x_peak),
            series=c.name,
            severity=Severity.WARNING if costs else Severity.NOTE,
            message=text,
            evidence=evidence,
            effect=not costs or (seen is not None and seen.jitter >= 2 * floor.jitter),
            points=c.n >= 2 * self.min_points,
            caveat="unless every evaluation draws other samples"
            if costs
            else "nothing here shows that it costs anything",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Let the rate fall to 0 where it costs not to."""
        if finding.severity is Severity.NOTE:
            return ()
        noise = finding.number("val_jitter_of_level")
        return over_the_run(
            case,
            rationale=f"at a constant rate the validation loss wavers by {noise:.1%} per evaluation: "
            "noise in proportion to the rate holds it up",
        )


def _decays_itself(case: Case) -> bool:
    name = str(case.run.context.get("optimizer", "")).lower()
    return any(part in name for part in _OWN_DECAY)
