"""LD403: a classifier that stays poor on its own training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.capacity import less_decay, more_capacity, strong_decay
from lossdoc.rules.chance import MIDDLING, final_accuracy, last_accuracy
from lossdoc.rules.steady import LATEST_START, covered, creeps, finished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_MOST_START = 4.0
"""Cross entropy over some 50 classes; beyond, accuracies are bound by entropy, not by capacity."""

_MOST_LATE_START = 2.5
"""The same where the first rows are missing: a mean of an epoch is below its first loss."""

_NEAR_CHANCE = 0.8
"""Nats by which ln(accuracy) + loss is above 0 for first weights: a few lucky answers."""

_TWO_CLASSES = 0.05
"""Distance in nats between a loss and the entropy of its accuracy; errors among many classes add
a nat per wrong answer."""


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


def _best_line() -> curves.Make:
    """A linear model on data that no line parts: unlucky first weights, then the best line."""

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = curves.learning(len(t), 1.3, 0.65, 0.01)
        return {
            "train_loss": level + 0.04 * rng.standard_normal(len(t)),
            "val_loss": level + 0.002 * rng.standard_normal(len(t)),
            "train_acc": 0.64 + 0.05 * rng.standard_normal(len(t)),
            "val_acc": 0.63 + 0.01 * rng.standard_normal(len(t)),
        }

    return curves.table(400, fill, every=20)


def _noisy_labels() -> curves.Make:
    """Data that cannot be told apart better: the model learns its own samples on."""

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = curves.learning(len(t), 2.35, 1.28, 0.01)
        return {
            "train_loss": level + 0.1 * rng.standard_normal(len(t)),
            "val_loss": 1.12 * level + 0.003 * rng.standard_normal(len(t)),
            "train_acc": 0.56 + 0.06 * rng.standard_normal(len(t)),
            "val_acc": 0.49 + 0.004 * rng.standard_normal(len(t)),
        }

    return curves.table(400, fill, every=20)


class Underfitting(Rule):
    """Classifier stays poor on training and validation data alike.

    ## How it is measured
    Accuracy is the witness, since a loss level alone says nothing: at most 0.5 with the loss above
    30 % of its start, or at most 0.75 with the loss above 70 %, or at most 0.9 with the loss above
    half where the weight decay is a hundred times the usual one. Where the loss is the entropy of
    the accuracy, answers are those of two classes: a start above ln 2 then counts as ln 2, the rest
    of it is unlucky first weights. Training and validation agree (loss within 5 % of the start,
    accuracies within 0.15), the second half of the run brought less than 12 % of the drop, and
    validation is not falling any more. Only for a start below 4 nats (some 50 classes), or 2.5
    where the first 3.5 % of the log are missing.

    ## What to change
    A weight decay that is a hundred times the usual one: a hundredth of it. Otherwise capacity:
    four times the width and two more layers. Then one probe at three times the learning rate.

    ## When it is wrong
    Labels with a known noise floor.
    """

    code: ClassVar[str] = "LD403"
    name: ClassVar[str] = "underfitting"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS})
    min_points: ClassVar[int] = 5
    patience: ClassVar[float] = 0.5
    references: ClassVar[tuple[str, ...]] = ("Godbole et al. 2023, Deep Learning Tuning Playbook",)
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_poor()),
        fires(_best_line()),
        quiet(curves.epochs()),
        quiet(_noisy_labels()),
    )

    poor: float = option(0.5, unit="accuracy", text="Poor, with a loss above 30 % of its start.")
    middling: float = option(MIDDLING, unit="accuracy", text="Poor, with a loss above 70 %.")
    held_down: float = option(0.9, unit="accuracy", text="Poor under a far too strong decay.")
    gap: float = option(0.05, unit="of the start", text="Validation over training loss, at most.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge accuracy, agreement and flatness."""
        c, v = case.train, case.val
        a = case.accuracy or case.train_accuracy
        if c is None or a is None:
            raise Withheld("no top-1 accuracy in this log, and a loss level alone proves nothing")
        most = _MOST_START if c.begins_at <= LATEST_START else _MOST_LATE_START
        if c.n < self.min_points or not 0 < c.start < most or _too_slow(case, c):
            return
        value = final_accuracy(case)
        start = _start(c, value)
        level = c.end / start
        poor = (value <= self.poor and level > 0.3) or (value <= self.middling and level > 0.7)
        poor |= strong_decay(case) is not None and value <= self.held_down and level > 0.5
        late = c.mean_between(0.4, 0.6) - c.end
        if not poor or late >= 0.12 * c.drop or not self._agree(case):
            return
        if v is not None and v.n >= 5 and v.mean_between(0.6, 0.8) - v.end > 0.05 * v.drop:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, int(np.argmax(c.smooth <= c.end + 0.1 * c.drop))),
            series=c.name,
            message=f"{c.name} stays at {number(c.end)} of {number(start)} with an accuracy of "
            f"{value:.3g}" + ("" if v is None else ", on training and validation data alike"),
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

    def _agree(self, case: Case) -> bool:
        """Whether both sides are equally poor: a model that could do more would fit its own data."""
        c, v = case.train, case.val
        if c is None:
            return False
        a, b = case.accuracy, case.train_accuracy
        near = a is None or b is None or abs(last_accuracy(a) - last_accuracy(b)) < 0.15
        return near and (v is None or abs(v.end - c.end) < self.gap * c.start)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Take away what holds the weights down, or give the model more of them."""
        probe = prescribe.raise_rate(
            case,
            3.0,
            reference="Smith 2017, Cyclical Learning Rates",
            caveat="a probe of 5 % of the steps",
        )
        sides = "training data" if case.val is None else "training and validation data"
        reason = f"accuracy {finding.number('accuracy'):.3g} on {sides}"
        return (*less_decay(case, reason), more_capacity(reason), probe)


def _too_slow(case: Case, c: Curve) -> bool:
    """Whether the loss falls along a line near chance: it is the rate that is too low (LD303)."""
    near_chance = np.log(final_accuracy(case)) + c.end < _NEAR_CHANCE
    return bool(near_chance) and creeps(case) and not finished(case, c, covered(case))


def _start(c: Curve, accuracy: float) -> float:
    """Start of the loss; no more than ln 2 where it is a calibrated answer of two classes."""
    if not 0 < accuracy < 1:
        return c.start
    entropy = -accuracy * np.log(accuracy) - (1 - accuracy) * np.log(1 - accuracy)
    two = abs(c.end - entropy) < _TWO_CLASSES
    return min(c.start, float(np.log(2))) if two else c.start
