"""LD402: training and validation loss part, and the validation loss is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.chance import TOLERANCE, final_accuracy, learns_in_vain, log_sum
from lossdoc.rules.regularise import one_notch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve


def _stuck() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.02, 0.3), 0.02),
            "val_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 1.3, 0.02), 0.004),
        }

    return curves.table(50, fill, axis="epoch")


def _by_heart() -> curves.Make:
    """Labels that do not belong to their inputs."""

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.1, 0.4), 0.02),
            "val_loss": curves.noisy(rng, 2.31 + 3.0 * t**2, 0.005),
            "val_acc": 0.1 + 0.01 * rng.standard_normal(len(t)),
        }

    return curves.table(50, fill, axis="epoch")


class GeneralisationGap(Rule):
    """Validation loss is stuck far above a training loss that goes on falling.

    ## How it is measured
    A warning in three cases alone: (i) the validation loss is within 2 % of its best since 40 % of
    the run or more, ends at twice the training loss or more, and the training loss fell by 30 %
    meanwhile, but for an accuracy of 0.9 and more; (ii) five validation values or more never were 3 %
    better than the first, while the training loss fell by a fifth since; (iii) the validation
    accuracy stays that of guesses, by the best validation loss (their ln(accuracy) + loss is 0
    within 0.12, or down to -0.5 for answers of a rare class), while training learns: an error where
    the validation loss ends at twice the training loss.
    Any other gap of 30 % of the drop is a note: dropout, augmentation and harder data make gaps.

    ## What to change
    More regularisation, one notch: dropout 0.3, and three times the weight decay where there is
    one; more data. No learning rate closes a gap. Where validation stays at chance, regularisation
    does not help either: validate on samples of training, which tells wrong labels from a
    validation that is done in another way.

    ## When it is wrong
    Losses that are not the same on both sides (label smoothing, mixup, summed against mean). Small
    algorithmic data sets may generalise long after they were learned by heart (grokking).
    """

    code: ClassVar[str] = "LD402"
    name: ClassVar[str] = "generalisation-gap"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})
    min_points: ClassVar[int] = 5
    patience: ClassVar[float] = 0.25
    references: ClassVar[tuple[str, ...]] = (
        "Goodfellow et al. 2016, Deep Learning, chapter 7 (regularisation)",
        "Zhang et al. 2017, Understanding Deep Learning Requires Rethinking Generalization",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_stuck()),
        fires(_by_heart(), onset=(1, 1)),
        quiet(curves.healthy()),
        quiet(curves.epochs(40, gap=1.3)),
    )

    ratio: float = option(2.0, unit="x train", text="Validation over training loss when stuck.")
    fell: float = option(0.3, unit="of its level", text="Fall of the training loss meanwhile.")
    good: float = option(0.9, unit="accuracy", text="With it a stuck validation loss is no matter.")
    gap: float = option(0.3, unit="of the drop", text="Gap that is worth a note.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for a stuck validation loss, then for a plain gap."""
        c, v = case.train, case.val
        if c is None or v is None or v.n < self.min_points or c.n < 5:
            return
        a = case.accuracy
        if a is not None and learns_in_vain(case):
            yield self._in_vain(case, a, v, c)
            return
        if c.end <= 0 or not c.positive or not v.positive:
            return
        since, kind = self._stuck(case, c, v)
        drop = max(v.start - v.best, 0.1 * abs(v.start), 1e-300)
        gap = (v.end - c.end) / drop
        if kind:
            severity = Severity.WARNING
        elif gap >= self.gap:
            severity, since, kind = Severity.NOTE, 0, "lies above"
        else:
            return
        yield self.finding(
            case,
            onset=case.onset_at(v, since),
            series=v.name,
            channel=Channel.VAL_LOSS,
            severity=severity,
            message=f"{v.name} {kind} {c.name}: {number(v.end)} against {number(c.end)} at the end",
            evidence=(
                Evidence("gap", gap, "of the drop", self.gap),
                Evidence("ratio", v.end / c.end, "x", self.ratio),
            ),
            effect=v.end - c.end >= 12 * (c.se + v.se),
            points=v.n >= 8,
            caveat="unless the two losses are computed differently",
        )

    def _in_vain(self, case: Case, a: Curve, v: Curve, c: Curve) -> Finding:
        """Nothing of what training learned helps validation."""
        level = median(a.y)
        far = v.end >= self.ratio * c.end
        return self.finding(
            case,
            onset=case.onset_at(v, 0),
            series=v.name,
            channel=Channel.VAL_LOSS,
            severity=Severity.ERROR if far else Severity.WARNING,
            message=f"{a.name} stays at chance ({level:.3g}) while {c.name} falls from "
            f"{number(c.start)} to {number(c.end)}",
            evidence=(
                Evidence("accuracy", level, "share"),
                Evidence("log_accuracy_plus_loss", log_sum(level, v.best), "nats", TOLERANCE),
                Evidence("loss_gap", v.end - c.end, "loss"),
            ),
            effect=far,
            points=a.n >= 8,
            caveat="unless the data are of a kind that is understood late (grokking)",
        )

    def _stuck(self, case: Case, c: Curve, v: Curve) -> tuple[int, str]:
        """First index and kind of a stuck validation loss, or an empty kind."""
        near = np.flatnonzero(v.smooth <= 1.02 * v.best)
        since = int(near[0])
        fell = 1 - c.end / max(float(c.smooth[c.at(float(v.x[since]))]), 1e-300)
        good = final_accuracy(case) >= self.good
        long = v.where[since] <= 0.6 and v.end <= 1.1 * v.best and not good
        if (
            long
            and v.end >= self.ratio * c.end
            and fell >= self.fell
            and v.end >= 0.3 * abs(v.start)
        ):
            return since, "is stuck far above"
        first = float(v.y[0])
        fell = 1 - c.end / max(float(c.smooth[c.at(float(v.x[0]))]), 1e-300)
        never = float(v.y.min()) > 0.97 * first and fell >= 0.2 and v.end / c.end >= 1.5
        if never and v.end - c.end > 6 * (c.se + v.se):
            return 0, "never improved on its first value, far above"
        return 0, ""

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Regularise one notch; where nothing carries over, find out why."""
        if finding.severity is Severity.NOTE or case.val is None:
            return ()
        guesses = next((e.value for e in finding.evidence if e.name == "accuracy"), None)
        if guesses is not None:
            return (_validate_on_training(guesses),)
        reason = f"training fell on while validation stayed at {number(case.val.end)}"
        return (one_notch(case, reason),)


def _validate_on_training(guesses: float) -> Prescription:
    """Tell wrong labels from a validation that is done in another way."""
    return Prescription(
        kind="data",
        action="validate on samples of training, in the way in which you validate",
        changes=(Change("validation_samples", "validation", "training"),),
        rationale=f"an accuracy near {guesses:.3g} there as well: validation has other preprocessing, "
        "another order of classes, or its layers in another mode (dropout, batch norm); a good one: "
        "labels do not belong to their inputs, or the inputs do not tell them, and training learns "
        "by heart; a learning rate or dropout mends neither",
        reference="Zhang et al. 2017, Understanding Deep Learning Requires Rethinking Generalization",
        caveat="small algorithmic data may be understood long after they were learned by heart",
    )
