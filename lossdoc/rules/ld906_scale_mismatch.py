"""LD906: training and validation loss are on different scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.arrays import median
from lossdoc.model import Channel, Evidence, Finding, Severity
from lossdoc.robust.periodicity import steps_in_an_epoch
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_EARLY = 0.1
"""Share of a run within which the losses must first meet, where the log counts no epochs."""

_EQUAL = 0.1
"""A ratio this near to the batch size is the batch size."""

_FEWEST = 3


def _summed(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["val_loss"] *= 32.0


def _overfitted(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["val_loss"] *= np.geomspace(1.0, 40.0, len(columns["val_loss"]))


class ScaleMismatch(Rule):
    """Training and validation loss differ by a factor from the start: one is summed, or another loss.

    ## How it is measured
    The validation loss over the smoothed training loss at the same steps. Before anything is
    memorised both measure the same, so the ratio at the first common step must already lie outside
    of 1/5 to 5, and so must all that follow. Where that step comes after an epoch of training
    (or, in logs without epochs, after a tenth of the run) a model that has memorised its data
    looks the same, and nothing is said.

    ## What to change
    The same reduction for both: the mean over samples (or tokens). A ratio of the batch size is a
    sum beside a mean. Until then only the shapes of the two curves can be compared, not the gap
    between them.

    ## When it is wrong
    Auxiliary terms, label smoothing or augmentation in the training loss alone; validation data
    of another kind.
    """

    code: ClassVar[str] = "LD906"
    name: ClassVar[str] = "scale-mismatch"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})
    min_points: ClassVar[int] = _FEWEST
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _summed)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _overfitted)),
    )

    ratio: float = option(5.0, unit="x", text="Ratio, or its inverse, from which on it is told.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the two losses where they were both measured."""
        c, v = case.train, case.val
        if c is None or v is None or not (c.positive and v.positive) or c.end >= c.start:
            return
        common = (v.x >= c.x[0]) & (v.x <= c.x[-1])
        if common.sum() < _FEWEST:
            return
        first = int(np.argmax(common))
        ratios = v.y[common] / np.interp(v.x[common], c.x, c.smooth)
        factor = median(ratios)
        least = float(max(ratios.min(), 1 / ratios.max()))
        if least < self.ratio:
            return
        late = _late(case, float(v.x[first]))
        if late:
            raise Withheld(f"{late}; an evaluation before the first step would tell")
        yield self.finding(
            case,
            onset=case.onset_at(v, first),
            series=v.name,
            channel=Channel.VAL_LOSS,
            message=f"{v.name} is {_times(factor)} {c.name} from their first common step on: "
            + _reason(case, factor),
            evidence=(
                Evidence("first_ratio", float(ratios[0]), "x", self.ratio),
                Evidence("median_ratio", factor, "x", self.ratio),
                Evidence("evaluations", len(ratios), "evaluations"),
            ),
            effect=least >= 2 * self.ratio,
            points=len(ratios) >= 2 * _FEWEST,
            caveat="terms that only one of them holds (regularisation, augmentation) do the same",
        )


def _late(case: Case, x: float) -> str:
    """Why a model may have memorised its data before a step; empty where it cannot have."""
    epoch = steps_in_an_epoch(case)
    if epoch is not None:
        if x - case.first_step > epoch:
            return f"the losses first meet at {case.place(x)}, after {x / epoch:.1f} epochs"
    elif not case.by_epoch_axis and x - case.first_step > _EARLY * case.length:
        return f"the losses first meet at {case.place(x)}, after a good part of the run"
    return ""


def _times(factor: float) -> str:
    return f"{number(factor)} times" if factor > 1 else f"1/{number(1 / factor)} of"


def _reason(case: Case, factor: float) -> str:
    batch = case.run.context.get("batch_size")
    if isinstance(batch, (int, float)) and batch > 1:
        away = abs(abs(np.log(factor)) - np.log(batch))
        if away <= _EQUAL:
            which = "it is summed" if factor > 1 else "the other is summed"
            return f"the batch size is {batch:g}, so {which} over the batch"
    return "one of them is summed, or another loss"
