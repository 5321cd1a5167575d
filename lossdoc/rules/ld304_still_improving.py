"""LD304: the run ended while it was still learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, fires, option, quiet
from lossdoc.rules.ld303_too_slow import TooSlow
from lossdoc.rules.steady import FEW, covered, finished, outlook_in_words, state, steady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case


def _straight() -> curves.Make:
    return curves.table(
        400,
        lambda rng, t: {
            "train_loss": curves.noisy(rng, 2.4 - 1.7 * t, 0.02),
            "val_loss": curves.noisy(rng, 2.4 - 1.7 * t, 0.004),
            "lr": np.full(len(t), 1e-3),
        },
        every=20,
    )


class StillImproving(Rule):
    """Run ended while its loss was still falling steadily.

    ## How it is measured
    As LD303, with half of the start covered or more. A warning only where the second half fell
    twice as much as the second quarter, or where the fall is large beyond doubt; a note when the
    schedule had come to its end.

    ## What to change
    Train for twice as many steps at the same peak, the decay as long as it was.

    ## When it is wrong
    A short probe that was meant to be short.
    """

    code: ClassVar[str] = "LD304"
    name: ClassVar[str] = "still-improving"
    severity: ClassVar[Severity] = Severity.WARNING
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 8
    at_the_end: ClassVar[bool] = True
    references: ClassVar[tuple[str, ...]] = (
        "Godbole et al. 2023, Deep Learning Tuning Playbook (how long to train)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_straight()),
        quiet(curves.healthy()),
        quiet(curves.epochs()),
    )

    line: float = option(2.0, unit="x", text="Second half over second quarter that warns.")
    large: float = option(0.6, unit="of the start", text="So does a fall of this size.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge whether progress is steady after a good part of the way."""
        c = case.principal
        if c is None or c.start <= 0 or c.n < self.min_points:
            return
        drop = covered(case)
        limit = TooSlow().covered if c.n >= FEW else TooSlow().covered_few
        found = steady(case) if drop >= limit else None
        if found is None:
            return
        line = found.early > 0 and found.late >= self.line * found.early
        warns = line if c.n < FEW else (line or drop >= self.large)
        note = not warns or finished(case, c, drop)
        yield state(self, case, c, found, Severity.NOTE if note else Severity.WARNING)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Train twice as long."""
        steps = case.last_step
        unit = "epochs" if case.run.axis == "epoch" else "steps"
        return (
            Prescription(
                kind="length",
                action="train longer at the same peak learning rate",
                changes=(Change(unit, steps, prescribe.round_up(2 * steps)),),
                rationale=f"2 x the {steps:,.0f} {unit} of this log{outlook_in_words(finding, case)}",
                reference="Godbole et al. 2023, Deep Learning Tuning Playbook",
                caveat="where compute is short, three times the learning rate does the same",
            ),
        )
