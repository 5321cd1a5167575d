"""LD305: early plateau, flat for most of the run at a level that says nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Evidence, Finding, Prescription, Severity
from lossdoc.robust import block_medians, mann_kendall, theil_sen
from lossdoc.robust.progress import progress
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case


def _early_floor() -> curves.Make:
    return curves.table(
        400,
        lambda rng, t: {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.4, 1.3, 0.01), 0.03),
            "lr": np.full(len(t), 1e-3),
        },
    )


class EarlyPlateau(Rule):
    """Loss has been flat for more than half of the run at a level that may be its floor or not.

    ## How it is measured
    On the axis of cumulative learning rate: less than 3 % of the drop was made in the last
    quarter, without a trend, the level of the end was reached before half of the run, and it lies
    above a fifth of the start. Always a note: nearly every healthy language model, detector and
    regressor ends above that level, so the level proves nothing.

    ## What to change
    Nothing from the log alone. Compare with a target, an accuracy or a known-good run; if it is
    too high, probe three times the rate for 5 % of the steps before adding capacity.

    ## When it is wrong
    It cannot be: it only says what a curve cannot decide.
    """

    code: ClassVar[str] = "LD305"
    name: ClassVar[str] = "early-plateau"
    severity: ClassVar[Severity] = Severity.NOTE
    min_points: ClassVar[int] = 40
    at_the_end: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_early_floor()),
        quiet(curves.healthy()),
    )

    flat: float = option(0.03, unit="of the drop", text="Progress of the last quarter.")
    level: float = option(0.2, unit="of the start", text="Levels below are good anyway.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for a long flat tail."""
        c = case.train
        if c is None or c.n < self.min_points or c.end <= self.level * c.start or c.rise >= 0.15:
            return
        axis = case.progress(c.x)
        p = progress(c, axis)
        tail = c.y[axis >= 0.75]
        if len(tail) < 6 or abs(p.last) >= max(self.flat * c.drop, 3 * p.error):
            return
        count = int(np.clip(len(tail) // 5, 6, 24))
        blocks = block_medians(tail, count)
        if abs(mann_kendall(blocks)) > 2.33 and abs(p.last) >= self.flat * c.drop:
            return
        since = int(np.argmax(c.smooth <= c.end + 0.05 * c.drop))
        if axis[since] >= 0.5 or c.start - c.end < 0.08 * abs(c.start):
            return
        slope = theil_sen(block_medians(c.x[axis >= 0.75], count), blocks)
        yield self.finding(
            case,
            onset=case.onset_at(c, since),
            series=c.name,
            message=f"{c.name} has been flat at {number(c.end)} since {case.place(c.x[since])}; "
            "converged or stuck cannot be told without a target",
            evidence=(
                Evidence("last_quarter", p.last / c.drop, "of the drop", self.flat),
                Evidence("level", c.end / c.start, "of the start", self.level),
                *([Evidence("slope", slope.value, f"loss per {case.run.axis}")] if slope else []),
            ),
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Prescribe nothing: the curve cannot tell."""
        del finding, case
        return ()
