"""One decay over the whole run: the remedy that the rules of schedules share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model import Change, Prescription
from lossdoc.prescribe import snap
from lossdoc.rules.base import Withheld

if TYPE_CHECKING:
    from lossdoc.robust.case import Case

_REFERENCE = "Loshchilov & Hutter 2017, SGDR (cosine annealing); Defazio et al. 2023, When, Why and How Much?"

_FINISHED = 0.98
"""Share of the planned length from which on a run has ended: the last steps are rarely logged."""


def over_the_run(
    case: Case,
    *,
    now: str | None = None,
    divide: float = 1.0,
    rationale: str,
    caveat: str = "",
    resume: float | None = None,
) -> tuple[Prescription, ...]:
    """Decay once, by a cosine to 0, over as many steps as the run has; nothing without a rate.

    Parameters
    ----------
    now
        What the schedule does at present; said from the log where it is None.
    divide
        What the peak is divided by.
    rationale
        Why; what was computed is added.
    resume
        Last step worth resuming from.
    """
    rate = case.rate
    if rate is None:
        return ()
    after = rate.peak if divide == 1.0 else snap(rate.peak / divide)
    now = now or (
        "constant" if rate.constant else f"ends at {rate.end / rate.peak:.0%} of its peak"
    )
    changes = [Change("schedule", now, "cosine to 0"), Change("learning_rate", rate.peak, after)]
    told = "the same peak" if divide == 1.0 else f"peak {rate.peak:.3g} / {divide:g} = {after:.3g}"
    if case.run.axis == "step":
        steps = length(case)
        changes.insert(1, Change("decay_steps", None, steps))
        told += f", decayed over {steps:,.0f} steps"
    return (
        Prescription(
            kind="schedule",
            action="decay once over the whole run",
            changes=tuple(changes),
            rationale=f"{rationale}; {told}",
            reference=_REFERENCE,
            caveat=caveat,
            from_step=resume,
        ),
    )


def length(case: Case) -> float:
    """Steps that the run was planned to have where that is known, else those that it had."""
    planned = case.total_steps or case.run.context.get("total_steps")
    return max(case.last_step, float(planned) if isinstance(planned, (int, float)) else 0.0)


def finished(case: Case) -> None:
    """Do nothing for a run that had as many steps as its log says it was to have, or says nothing of it.

    Raises
    ------
    Withheld
        It had fewer: it is running, or was stopped before its schedule came to its end.
    """
    if case.last_step < _FINISHED * length(case):
        raise Withheld(
            f"the run ended at {case.place(case.last_step)} of {length(case):,.0f}, before its schedule"
        )
