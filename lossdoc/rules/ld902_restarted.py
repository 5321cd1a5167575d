"""LD902: the log was resumed, or holds a second execution on the same axis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Run, Severity
from lossdoc.rules.base import Example, Rule, fires, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case


def _resumed(seed: int) -> Run:
    return replace(curves.healthy()(seed), resumes=(200.0,))


def _twice() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        one = curves.learning(len(t) // 2, 2.4, 0.3)
        return {"train_loss": curves.noisy(rng, np.tile(one, 2), 0.02)}

    return curves.table(400, fill)


class Restarted(Rule):
    """Log was resumed from a checkpoint, or holds a second execution.

    ## How it is measured
    Steps that go backwards into the range already seen: an execution was resumed from a
    checkpoint, the last write of each step counts. Steps that go back to the beginning start a new
    segment, which is judged on its own; so does a loss that returns to its start within one point
    and learns again. Neither is ever taken for a spike.

    ## What to change
    Nothing that concerns the training. One log file for each execution lets each be judged over its
    whole length.

    ## When it is wrong
    It only tells what was merged.
    """

    code: ClassVar[str] = "LD902"
    name: ClassVar[str] = "step-reset"
    severity: ClassVar[Severity] = Severity.NOTE
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 1
    stationary: ClassVar[bool] = False
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_resumed, onset=(200, 200)),
        fires(_twice(), onset=(201, 201)),
        quiet(curves.healthy()),
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Tell the resumes that the reader merged."""
        resumes = case.run.resumes
        inside = [r for r in resumes if case.first_step <= r <= case.last_step]
        c = case.principal
        if case.again and c is not None:
            yield self.finding(
                case,
                onset=case.onset_at(c, 0),
                series=c.name,
                message=f"{c.name} starts again at {case.place(c.x[0])}, as in a second execution; "
                "each was judged on its own",
                evidence=(Evidence("start", c.start, "loss"),),
            )
        if not inside:
            return
        times = "once" if len(inside) == 1 else f"{len(inside)} times"
        yield self.finding(
            case,
            onset=case.onset(inside[0]),
            last_step=inside[-1],
            series="" if c is None else c.name,
            channel=Channel.TRAIN_LOSS,
            message=f"resumed {times} from a checkpoint, first at {case.place(inside[0])}; the last "
            "write of each step counts",
            evidence=(Evidence("count", len(inside), "resumes"),),
        )
