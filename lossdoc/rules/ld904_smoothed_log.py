"""LD904: the training loss was averaged before it was logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Evidence, Finding, Severity
from lossdoc.robust import averaging
from lossdoc.rules.base import Example, Rule, fires, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case


def _exponential(columns: dict[str, Floats], _: np.random.Generator) -> None:
    loss = columns["train_loss"]
    for i in range(1, len(loss)):
        loss[i] = 0.95 * loss[i - 1] + 0.05 * loss[i]


def _running_mean(columns: dict[str, Floats], _: np.random.Generator) -> None:
    sums = np.cumsum(columns["train_loss"])
    columns["train_loss"][20:] = (sums[20:] - sums[:-20]) / 20


def _full_batch() -> curves.Make:
    def fill(_: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {"train_loss": curves.learning(len(t), 2.4, 0.3)}

    return curves.table(600, fill)


class SmoothedLog(Rule):
    """Training loss was averaged over many points before it was logged.

    ## How it is measured
    Neighbours deviate from the level (a moving mean over a quarter of the points) in the same way:
    lag-1 autocorrelation of 0.8 and more, as a running mean of five values has. A smooth descent
    has that too, so the differences must be uncorrelated, in each of four parts of the run: those
    of raw losses have an autocorrelation of -0.5, those of a smooth curve nearly 1. The width is
    the sum of the autocorrelations: that of a running mean, or (1 + b) / (1 - b) for an
    exponential one with factor b. Logs with one value an epoch are means by design and are not
    judged; the mean of each logging interval leaves no trace.

    ## What to change
    Log the loss of the step beside the smoothed one. Spikes of single steps are lowered by the
    width of the mean and lengthened to it; rules that judge spikes and swings say so by a lower
    confidence.

    ## When it is wrong
    A loss over all of the data, or over very large batches, has so little noise that its own slow
    moves look like this. Wide means in short logs are told narrower than they are, or not at all.
    """

    code: ClassVar[str] = "LD904"
    name: ClassVar[str] = "smoothed-log"
    severity: ClassVar[Severity] = Severity.NOTE
    min_points: ClassVar[int] = averaging.FEWEST
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(800), _exponential)),
        fires(curves.altered(curves.healthy(800), _running_mean)),
        quiet(curves.healthy(800)),
        quiet(_full_batch()),
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Tell the width of the mean."""
        c, mean = case.train, case.averaged
        if c is None or mean is None:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, 0),
            series=c.name,
            message=f"{c.name} looks averaged over some {mean.points:.0f} points or more: a spike "
            f"of one point is flattened to 1/{mean.points:.0f} of its height",
            evidence=(
                Evidence("memory", mean.memory, "autocorrelation", averaging.LEAST_MEMORY),
                Evidence("width", mean.points, "points"),
            ),
            points=c.n >= 2 * self.min_points,
            caveat="a loss over very large batches looks the same",
        )
