"""LD302: a classifier that answers no better than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.arrays import quantile
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.robust.progress import progress
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.capacity import less_decay
from lossdoc.rules.chance import (
    RARE,
    TOLERANCE,
    answers,
    below_uniform,
    distinct,
    does_its_best,
    initialise,
    learns_in_vain,
    log_sum,
    uniform_level,
)
from lossdoc.rules.steady import VAL_MIN, creeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve


def _at_chance() -> curves.Make:
    return curves.table(
        300,
        lambda rng, t: {
            "train_loss": 2.305 + 0.03 * rng.standard_normal(len(t)),
            "val_loss": 2.304 + 0.002 * rng.standard_normal(len(t)),
            "val_acc": 0.1 + 0.004 * rng.standard_normal(len(t)),
        },
        every=20,
    )


def _learning() -> curves.Make:
    return curves.table(
        300,
        lambda rng, t: {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.3), 0.05),
            "val_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.35), 0.01),
            "val_acc": 0.92 - 0.8 * curves.learning(len(t), 1.0, 0.0),
        },
        every=20,
    )


class ChanceLevel(Rule):
    """Classifier answers no better than chance.

    ## How it is measured
    Uniform answers over C classes give a loss of ln C and an accuracy of 1/C, so ln(accuracy) +
    loss is 0. It fires where that sum stays within 0.12 for the validation (and the training) loss
    (down to -0.5 where the loss is ln C within 1 %: a constant answer of a rare class),
    the accuracy is 0.6 at most and the loss has stopped falling; or where the accuracy takes only one
    or two distinct values over eight evaluations and more: a constant answer (so does one value over
    the later half, of no more than half of the best: a model that collapsed); or where neither an
    accuracy under 0.8 nor the losses have moved by 3 % since the first row. Not where the loss goes
    on falling: its rate is too low (LD301, LD303); nor, in the last case, where
    answers differ and are better than uniform ones: that model can do no more (LD403). Not where
    training learns and validation alone is at chance (LD402).

    ## What to change
    Initialisation, activations and normalisation before the learning rate: in measured trials a
    dead or saturated network was revived by He initialisation with ReLU in 20 of 20 runs, by a
    higher or lower rate in none. A weight decay of a hundred times the usual one comes first: it
    makes all answers alike, and a hundredth of it will do.

    ## When it is wrong
    Strongly imbalanced classes, where the majority answer is hard to beat for a while; accuracies
    that are not top-1.
    """

    code: ClassVar[str] = "LD302"
    name: ClassVar[str] = "chance-level"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.VAL_ACCURACY})
    min_points: ClassVar[int] = 3
    patience: ClassVar[float] = 0.33
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {"LD301", "LD305", "LD403", "LD303", "LD304", "LD201", "LD402"}
    )
    references: ClassVar[tuple[str, ...]] = (
        "Karpathy 2019, A Recipe for Training Neural Networks (loss at initialisation)",
        "He et al. 2015, Delving Deep into Rectifiers",
    )
    examples: ClassVar[tuple[Example, ...]] = (fires(_at_chance()), quiet(_learning()))

    tolerance: float = option(TOLERANCE, unit="nats", text="|ln(accuracy) + loss| at chance.")
    unmoved: float = option(0.03, unit="accuracy", text="Accuracies this close did not move.")
    highest: float = option(0.6, unit="accuracy", text="Accuracies above are not chance.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Test uniform answers, then a constant answer."""
        accuracy, loss = case.accuracy, case.val or case.train
        if accuracy is None or loss is None:
            raise Withheld("needs a top-1 accuracy and a loss")
        if creeps(case) or _moves(case, loss) or learns_in_vain(case):
            return
        value = median(accuracy.y[-3:])
        if self._uniform(case, accuracy, loss):
            classes = float(np.exp(loss.end))
            text = (
                f"accuracy {value:.3g} and {loss.name} {number(loss.end)} are those of uniform "
                f"answers over {classes:.0f} classes"
            )
        elif self._constant(case, accuracy):
            one = distinct(accuracy) == 1
            values = "one value alone" if one else f"{distinct(accuracy)} values alone"
            told = len(answers(accuracy))
            text = f"accuracy takes {values}, about {value:.3g}, in {told} evaluations: "
            text += "a constant answer"
            if told < accuracy.n:
                text += f", after an accuracy of {accuracy.y.max():.3g}"
        elif self._unmoved(case, accuracy) and not does_its_best(case):
            text = f"neither {loss.name} ({number(loss.start)} to {number(loss.end)}) nor the accuracy "
            text += f"({accuracy.y[0]:.3g} to {accuracy.end:.3g}) moved since the first row"
        else:
            return
        yield self.finding(
            case,
            onset=case.onset_at(loss, self._stuck_since(loss)),
            series=loss.name,
            channel=Channel.VAL_LOSS if loss is case.val else Channel.TRAIN_LOSS,
            message=text,
            evidence=(
                Evidence("accuracy", value, "share", self.highest),
                Evidence("loss", loss.end, "nats"),
                Evidence(
                    "log_accuracy_plus_loss", log_sum(value, loss.end), "nats", self.tolerance
                ),
            ),
            effect=abs(log_sum(value, loss.end)) < self.tolerance / 2 or uniform_level(loss),
            points=accuracy.n >= 8,
            caveat="strongly imbalanced classes look the same for a while",
        )

    def _uniform(self, case: Case, accuracy: Curve, loss: Curve) -> bool:
        value = median(accuracy.y[-3:])
        c = case.train
        if not 0 < value <= self.highest or accuracy.n < self.min_points or loss.n < 3:
            return False
        if not self._guesses(value, loss) or np.exp(loss.end) < 1.8:
            return False
        if distinct(accuracy) > 2 and below_uniform(loss):
            return False
        if c is not None and c is not loss:
            below = c.end < loss.end - max(3 * c.se, 0.05 * loss.end)
            if below or not self._guesses(value, c):
                return False
        stuck = abs(loss.mean_between(0.5, 0.7) - loss.mean_between(0.85, 1.0))
        if not stuck < 0.02 * abs(loss.start) + 3 * loss.se and loss.n >= 6:
            return False
        return accuracy.y[-1] - accuracy.y[0] < 0.1 or accuracy.n < 4

    def _guesses(self, accuracy: float, loss: Curve) -> bool:
        """Whether an accuracy is that of answers which are as uncertain as the loss says.

        A constant answer is right as often as its class occurs: less often than 1 in C, too.
        """
        least = -RARE if uniform_level(loss) else -self.tolerance
        return least < log_sum(accuracy, loss.end) < self.tolerance

    def _constant(self, case: Case, accuracy: Curve) -> bool:
        """Whether the answer does not depend on the input: one accuracy, again and again."""
        c = case.train
        few = distinct(accuracy) <= max(2, accuracy.n // 20)
        if accuracy.n < 8 or not few or float(accuracy.y.max()) >= 0.97 or c is None:
            return False
        flat = c.mean_between(0.5, 0.7) - c.end < 0.02 * abs(c.start) + 3 * c.se
        return bool(flat or c.start - c.end < 0.2 * abs(c.start))

    def _unmoved(self, case: Case, accuracy: Curve) -> bool:
        """Whether neither accuracy nor loss moved since the first row."""
        c, v = case.train, case.val
        if accuracy.n < 8 or c is None or c.n < 8 or c.start <= 0:
            return False
        low, high = quantile(accuracy.y, 0.1), quantile(accuracy.y, 0.9)
        still = high - low < self.unmoved and abs(accuracy.end - accuracy.y[0]) < self.unmoved
        fell = (c.start - c.end) / c.start
        val_fell = v is not None and v.n >= 3 and v.y[0] - v.y.min() >= 0.03 * abs(v.y[0])
        return bool(still and accuracy.end < 0.8 and fell < 0.03 and not val_fell)

    @staticmethod
    def _stuck_since(loss: Curve) -> int:
        """First point from which on the level is that of the end."""
        away = np.flatnonzero(
            np.abs(loss.smooth - loss.end) > 0.05 * abs(loss.end) + 3 * loss.sigma
        )
        return min(int(away[-1]) + 1, loss.n - 1) if len(away) else 0

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Decay the weights less where that is strong; initialise anew, and keep the learning rate."""
        reason = (
            f"loss {number(finding.number('loss'))} with accuracy "
            f"{finding.number('accuracy'):.3g} is chance"
        )
        return (*less_decay(case, reason), initialise(reason))


def _moves(case: Case, loss: Curve) -> bool:
    """Whether the loss falls all the time, if by little and ever less."""
    if loss.n < VAL_MIN:
        return False
    seen = progress(loss, case.progress(loss.x))
    return seen.significant and seen.early > 3 * seen.error
