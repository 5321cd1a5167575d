"""What to change where a model cannot fit its own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc import prescribe
from lossdoc.model import Change, Prescription

if TYPE_CHECKING:
    from lossdoc.robust.case import Case

_COUPLED = frozenset({"sgd", "momentum", "nesterov", "adam", "rmsprop", "adagrad"})
_COUPLED_DECAY = 1e-4
_DECOUPLED_DECAY = 1e-2
_STRONG = 100.0
"""Usual weight decays as part of the gradient and apart from it (AdamW; also where the log does
not tell the optimizer), and how many times that is too strong beyond doubt."""


def strong_decay(case: Case) -> float | None:
    """Weight decay of the run where it is a hundred times the usual one, else None."""
    decay = case.run.context.get("weight_decay")
    strong = isinstance(decay, (int, float)) and decay >= _STRONG * _usual(case)
    return float(decay) if strong and isinstance(decay, (int, float)) else None


def less_decay(case: Case, reason: str) -> tuple[Prescription, ...]:
    """A hundredth of a weight decay that is a hundred times the usual one, or less; none of another."""
    decay = strong_decay(case)
    if decay is None:
        return ()
    usual = _usual(case)
    after = prescribe.snap(min(decay / _STRONG, _STRONG * usual / 2))
    return (
        Prescription(
            kind="regularisation",
            action="decay the weights less",
            changes=(Change("weight_decay", decay, after),),
            rationale=f"{reason}; weight decay {decay:g}, where {usual:g} is usual, / "
            f"{decay / after:.3g}: it holds the weights near zero, where all answers are alike",
            reference="Krizhevsky et al. 2012 (5e-4 for SGD); Loshchilov & Hutter 2019 (AdamW)",
            caveat="not for losses that are logged with their penalty",
        ),
    )


def _usual(case: Case) -> float:
    optimizer = str(case.run.context.get("optimizer", "")).lower()
    return _COUPLED_DECAY if optimizer in _COUPLED else _DECOUPLED_DECAY


def more_capacity(reason: str) -> Prescription:
    """Four times the width and two more layers."""
    return Prescription(
        kind="capacity",
        action="enlarge the model",
        changes=(Change("width_factor", 1.0, 4.0), Change("more_layers", 0, 2)),
        rationale=f"{reason}: more of the same training does not help; 4 x the width, 2 more layers",
        reference="Goodfellow et al. 2016, Deep Learning, section 5.2",
        caveat="less dropout and augmentation first, where they are strong",
    )
