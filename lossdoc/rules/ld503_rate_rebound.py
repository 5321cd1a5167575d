"""LD503: the learning rate rises again, and the loss with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.decay import over_the_run

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
    before the rise. The validation loss may show that in place of the training loss, if that rose
    by half as much. Restarts whose cycles end lower and lower are silent.

    ## What to change
    One decay over the whole run: a cosine whose period is the number of steps (T_max = steps), from
    a third of the peak. In measured trials that ended below the best validation loss of the faulty run
    in 55 of 60 runs; from the same peak, in 10 of 20: what one rise of the rate undoes, the
    peak undoes at the start as well.

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
    evaluations: float = option(12, unit="values", text="Validation losses that can show it alone.")
    ratio: float = option(1.1, unit="x best", text="End over the best level.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the level at the lows of the rate with the end."""
        c, rate = case.train, case.rate
        if c is None or rate is None or c.n < self.min_points or not rate.rebounds:
            return
        shown = self._worse(case, c)
        if shown is None or self._improving(c, rate):
            return
        first = rate.rebounds_after(float(shown.x[shown.i_best]))[0]
        yield self.finding(
            case,
            onset=case.onset_at(c, c.at(first.x)),
            series=shown.name,
            channel=Channel.TRAIN_LOSS if shown is c else Channel.VAL_LOSS,
            message=f"the rate rose again from {number(first.low)} to {number(first.high)} after "
            f"{case.place(first.x)}, and {shown.name} from {number(shown.best)} to {number(shown.end)}",
            evidence=(
                Evidence("count", len(rate.rebounds), "rises"),
                Evidence("rise", shown.rise, "of the drop", self.rise),
                Evidence("low_rate", first.low, "rate"),
                Evidence("high_rate", first.high, "rate"),
            ),
            effect=shown.rise >= 2 * self.rise,
            points=c.n >= 3 * self.min_points,
            agree=case.val is None or case.val.n < 5 or case.val.rise >= self.rise / 2,
            caveat="unless the run was cut off within a cycle on purpose",
        )

    def _worse(self, case: Case, c: Curve) -> Curve | None:
        """Curve that ends above its best level, which lies before a rise of the rate.

        The training loss; or the validation loss, which is less noisy, where the other one rose
        too: alone it may rise because the run overfits.
        """
        v, rate = case.val, case.rate
        pair = (c,) if v is None or v.n < self.evaluations or c.rise < self.rise / 2 else (c, v)
        for curve in pair:
            rises = curve.rise >= self.rise and curve.end - curve.best > 3 * curve.se
            enough = not curve.positive or curve.end / curve.best >= self.ratio
            if rises and enough and rate and rate.rebounds_after(float(curve.x[curve.i_best])):
                return curve
        return None

    @staticmethod
    def _improving(c: Curve, rate: Rate) -> bool:
        """Whether each cycle ends lower than the one before it."""
        lows = [float(c.smooth[c.at(r.x)]) for r in rate.rebounds]
        return len(lows) >= 2 and bool((np.diff(lows) < -0.02 * c.drop).all())

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Decay once over all steps, from a third of the peak."""
        return over_the_run(
            case,
            now="rises again",
            divide=3.0,
            rationale=f"the rate is lowest at {case.place(finding.onset.step)} of {case.last_step:,.0f}, "
            f"and a rate of {number(finding.number('high_rate'))} undid what was learned until then",
            caveat="until then use the checkpoint of the last low",
            resume=finding.onset.step,
        )
