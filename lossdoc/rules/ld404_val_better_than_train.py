"""LD404: the validation loss lies below the training loss all along."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Severity
from lossdoc.robust import median
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_BEGIN, _THROUGHOUT = 1 / 3, 0.9
"""Share of the run from which on evaluations count, and share of them that must lie below."""

_ERRORS = 3.0


def _dropped_units(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"] += 0.5


def _a_third_higher(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"] *= 2.0
    columns["train_loss"][:40] /= 2.0


def _epoch_means(columns: dict[str, Floats], _: np.random.Generator) -> None:
    """Means over an epoch are older than the evaluation at its end: early they lie above."""
    columns["train_loss"][1:6] = columns["train_loss"][:5]


class ValBetterThanTrain(Rule):
    """Validation loss lies below the training loss all along.

    ## How it is measured
    The smoothed training loss at each evaluation after the first third, minus the validation loss:
    above zero at nine of ten, beyond three standard errors, and in the median a tenth of what the
    validation loss has learned, or half of the validation loss itself.

    ## What to change
    Nothing. Usually the two are not measured alike: dropout, augmentation, label smoothing, mixed
    samples and penalties raise the training loss alone; a mean over an epoch is older than the
    evaluation at its end. To compare them, evaluate some training samples as validation samples
    are. If none of that is in use, look whether validation samples are easier, or in the training
    data too.

    ## When it is wrong
    Losses of different kinds under similar names: a sum beside a mean, all terms beside one.
    """

    code: ClassVar[str] = "LD404"
    name: ClassVar[str] = "val-better-than-train"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})
    min_points: ClassVar[int] = 5
    references: ClassVar[tuple[str, ...]] = (
        "Srivastava et al. 2014, Dropout, JMLR 15:1929 (units are dropped in training alone)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _dropped_units)),
        fires(curves.altered(curves.healthy(start=5.0), _a_third_higher)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.epochs(gap=1.0), _epoch_means)),
    )

    gap: float = option(0.1, unit="of the drop", text="Training minus validation loss.")
    ratio: float = option(1.5, unit="x validation", text="Training loss that will do as well.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the two at every evaluation."""
        c, v = case.train, case.val
        if c is None or v is None or v.n < self.min_points or c.n < self.min_points:
            return
        above = np.interp(v.x, c.x, c.smooth) - v.y
        late = above[v.where >= _BEGIN]
        if len(late) < 2 or (late > 0).mean() < _THROUGHOUT:
            return
        size, level = median(late), median(v.y[v.where >= _BEGIN])
        share = size / v.drop
        doubled = level > 0 and size >= (self.ratio - 1) * level
        if size < _ERRORS * np.hypot(c.se, v.se) or not (share >= self.gap or doubled):
            return
        yield self.finding(
            case,
            onset=case.onset_at(v, int(np.argmax(above > 0))),
            series=v.name,
            channel=Channel.VAL_LOSS,
            message=f"{v.name} lies below {c.name} by about {number(size)} all along: "
            f"{number(v.end)} against {number(c.end)} at the end; dropout, augmentation, label "
            "smoothing or a mean over the epoch would explain it",
            evidence=(
                Evidence("gap", share, "of the drop", self.gap),
                Evidence(
                    "ratio", 1 + size / level if level > 0 else 0.0, "x validation", self.ratio
                ),
                Evidence("below", float((late > 0).mean()), "of the evaluations", _THROUGHOUT),
            ),
            effect=share >= 2 * self.gap or doubled,
            points=v.n >= 2 * self.min_points,
            caveat="no fault by itself: the two are rarely measured alike",
        )
