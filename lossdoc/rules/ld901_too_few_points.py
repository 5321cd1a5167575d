"""LD901: too few points for most rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, Withheld, fires, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case


class TooFewPoints(Rule):
    """Log has too few points for many rules.

    ## How it is measured
    Fewer than 20 finite values of the loss that is judged: spikes, swings and plateaus are sought
    from there on, some of them from 40. The rules that were withheld are listed by name under "not
    checked".

    ## What to change
    Log at least every hundredth part of the run, and not only at the end of each epoch.

    ## When it is wrong
    It only counts.
    """

    code: ClassVar[str] = "LD901"
    name: ClassVar[str] = "too-few-points"
    severity: ClassVar[Severity] = Severity.NOTE
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 1
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.epochs(12)),
        quiet(curves.healthy()),
    )

    points: float = option(20.0, unit="points", text="Spikes and swings need this many.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Count the points of the principal loss."""
        c = case.principal
        if c is None or c.n >= self.points:
            return
        if case.unfinished:
            raise Withheld(f"the run is not finished ({case.unfinished}): more points will come")
        yield self.finding(
            case,
            onset=case.onset_at(c, 0),
            series=c.name,
            channel=Channel.TRAIN_LOSS if c is case.train else Channel.VAL_LOSS,
            message=f"{c.n} {'value' if c.n == 1 else 'values'} of {c.name}: spikes, swings and "
            f"plateaus need {self.points:.0f} or more",
            evidence=(Evidence("points", c.n, "points", self.points),),
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Log more often, where the axis counts steps."""
        del finding
        if case.run.axis != "step" or case.length < 200:
            return ()
        every = max(int(case.length // 100), 1)
        return (
            Prescription(
                kind="logging",
                action="log the training loss more often",
                changes=(Change("logging_steps", None, every),),
                rationale=f"a hundredth of the {case.length:,.0f} steps",
            ),
        )
