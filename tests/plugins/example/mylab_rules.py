"""Rules of our lab for lossdoc."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Prescription, Severity
from lossdoc.robust.curve import Curve
from lossdoc.rules.base import Rule, Withheld, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Finding
    from lossdoc.robust.case import Case


def too_high(columns, rng):
    columns["lr"] *= 50.0


class RateAboveBudget(Rule):
    """Learning rate is above what our hardware was tested with.

    ## How it is measured
    The highest learning rate of the run, compared with a fixed limit.

    ## What to change
    Lower the peak of the schedule to the limit.

    ## When it is wrong
    Losses that are divided by the number of devices want higher rates.
    """

    code = "MY101"
    name = "rate-above-budget"
    severity = Severity.WARNING
    needs = frozenset({Channel.LEARNING_RATE})
    stationary = False
    examples = (
        fires(curves.altered(curves.healthy(), too_high), onset=(1, 21)),
        quiet(curves.healthy()),
    )

    limit: float = option(0.01, unit="learning rate", text="Highest rate that is allowed.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare every logged rate with the limit."""
        rate = Curve.of(case.run[Channel.LEARNING_RATE])
        if rate is None:
            raise Withheld("no finite learning rate in this log")
        above = rate.y > self.limit
        if not above.any():
            return
        first, highest = int(above.argmax()), float(rate.y.max())
        yield self.finding(
            case,
            onset=case.onset_at(rate, first),
            series=rate.name,
            channel=Channel.LEARNING_RATE,
            message=f"{rate.name} goes up to {number(highest)}",
            evidence=(Evidence("highest", highest, "learning rate", self.limit),),
            effect=highest >= 2 * self.limit,
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Lower the peak to the limit."""
        change = Change("learning_rate", finding.number("highest"), self.limit)
        return (
            Prescription(
                kind="learning_rate",
                action="lower the peak of the learning rate",
                changes=(change,),
                rationale="the highest rate that was tested",
            ),
        )


def rules():
    """Rules that this package brings: the target of its entry point."""
    return [RateAboveBudget]
