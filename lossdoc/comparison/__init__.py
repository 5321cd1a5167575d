"""Is the new run really better? Runs against reference runs, matched, with seed noise.

One measure decides, and it is chosen beforehand, so that many looks cannot add up to a false
alarm; everything else is told beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lossdoc.comparison import beside, rates, verdict
from lossdoc.comparison.axes import By
from lossdoc.comparison.matching import Matched, Pairing, pair
from lossdoc.comparison.measures import Apart, Area, area, levels, middle, parting
from lossdoc.comparison.verdict import Measure, Outcome, Row
from lossdoc.model.shown import Presented

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.comparison.beside import Reach, Speed
    from lossdoc.comparison.rates import Difference, Schedule
    from lossdoc.model import Channel, Diagnosis
    from lossdoc.robust.curve import Curve

__all__ = ["By", "Comparison", "Measure", "Outcome", "Row", "comparison"]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Presented):
    """What a comparison came to.

    Parameters
    ----------
    outcome
        ``worse`` and ``better`` by the measure that decides; ``same`` where the difference is
        sure to be within the margin.
    judged
        Whether there was a basis: False where the seed noise is unknown and the difference is
        not gross, or where a reference is no good.
    why
        One sentence.
    margin
        Smaller differences do not matter, as a share of the reference's level.
    rows
        The measure that decides comes first; empty where a side has no curve.
    speed
        Where levels of the references are reached.
    area
        Between the median curves of the sides; None where one has no curve.
    noise
        Standard deviation from point to point of the median run of each side.
    spikes
        Of the training loss, of the median run of each side; None where that cannot be told.
    apart
        Where the curves lie apart; None where they do not. With one reference, whose seed noise
        nobody knows, only a gross distance counts.
    gained, lost
        Codes of findings that most candidates have and no reference, and the other way round.
    reach
        How far the sides are on other axes where the common stretch ends.
    schedules
        Learning rate of the references, of the candidates; None where the logs do not tell it.
    settings
        In which the sides differ: of the logged learning rates, and those that the logs name.
    """

    outcome: Outcome
    judged: bool
    why: str
    pairing: Pairing
    margin: float
    rows: tuple[Row, ...]
    speed: tuple[Speed, ...]
    area: Area | None
    noise: tuple[float, float]
    spikes: tuple[float, float] | None
    apart: Apart | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    reach: tuple[Reach, ...]
    schedules: tuple[Schedule | None, Schedule | None]
    settings: tuple[Difference, ...]

    @property
    def parted(self) -> float | None:
        """Place from which on the curves lie apart for good; None where they do not."""
        return self.apart.first if self.apart is not None and self.apart.for_good else None

    @property
    def exit_code(self) -> int:
        """1 worse, 3 where there was no basis to judge, else 0."""
        return 1 if self.outcome == "worse" else 0 if self.judged else 3


def comparison(
    reference: Sequence[Diagnosis],
    candidate: Sequence[Diagnosis],
    *,
    by: By = "auto",
    loss: Channel | None = None,
    measure: Measure = "final",
    margin: float = 0.01,
) -> Comparison:
    """Compare judged runs.

    Parameters
    ----------
    reference, candidate
        At least one each, with a run.
    measure
        The one that decides.
    margin
        Smaller differences do not matter, as a share of the reference's level.

    Raises
    ------
    SourceError
        The runs cannot be matched.
    """
    old_runs = [d.run for d in reference if d.run is not None]
    new_runs = [d.run for d in candidate if d.run is not None]
    found = pair(old_runs, new_runs, by, loss)
    curves = _curves(found.reference), _curves(found.candidate)
    old, new = ([levels(c, found.first, found.last) for c in side] for side in curves)
    told = verdict.rows(old, new, measure)
    outcome, judged, why = verdict.answer(found, old, new, told, margin)
    gross = verdict.LOST * verdict.learnt(found, old) or math.inf
    apart = parting(*curves, found.first, found.last, gross if len(old) == 1 else 0.0)
    # Ends within seed noise are not apart, however far the rest of the curves lay.
    within = judged and outcome in {"same", "cannot tell"}
    schedules = rates.schedule(old_runs, found.by), rates.schedule(new_runs, found.by)
    return Comparison(
        outcome=outcome,
        judged=judged,
        why=why,
        pairing=found,
        margin=margin,
        rows=told,
        speed=beside.speeds(found, old),
        area=area(*curves, found.first, found.last),
        noise=(middle(a.noise for a in old), middle(b.noise for b in new)),
        spikes=beside.spikes(found),
        apart=None if apart and apart.for_good and within else apart,
        gained=beside.only(candidate, reference),
        lost=beside.only(reference, candidate),
        reach=beside.reach(found),
        schedules=schedules,
        settings=(
            *beside.length(found),
            *rates.differences(*schedules, found.by),
            *beside.settings(old_runs, new_runs, rates=None not in schedules),
        ),
    )


def _curves(side: Sequence[Matched]) -> list[Curve]:
    return [m.curve for m in side if m.curve and not m.broke_down]
