"""LD206: a rate that is still high keeps both losses moving, and from falling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust.hover import Hover, hover, stays_high
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.decay import finished, over_the_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case


def _floor(val_noise: float, noise: float = 0.15, falls: float = 0.0) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = 0.6 + 1.8 * np.exp(-t / 0.03) + falls * (1.0 - t)
        return {
            "train_loss": level + noise * rng.standard_normal(len(t)),
            "val_loss": curves.noisy(rng, 1.03 * level, val_noise),
            "lr": 0.1 * (1.0 - 0.4 * t),
        }

    return curves.table(600, fill, every=20)


class LateNoiseFloor(Rule):
    """Rate is still high at the end, and its noise keeps the losses up.

    ## How it is measured
    The rate ends at half of its peak or more. Since the middle of the run both losses have moved by
    no more than 5 % of their drops. Two witnesses say that noise holds them up: the training loss
    scatters by 5 % of its drop from point to point, and the validation loss, whose samples are the
    same every time, wavers from one evaluation to the next by half a percent of its drop, by 1.5 %
    of its level and by 6 % of the scatter of the batches. Batches alone move the first and not
    the second; a small or changing validation set moves the second and not the first.

    ## What to change
    The same peak with a cosine down to 0 over the same steps: the level that noise holds up is
    in proportion to the rate.

    ## When it is wrong
    Where every evaluation draws other samples, and few of them, both witnesses are there for another
    reason.
    """

    code: ClassVar[str] = "LD206"
    name: ClassVar[str] = "late-noise-floor"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset(
        {Channel.TRAIN_LOSS, Channel.VAL_LOSS, Channel.LEARNING_RATE}
    )
    min_points: ClassVar[int] = 12
    at_the_end: ClassVar[bool] = True
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD305", "LD401", "LD403", "LD506"})
    references: ClassVar[tuple[str, ...]] = (
        "Robbins & Monro 1951, A Stochastic Approximation Method",
        "Mandt, Hoffman & Blei 2017, Stochastic Gradient Descent as Approximate Bayesian Inference",
        "Defazio et al. 2023, When, Why and How Much? Adaptive Learning Rate Scheduling by Refinement",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_floor(0.04), onset=(20, 200)),
        quiet(_floor(0.004)),
        quiet(_floor(0.04, noise=0.02)),
        quiet(_floor(0.04, falls=0.8)),
        quiet(curves.healthy()),
    )

    high: float = option(0.5, unit="of the peak", text="Rate at the end that counts as high.")
    noise: float = option(0.05, unit="of the drop", text="Scatter of the training loss.")
    flat: float = option(0.05, unit="of the drop", text="Movement since the middle of the run.")
    jitter: float = option(0.005, unit="of the drop", text="Unrest of the validation loss.")
    relative: float = option(0.015, unit="of the level", text="The same, of its level at the end.")
    carried: float = option(
        0.06,
        unit="x scatter",
        text="The same, of the scatter of the batches: a mean over 300 has it.",
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Ask both witnesses."""
        c, v, rate = case.train, case.val, case.rate
        seen = hover(case)
        if rate is None or not stays_high(case, self.high):
            return
        finished(case)
        if seen is None or c is None or v is None:
            raise Withheld("needs 60 training losses and 12 evaluations of a run that has learned")
        if not self.holds(seen):
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, seen.onset),
            series=v.name,
            channel=Channel.VAL_LOSS,
            message=f"{v.name} hovers at {number(v.end)} and wavers by {seen.relative_jitter:.1%} "
            f"from one evaluation to the next; the rate is still {number(rate.end)}, "
            f"{rate.end / rate.peak:.0%} of its peak",
            evidence=(
                Evidence("rate_at_end", rate.end / rate.peak, "of the peak", self.high),
                *self.evidence(seen),
            ),
            effect=seen.jitter >= 2 * self.jitter,
            points=c.n >= 120 and v.n >= 24,
            caveat="unless every evaluation draws other samples",
        )

    def holds(self, seen: Hover) -> bool:
        """Whether noise alone is left in both losses, and in both of them."""
        flat = abs(seen.fall) <= self.flat and abs(seen.val_fall) <= self.flat
        wavers = seen.jitter >= self.jitter and seen.relative_jitter >= self.relative
        return flat and seen.noise >= self.noise and wavers and seen.carried >= self.carried

    def evidence(self, seen: Hover) -> tuple[Evidence, ...]:
        """Numbers of both witnesses."""
        return (
            Evidence("train_noise", seen.noise, "of the drop", self.noise),
            Evidence("val_jitter", seen.jitter, "of the drop", self.jitter),
            Evidence("val_jitter_of_level", seen.relative_jitter, "of the level", self.relative),
            Evidence("val_jitter_of_noise", seen.carried, "x scatter", self.carried),
            Evidence("val_fall", seen.val_fall, "of the drop", self.flat),
            Evidence("val_end_over_best", 1.0 + seen.lost, "x best"),
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Let the rate fall to 0."""
        wavers = finding.number("val_jitter_of_level")
        return over_the_run(
            case,
            rationale=f"since {case.place(finding.onset.step)} the validation loss has wavered by "
            f"{wavers:.1%} per evaluation without falling: noise in proportion to the rate",
        )
