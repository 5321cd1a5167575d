"""What to change where training goes on and validation does not: shared by LD401 and LD402."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc import prescribe
from lossdoc.model import Change, Prescription

if TYPE_CHECKING:
    from lossdoc.robust.case import Case

_DROPOUT = 0.3
_STRONG = 0.5
"""Where samples are wrong: in measured trials 0.3 cured 33 of 40 runs on wrong labels, this 38."""

_ROOM = 0.45
"""Share of the budget that must fit: where 0.4 did, runs with this dropout learned too little (10 of
20 cured; with the other one all)."""

_BELOW = 0.9
"""Validation over training loss from which down the samples of training are the worse ones."""

_FACTOR = 2.5
"""The learning rate times 0.4: 5e-5 becomes 2e-5."""

_BUDGET = 1.5
"""Times the sum of rates that reached the minimum: what regularisation takes to learn as much."""

_LONGEST = 1.5
"""Times the length of the log that is asked for, at most."""

_COSINE = 0.5
"""Mean of a cosine decay to 0, in units of its peak."""

_USUAL = "0.2 more where it is in use, 0.5 at most"
_WHY = f"dropout {_DROPOUT:g} ({_USUAL})"


def again(case: Case, best: float, kept: float) -> Prescription:
    """Train anew with dropout, at a lower rate that decays over a matching sum of rates.

    The sum of rates to the minimum, half as much again, over the share of units that dropout keeps
    (networks with dropout learn more slowly: Srivastava et al. 2014). The rate is 0.4 times its
    peak; it is lowered less where the minimum lies so late that half as many steps again could not
    make up for it. Where validation is easier than training the dropout is stronger: its samples are
    clean, those of training are not (label noise: Arpit et al. 2017, A Closer Look at Memorization).

    Parameters
    ----------
    best
        Step at which the validation loss turned.
    kept
        Step whose checkpoint is to be kept until then.
    """
    done = max(best - case.first_step, 0.0)
    reached = done * _mean_before(case, best)
    most = _LONGEST * _COSINE * case.length / max(reached, 1e-300)
    factor = float(np.clip(most, 1.0, _FACTOR))
    lower = prescribe.lower_rate(
        case,
        factor,
        cosine=True,
        reference="Srivastava et al. 2014, Dropout; Loshchilov & Hutter 2017, SGDR (cosine)",
        caveat="more data or augmentation help more than any setting; not while the metric that "
        "counts is still improving",
    )
    room = most / factor * (1 - _STRONG) / _BUDGET
    wrong = _wrong_samples(case, best) if room >= _ROOM else ""
    dropout = _STRONG if wrong else _DROPOUT
    changes = (*lower.changes, Change("dropout", None, dropout))
    why = f"{wrong or _WHY}; {lower.rationale}"
    steps = _steps(case, reached / (1 - dropout), _divisor(lower, factor))
    if steps is not None:
        unit = "epochs" if case.run.axis == "epoch" else "steps"
        changes = (*changes, Change(unit, case.last_step, steps))
        why += (
            f"; {steps:,} {unit}: {_BUDGET} times the sum of rates to {case.place(best)} / "
            f"{1 - dropout:g} of the units kept, under a cosine, {_LONGEST:g} x the log at most"
        )
    return replace(
        lower,
        kind="regularisation",
        action="train again with dropout, at a lower rate that decays",
        changes=changes,
        rationale=f"{why}; until then keep the checkpoint of {case.place(kept)}",
    )


def one_notch(case: Case, reason: str) -> Prescription:
    """Regularise one notch more, from the weight decay in the log where there is one."""
    changes = [Change("dropout", None, _DROPOUT)]
    why = _WHY
    decay = case.run.context.get("weight_decay")
    if isinstance(decay, (int, float)) and decay > 0:
        changes.append(Change("weight_decay", decay, prescribe.snap(3 * float(decay))))
        why += f", weight decay {decay:g} x 3, rounded to 1-2-3-5"
    return Prescription(
        kind="regularisation",
        action="regularise one notch more, or add data",
        changes=tuple(changes),
        rationale=f"{reason}; {why}; a learning rate does not close a gap",
        reference="Srivastava et al. 2014, Dropout; Loshchilov & Hutter 2019, Decoupled Weight "
        "Decay Regularization",
        caveat="not while the metric that counts is still improving",
    )


def _wrong_samples(case: Case, best: float) -> str:
    """Why the samples of training are worse than those of validation; empty where they are not.

    Wrong labels and the like hold the training loss up, until they are learned by heart.
    """
    c, v = case.train, case.val
    if c is None or v is None or not c.positive:
        return ""
    low, level = float(v.y[v.at(best)]), float(c.smooth[c.at(best)])
    if low > _BELOW * level:
        return ""
    return (
        f"dropout {_STRONG:g} ({_USUAL}), as {v.name} {low:.3g} lay below {c.name} {level:.3g} there: "
        "samples of training are wrong, or harder"
    )


def _divisor(lower: Prescription, factor: float) -> float:
    """By what the rate is divided after rounding."""
    rate = next((c for c in lower.changes if c.name == "learning_rate"), None)
    if rate is None or not isinstance(rate.before, float) or not isinstance(rate.after, float):
        return factor
    return rate.before / rate.after


def _mean_before(case: Case, best: float) -> float:
    """Mean rate up to a step, in units of its peak; 1 where no schedule was logged."""
    if case.rate is None:
        return 1.0
    before = case.rate.y[case.rate.x <= best]
    return float(before.mean()) / case.rate.peak if len(before) else 1.0


def _steps(case: Case, reached: float, divisor: float) -> int | None:
    """Length that gives the budget at the new rate, in the unit of the axis; None if about the same."""
    if case.run.axis == "row" or reached <= 0:
        return None
    wanted = _BUDGET * reached * divisor / _COSINE
    steps = prescribe.round_up(min(wanted, _LONGEST * case.last_step))
    return steps if abs(steps - case.last_step) > 0.05 * case.last_step else None
