"""LD907: too few evaluations beside the training losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.prescribe import round_up
from lossdoc.rules.base import Example, Rule, Withheld, fires, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_WANTED = 40
"""Evaluations in a run: they place a minimum within 2.5 % of its steps."""


def _late(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["val_loss"][:20] = np.nan


class SparseEvaluations(Rule):
    """Validation loss was measured too rarely, or too late, to place its minimum.

    ## How it is measured
    Fewer than eight finite evaluations beside at least a hundred training losses; or the first one
    after a quarter of the run. Overfitting and swings of the validation loss are judged from eight
    evaluations on, and what happened before the first one nobody knows.

    ## What to change
    Evaluate forty times in a run, and once before the first step.

    ## When it is wrong
    Where an evaluation costs as much as a good part of the training: use a fixed part of the
    validation set.
    """

    code: ClassVar[str] = "LD907"
    name: ClassVar[str] = "sparse-evaluations"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})
    min_points: ClassVar[int] = 1
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.healthy(every=80)),
        fires(curves.altered(curves.healthy(every=5), _late), onset=(100, 110)),
        quiet(curves.healthy()),
        quiet(curves.epochs()),
    )

    evaluations: float = option(8.0, unit="evaluations", text="Fewer show no minimum.")
    points: float = option(100.0, unit="points", text="Training losses that make them few.")
    late: float = option(0.25, unit="of the run", text="A first evaluation after this is late.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Count the evaluations, and see when they begin."""
        c, v = case.train, case.val
        if c is None or v is None or c.n < self.points or case.by_epoch or case.length <= 0:
            return
        first = (float(v.x[0]) - case.first_step) / case.length
        few = v.n < self.evaluations
        if not few and first <= self.late:
            return
        if case.unfinished:
            raise Withheld(f"the run is not finished ({case.unfinished}): more will come")
        how_many = "1 value" if v.n == 1 else f"{v.n} values"
        message = (
            f"{how_many} of {v.name} beside {c.n:,} of {c.name}: its minimum cannot be placed"
            if few
            else f"{v.name} begins at {case.place(v.x[0])}, after {first:.0%} of the run: a minimum "
            "before that would be missed"
        )
        yield self.finding(
            case,
            onset=case.onset_at(v, 0),
            series=v.name,
            channel=Channel.VAL_LOSS,
            message=message,
            evidence=(
                Evidence("evaluations", v.n, "evaluations", self.evaluations),
                Evidence("first", first, "of the run", self.late),
            ),
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Evaluate at every fortieth part of the run."""
        del finding
        if case.run.axis != "step" or case.length < _WANTED:
            return ()
        return (
            Prescription(
                kind="logging",
                action="evaluate more often",
                changes=(Change("eval_steps", None, round_up(case.length / _WANTED)),),
                rationale=f"{case.length:,.0f} steps / {_WANTED} evaluations",
                caveat="on a fixed part of the validation set where an evaluation is expensive",
            ),
        )
