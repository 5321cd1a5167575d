"""LD903: series that would have allowed more to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Severity
from lossdoc.rules.base import Example, Rule, Withheld, fires, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case

_WANTED = {
    Channel.TRAIN_LOSS: "a training loss, which shows divergence and progress",
    Channel.VAL_LOSS: "a validation loss, which shows overfitting",
    Channel.LEARNING_RATE: "the learning rate, from which changes of it are computed",
}


class MissingSeries(Rule):
    """Log lacks a loss without which some problems cannot be seen.

    ## How it is measured
    No training loss, or no validation loss among the columns. A missing learning rate is told
    with it, unless it stands among the hyper-parameters; alone it is not told: the rules that need
    it are listed under "not checked", and prescriptions are then factors of the rate in use.

    ## What to change
    Log them: training loss and learning rate at every logging step, a validation loss at least
    every fortieth part of the run, and the gradient norm before clipping.

    ## When it is wrong
    A column under a name that was not recognised: give it with ``--map``.
    """

    code: ClassVar[str] = "LD903"
    name: ClassVar[str] = "missing-series"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset()
    min_points: ClassVar[int] = 0
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.without(curves.healthy(), "val_loss")),
        quiet(curves.healthy()),
        quiet(curves.without(curves.healthy(), "lr")),
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Name what is missing."""
        missing = {c: text for c, text in _WANTED.items() if c not in case.run}
        if case.known_rate is not None:
            missing.pop(Channel.LEARNING_RATE, None)
        if missing.keys() <= {Channel.LEARNING_RATE}:
            return
        if case.unfinished:
            raise Withheld(f"the run is not finished ({case.unfinished}): it may still be logged")
        yield self.finding(
            case,
            onset=case.onset(case.first_step),
            series="",
            message="not in this log: " + "; ".join(missing.values()),
            evidence=(Evidence("count", len(missing), "series"),),
        )
