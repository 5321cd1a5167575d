"""LD503: the learning rate rises again, and the loss with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case, Rate
    from lossdoc.robust.curve import Curve


def _wrapped() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        rate = 0.5 * (1 + np.cos(2 * np.pi * t))
        level = curves.learning(len(t), 2.4, 0.3, 0.05) + 0.8 * np.clip(rate - 0.1, 0, 1) * (
            t > 0.5
        )
        return {"train_loss": curves.noisy(rng, level, 0.04), "lr": 1e-2 * rate + 1e-9}

    return curves.table(500, fill)


def _cycles() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        phase = (t * 4) % 1.0
        rate = 0.5 * (1 + np.cos(np.pi * phase))
        level = curves.learning(len(t), 2.4, 0.3, 0.3) * (1 + 0.15 * rate)
        return {"train_loss": curves.noisy(rng, level, 0.02), "lr": 1e-2 * rate + 1e-9}

    return curves.table(500, fill)


class RateRebound(Rule):
    """Learning rate rises again after its decay and takes the loss with it.

    ## How it is measured
    After its peak the rate comes back to at least twice its low, and the loss ends above its best
    level by 5 % of the drop, 10 % of that level and three standard errors, the best level lying
    before the rise. Restarts whose cycles end lower and lower are silent.

    ## What to change
    One decay over the whole run: a cosine whose period is the number of steps (T_max = steps), with
    the same peak after a single rise, a third of it after several.

    ## When it is wrong
    A one-cycle schedule that was cut off on purpose.
    """

    code: ClassVar[str] = "LD503"
    name: ClassVar[str] = "lr-rebound"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 20
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD103", "LD201", "LD202", "LD401", "LD304"})
    references: ClassVar[tuple[str, ...]] = (
        "Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_wrapped(), onset=(220, 320)),
        quiet(curves.healthy()),
        quiet(_cycles()),
    )

    rise: float = option(0.05, unit="of the drop", text="Level lost since the rate rose.")
    ratio: float = option(1.1, unit="x best", text="End over the best level.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the level at the lows of the rate with the end."""
        c, rate = case.train, case.rate
        if c is None or rate is None or c.n < self.min_points or not rate.rebounds:
            return
        worse = c.rise >= self.rise and c.end - c.best > 3 * c.se
        if not worse or (c.positive and c.end / c.best < self.ratio):
            return
        blamed = rate.rebounds_after(float(c.x[c.i_best]))
        if not blamed or self._improving(c, rate):
            return
        first = blamed[0]
        i = max(c.at(first.x), 0)
        yield self.finding(
            case,
            onset=case.onset_at(c, i),
            series=c.name,
            message=f"the rate rose again from {number(first.low)} to {number(first.high)} after "
            f"{case.place(first.x)}, and {c.name} from {number(c.best)} to {number(c.end)}",
            evidence=(
                Evidence("count", len(rate.rebounds), "rises"),
                Evidence("rise", c.rise, "of the drop", self.rise),
                Evidence("low_rate", first.low, "rate"),
                Evidence("high_rate", first.high, "rate"),
            ),
            effect=c.rise >= 2 * self.rise,
            points=c.n >= 3 * self.min_points,
            agree=case.val is None or case.val.n < 5 or case.val.rise >= self.rise / 2,
            caveat="unless the run was cut off within a cycle on purpose",
        )

    @staticmethod
    def _improving(c: Curve, rate: Rate) -> bool:
        """Whether each cycle ends lower than the one before it."""
        lows = [float(c.smooth[c.at(r.x)]) for r in rate.rebounds]
        return len(lows) >= 2 and bool((np.diff(lows) < -0.02 * c.drop).all())

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """One cycle over all steps; a lower peak after several rises."""
        if case.rate is None:
            return ()
        several = finding.number("count") >= 2
        peak = case.rate.peak
        after = prescribe.snap(peak / 3) if several else peak
        return (
            Prescription(
                kind="schedule",
                action="decay once over the whole run",
                changes=(
                    Change("schedule", "rises again", "cosine to 0"),
                    Change("decay_steps", finding.onset.step, case.end_step),
                    Change("learning_rate", peak, after),
                ),
                rationale=f"the rate is lowest at {case.place(finding.onset.step)} of "
                f"{case.end_step:,.0f}"
                + ("; several rises show that the peak itself is too high" if several else ""),
                reference="Loshchilov & Hutter 2017, SGDR",
                caveat="until then use the checkpoint of the last low",
                from_step=finding.onset.step,
            ),
        )
