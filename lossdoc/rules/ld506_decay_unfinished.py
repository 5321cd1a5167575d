"""LD506: the schedule was made for more steps than the run had."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust.schedule import FEWEST, FIT, plan
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.decay import finished, over_the_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_SOLVED = 0.05
"""Share of its start below which a loss has next to nothing to gain from a lower rate."""


def _decay(shape: str) -> curves.Make:
    shapes: dict[str, Callable[[Floats], Floats]] = {
        "cosine": lambda t: 0.5 * (1 + np.cos(np.pi * 0.55 * t)),
        "linear": lambda t: 1.0 - 0.6 * t,
        "exponential": lambda t: 0.4**t,
        "to a floor": lambda t: 0.3 + 0.7 * 0.5 * (1 + np.cos(np.pi * t)),
        "stairs": lambda t: np.where(t < 0.5, 1.0, 0.3),
    }

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.4, 0.3), 0.03),
            "lr": 1e-2 * shapes[shape](t),
        }

    return curves.table(400, fill)


class DecayUnfinished(Rule):
    """Schedule decays like a cosine or a line, and the run ends long before it does.

    ## How it is measured
    From the last step at its peak to the end the rate follows a straight line or the beginning of a
    half cosine within 2 % of its fall, still falls at the end, and ends between a fifth and nine
    tenths of the peak. From the shape follows for how many steps the schedule was made.

    ## What to change
    The number of steps of the schedule to that of the run. In measured trials that ended lower
    where batches keep the loss up (18 of 18 runs), and higher where little of it was left (9 of 10):
    nothing is prescribed there.

    ## When it is wrong
    Runs that were stopped early because they no longer improved; lines that are meant to end at a
    share of their peak.
    """

    code: ClassVar[str] = "LD506"
    name: ClassVar[str] = "decay-unfinished"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 10
    at_the_end: ClassVar[bool] = True
    references: ClassVar[tuple[str, ...]] = (
        "Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts",
        "Hoffmann et al. 2022, Training Compute-Optimal Large Language Models (schedule length)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_decay("cosine")),
        fires(_decay("linear")),
        quiet(_decay("exponential")),
        quiet(_decay("to a floor")),
        quiet(_decay("stairs")),
        quiet(curves.healthy()),
        quiet(curves.healthy(rate="constant")),
    )

    low: float = option(0.2, unit="of the peak", text="Rate at the end that is low enough.")
    high: float = option(0.9, unit="of the peak", text="Above it has hardly begun to decay.")
    fit: float = option(FIT, unit="of the fall", text="Largest distance from the shape.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Fit both shapes to the decay."""
        rate = case.rate
        if rate is None or rate.rebounds or rate.x[-1] < case.first_step + 0.9 * case.length:
            return
        end = float(rate.y[-1]) / rate.peak
        if not self.low < end < self.high:
            return
        made = plan(rate, self.fit)
        if made is None:
            return
        finished(case)
        yield self.finding(
            case,
            onset=case.onset(made.start),
            series=case.run[Channel.LEARNING_RATE].name,
            channel=Channel.LEARNING_RATE,
            message=f"the {made.shape} was made to end at {case.place(made.end)} and the run at "
            f"{case.place(case.last_step)}: the rate is still {number(float(rate.y[-1]))}, {end:.0%} of its peak",
            evidence=(
                Evidence("rate_at_end", end, "of the peak", self.low),
                Evidence("made_for", made.end, f"{case.run.axis}s"),
                Evidence("had", case.last_step, f"{case.run.axis}s"),
            ),
            effect=True,
            points=len(rate.y) >= 2 * FEWEST,
            caveat="unless it was stopped early, or the line is meant to end there",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Make the schedule as long as the run, where the loss has something left to fall."""
        c = case.train
        if c is None or c.end < _SOLVED * c.start:
            return ()
        return over_the_run(
            case,
            rationale=f"the schedule was made for {finding.number('made_for'):,.0f} {case.run.axis}s, "
            f"the run had {finding.number('had'):,.0f}",
        )
