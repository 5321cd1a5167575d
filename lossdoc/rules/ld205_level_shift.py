"""LD205: the loss steps up once, and the run goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Evidence, Finding, Severity
from lossdoc.robust.shift import FEWEST, LEAST_DROP, LEAST_RATIO, harmless_shift
from lossdoc.rules.base import Example, Rule, fires, number, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case


def _easy_samples_first(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][:150] *= np.geomspace(1.0, 0.1, 150)


def _harder_samples_later(columns: dict[str, Floats], _: np.random.Generator) -> None:
    """The training loss comes down again; nobody validates."""
    learned = curves.learning(250, 2.0, 0.3, 0.3)
    columns["train_loss"][150:] = (
        learned * columns["train_loss"][150:] / curves.learning(400, 2.5, 0.3)[150:]
    )


def _harder_samples_at_rest(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """They cannot be learned any better, and that shows at once."""
    columns["train_loss"][:150] *= np.geomspace(1.0, 0.2, 150)
    columns["train_loss"][150:] = curves.noisy(rng, np.full(250, 0.9), 0.1)


class LevelShift(Rule):
    """Training loss steps up once and the run goes on from there.

    ## How it is measured
    The largest rise between the medians of a twentieth of the run before a place and after it, put
    to the point by least squares (the change point of Hinkley). It must multiply the loss by 1.3,
    be 5 % of the drop and six standard errors high, happen between two points, last for a
    twentieth of the run without the overshoot of a spike, and be the only one of its size. And the
    run goes on: the validation loss falls through it; where none was logged, the training loss
    makes good half of the step again, or is at rest from the first point on, at less than half of
    its start: a network that came to harm would learn again from there, or lie at its start.

    ## What to change
    Nothing, if the data, the curriculum, the loss or its weights were changed there on purpose, or
    the run was resumed. If nobody knows of a change there, look for one: the loss from there on
    does not measure what it measured before.

    ## When it is wrong
    A run that was damaged there and recovers slowly, where no validation loss was logged. A change
    that comes little by little, or with a change of the learning rate, is not seen.
    """

    code: ClassVar[str] = "LD205"
    name: ClassVar[str] = "level-shift"
    severity: ClassVar[Severity] = Severity.NOTE
    min_points: ClassVar[int] = FEWEST
    references: ClassVar[tuple[str, ...]] = (
        "Hinkley 1970, Biometrika 57:1 (change point)",
        "Bengio et al. 2009, Curriculum learning",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _easy_samples_first), onset=(151, 151)),
        fires(
            curves.altered(curves.without(curves.healthy(), "val_loss"), _harder_samples_later),
            onset=(151, 151),
        ),
        fires(
            curves.altered(curves.without(curves.healthy(), "val_loss"), _harder_samples_at_rest),
            onset=(151, 151),
        ),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), curves.blow_up)),
        quiet(curves.altered(curves.healthy(), curves.spike)),
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for one step up from which the run learns on."""
        c, shift = case.train, harmless_shift(case)
        if c is None or shift is None:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, shift.i),
            series=c.name,
            message=f"{c.name} stepped up from {number(shift.before)} to {number(shift.after)} at "
            f"{case.place(c.x[shift.i])} and the run went on from there: did the data, the "
            "curriculum or the loss change, or was the run resumed?",
            evidence=(
                Evidence("before", shift.before, "loss"),
                Evidence("after", shift.after, "loss"),
                Evidence(
                    "height", (shift.after - shift.before) / c.drop, "of the drop", LEAST_DROP
                ),
                Evidence("end", c.end, "loss"),
            ),
            effect=shift.before > 0 and shift.after >= 2 * LEAST_RATIO * shift.before,
            points=c.n >= 2 * FEWEST,
            caveat="a run that was damaged there and recovers slowly looks the same in its training loss",
        )
