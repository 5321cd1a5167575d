"""LD403: a classifier that stays poor on its own training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_MOST_START = 4.0
"""Cross entropy over some 50 classes; beyond, accuracies are bound by entropy, not by capacity."""


def _poor() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = curves.learning(len(t), 2.3, 1.72, 0.04)
        return {
            "train_loss": curves.noisy(rng, level, 0.01),
            "val_loss": curves.noisy(rng, 1.01 * level, 0.005),
            "train_acc": 0.32 - 0.22 * curves.learning(len(t), 1.0, 0.0, 0.04),
            "val_acc": 0.31 - 0.22 * curves.learning(len(t), 1.0, 0.0, 0.04),
        }

    return curves.table(60, fill, axis="epoch")


class Underfitting(Rule):
    """Classifier stays poor on training and validation data alike.

    ## How it is measured
    Accuracy is the witness, since a loss level alone says nothing: at most 0.5 with the loss above
    30 % of its start, or at most 0.75 with the loss above 70 %. Training and validation agree (loss
    within 15 % of the drop or 8 % of the start, accuracies within 0.15), the second half of the run brought less than
    12 % of the drop, and validation is not falling any more. Only for a start below 4 nats
    (some 50 classes).

    ## What to change
    One probe at three times the learning rate for 5 % of the steps; if that changes nothing, four
    times the width or two more layers, and weight decay and dropout a third of what they are.

    ## When it is wrong
    Labels with a known noise floor.
    """

    code: ClassVar[str] = "LD403"
    name: ClassVar[str] = "underfitting"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS})
    min_points: ClassVar[int] = 5
    references: ClassVar[tuple[str, ...]] = ("Godbole et al. 2023, Deep Learning Tuning Playbook",)
    examples: ClassVar[tuple[Example, ...]] = (fires(_poor()), quiet(curves.epochs()))

    poor: float = option(0.5, unit="accuracy", text="Poor, with a loss above 30 % of its start.")
    middling: float = option(0.75, unit="accuracy", text="Poor, with a loss above 70 %.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge accuracy, agreement and flatness."""
        c, v = case.train, case.val
        a = case.accuracy or case.train_accuracy
        if c is None or a is None:
            raise Withheld("no top-1 accuracy in this log, and a loss level alone proves nothing")
        if c.n < self.min_points or c.start <= 0 or c.start >= _MOST_START:
            return
        value = median(a.y[-3:])
        level = c.end / c.start
        poor = (value <= self.poor and level > 0.3) or (value <= self.middling and level > 0.7)
        late = c.mean_between(0.4, 0.6) - c.end
        if not poor or late >= 0.12 * c.drop or not self._agree(case):
            return
        if v is not None and v.n >= 5 and v.mean_between(0.6, 0.8) - v.end > 0.05 * v.drop:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, int(np.argmax(c.smooth <= c.end + 0.1 * c.drop))),
            series=c.name,
            message=f"{c.name} stays at {number(c.end)} of {number(c.start)} with an accuracy of "
            f"{value:.3g}, on training and validation data alike",
            evidence=(
                Evidence("accuracy", value, "share", self.poor),
                Evidence("level", level, "of the start", 0.3),
                Evidence("second_half", late / c.drop, "of the drop", 0.12),
            ),
            effect=level > 0.6,
            points=c.n >= 4 * self.min_points,
            agree=v is not None,
            caveat="unless the labels are known to be that noisy",
        )

    @staticmethod
    def _agree(case: Case) -> bool:
        c, v = case.train, case.val
        if c is None:
            return False
        a, b = case.accuracy, case.train_accuracy
        near = a is None or b is None or abs(float(a.y[-1]) - float(b.y[-1])) < 0.15
        return near and (v is None or abs(v.end - c.end) < max(0.15 * c.drop, 0.08 * c.start))

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Probe a higher rate, then capacity."""
        probe = prescribe.raise_rate(
            case,
            3.0,
            reference="Smith 2017, Cyclical Learning Rates",
            caveat="a probe of 5 % of the steps",
        )
        capacity = Prescription(
            kind="capacity",
            action="widen the model if the probe changes nothing",
            changes=(Change("width_factor", 1.0, 4.0),),
            rationale=f"accuracy {finding.number('accuracy'):.3g} on training and validation data: "
            "more of the same training does not help",
            reference="Goodfellow et al. 2016, Deep Learning, section 5.2",
            caveat="less weight decay and dropout first, where they are strong",
        )
        return (probe, capacity)
