"""LD303: the loss falls as fast as ever, and has covered little of its way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, fires, option, quiet
from lossdoc.rules.steady import (
    FEW,
    VAL_MIN,
    begins_late,
    covered,
    deciding,
    finished,
    outlook_in_words,
    short_line,
    state,
    steady,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case

_EXCERPT = 5
"""Fewer rows by step are as likely the beginning of a run as all of it; a few epochs are a run."""


def _crawl() -> curves.Make:
    return curves.table(
        400,
        lambda rng, t: {
            "train_loss": curves.noisy(rng, 2.4 - 0.3 * t, 0.01),
            "val_loss": curves.noisy(rng, 2.4 - 0.3 * t, 0.002),
            "lr": np.full(len(t), 1e-5),
        },
        every=20,
    )


class TooSlow(Rule):
    """Loss still falls as fast as ever and has covered little of its way.

    ## How it is measured
    On the axis of cumulative learning rate, so that a decayed tail does not look flat: the fall
    of the second half is at least 1.2 times that of the second quarter (a straight line gives 2,
    a logarithm 1, a converging run less), is a quarter of all progress, goes on in the last quarter, and
    is beyond its noise. The validation loss decides where it has eight values, and must be best in
    the last fifth. Less than half of the start was covered (35 % with under 40 points), but
    2 % at least; of a validation loss, which has no batch noise, 0.5 %. A note where the first
    3.5 % of the log are missing or the schedule had come to its end.

    The slope is the median slope (Theil-Sen) of the second half. What as many steps again would
    bring is that of an exponential or a power law, fitted to 40 points and more.

    ## What to change
    The learning rate times 2.7 / covered share, between 3 and 100: at that speed a drop of nine
    tenths needs 0.9 / covered share of the present sum of rates; 3 is for the bend of the curve.

    ## When it is wrong
    Fine-tuning, where a small fall is normal; losses with a large irreducible part.
    """

    code: ClassVar[str] = "LD303"
    name: ClassVar[str] = "too-slow"
    severity: ClassVar[Severity] = Severity.WARNING
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 3
    at_the_end: ClassVar[bool] = True
    references: ClassVar[tuple[str, ...]] = (
        "Smith 2017, Cyclical Learning Rates (range test)",
        "Godbole et al. 2023, Deep Learning Tuning Playbook (how long to train)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_crawl()),
        quiet(curves.healthy()),
        quiet(curves.healthy(rate="constant")),
        quiet(curves.epochs()),
    )

    least: float = option(0.02, unit="of the start", text="Falls below are noise.")
    least_val: float = option(0.005, unit="of the start", text="The same of a validation loss.")
    covered: float = option(0.5, unit="of the start", text="Fall that is still too little.")
    covered_few: float = option(0.35, unit="of the start", text="The same with under 40 points.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge whether progress is steady, and how little it covered."""
        c = case.principal
        if c is None or c.start <= 0:
            return
        drop = covered(case)
        limit = self.covered if c.n >= FEW else self.covered_few
        least = self.least if deciding(case) is case.train else self.least_val
        if not least <= drop < limit:
            return
        found = short_line(case, c) if c.n < VAL_MIN else steady(case)
        if found is None:
            return
        excerpt = c.n < _EXCERPT and case.run.axis == "step"
        note = finished(case, c, drop) or begins_late(case, c) or excerpt
        yield state(self, case, c, found, Severity.NOTE if note else Severity.WARNING)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Raise the rate by the inverse of the covered share."""
        share = finding.number("covered")
        return (faster(case, share, outlook_in_words(finding, case)),)


def faster(case: Case, share: float, outlook: str = "") -> Prescription:
    """Raise the rate of a run that covered a share of its start along a line."""
    raised = prescribe.raise_rate(
        case,
        float(np.clip(2.7 / max(share, 1e-3), 3.0, 100.0)),
        reference="linear extrapolation on the axis of cumulative learning rate; "
        "Smith 2017 (range test)",
        caveat="fine-tuning falls little by nature; with a factor of 30 or more run a range "
        "test first",
    )
    reason = f"2.7 / {share:.3g} of the start covered, between 3 and 100"
    return replace(raised, rationale=f"{raised.rationale}: {reason}{outlook}")
