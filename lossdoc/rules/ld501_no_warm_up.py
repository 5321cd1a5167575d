"""LD501: the first steps at full rate throw the run off."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import running_median
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case


def _blown_up() -> curves.Make:
    """Jumps a hundredfold at the second step and needs the whole run to come back."""

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        loss = 230.0 * np.exp(-t / 0.12) * np.exp(0.2 * rng.normal(size=len(t))) + 2.4
        loss[0] = 2.3
        return {"train_loss": loss, "lr": np.full(len(t), 1.0)}

    return curves.table(200, fill)


def _thrown_off() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        hump = 6.0 * np.exp(-(((t - 0.03) / 0.02) ** 2))
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.4) + hump, 0.03),
            "lr": np.full(len(t), 1e-2),
        }

    return curves.table(400, fill)


class NoWarmUp(Rule):
    """First steps at the full learning rate throw the run off.

    ## How it is measured
    The rate starts at half of its peak or more, and within the first fifth the loss (three-point
    median) rises above its start by half of it and by six times its noise (three times the start is
    enough where the run never came back below its start). A note when the run recovered; an error
    when it did not.

    ## What to change
    Warm up linearly over 5 % of the run or twice the steps to the top of the hump, whichever is
    more, up to a fifth of the run; clip at the 90th percentile of the later norms.

    ## When it is wrong
    A resumed run whose optimizer state was lost.
    """

    code: ClassVar[str] = "LD501"
    name: ClassVar[str] = "no-warm-up"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 40
    references: ClassVar[tuple[str, ...]] = (
        "Goyal et al. 2017, Accurate, Large Minibatch SGD (warm-up)",
        "Ma & Yarats 2021, On the adequacy of untuned warmup (2 / (1 - beta2) steps)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_thrown_off(), onset=(1, 40)),
        fires(_blown_up(), onset=(0, 5)),
        quiet(curves.healthy()),
        quiet(curves.healthy(rate="constant")),
    )

    rise: float = option(0.5, unit="of the start", text="Height of the early hump.")
    blown_up: float = option(
        3.0, unit="x start", text="Height that no noise explains in a run that ends at its start."
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for an early hump under a full rate."""
        c, rate = case.train, case.rate
        if c is None or rate is None or c.n < self.min_points or c.start <= 0:
            return
        if rate.y[0] < 0.5 * rate.peak or c.begins_at > 0.05:
            return
        early = running_median(c.y, 3)[: max(c.n // 5, 3)]
        top = int(np.argmax(early))
        height = float(early[top]) - c.start
        lost = c.end >= 0.9 * c.start
        # A run that blew up at once and never came back has made its early noise itself.
        noise = min(6 * c.sd_early, self.blown_up * c.start) if lost else 6 * c.sd_early
        if height <= max(self.rise * c.start, noise) or top == 0:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, 0),
            last_step=float(c.x[top]),
            series=c.name,
            severity=Severity.ERROR if lost else Severity.NOTE,
            message=f"{c.name} rose from {number(c.start)} to {number(float(early[top]))} by step "
            f"{c.x[top]:,.0f} at a rate that starts at {rate.y[0] / rate.peak:.0%} of its peak",
            evidence=(
                Evidence("rise", height / c.start, "of the start", self.rise),
                Evidence("top", float(c.x[top]), "step"),
                Evidence("first_rate", float(rate.y[0] / rate.peak), "of the peak", 0.5),
            ),
            effect=height >= 2 * self.rise * c.start,
            points=c.n >= 2 * self.min_points,
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Warm up over twice the steps to the top."""
        span = case.length
        wanted = min(max(prescribe.WARM_UP_SHARE * span, 2 * finding.number("top")), 0.2 * span)
        warm = Prescription(
            kind="schedule",
            action="warm up the learning rate",
            changes=(Change("warmup_steps", 0, prescribe.round_up(wanted)),),
            rationale=f"larger of 5 % of {span:,.0f} steps and twice the {finding.number('top'):,.0f} "
            "steps to the top of the hump, at most a fifth of the run",
            reference="Goyal et al. 2017; Godbole et al. 2023, Tuning Playbook (warm-up)",
            caveat="with Adam at least 2 / (1 - beta2) steps",
        )
        if finding.severity is Severity.NOTE:
            return (warm,)
        lower = prescribe.lower_rate(
            case, 3.0, reference="Godbole et al. 2023, Deep Learning Tuning Playbook"
        )
        return (warm, lower)
