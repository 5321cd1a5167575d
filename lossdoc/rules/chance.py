"""Answers of a classifier that are guesses, and those that are not: shared by LD301 to LD403."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import unique
from lossdoc.model import Change, Prescription
from lossdoc.robust import median

if TYPE_CHECKING:
    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

TOLERANCE = 0.12
"""Nats by which ln(accuracy) + loss is away from 0 for uniform answers, at most."""

MIDDLING = 0.75
"""Accuracies up to this are poor, if the loss has hardly fallen."""

_CLASSES = np.array([*range(2, 11), 100, 1000])
_CHANCE = 0.01
"""A flat loss within 1 % of ln C for a usual number C of classes is no converged one."""

_FEWEST = 8
"""Evaluations that tell of a constant answer."""

_COLLAPSED = 0.5
"""An accuracy of this share of its best has been lost; converged ones are constant, too."""

_KNOWING = 0.98
"""Times the loss of uniform answers: a lower one is not that of guesses."""

_SOME = 0.4
"""Accuracies below are within the luck of first weights, whatever the loss."""

RARE = 0.5
"""Nats by which the logarithm of a share among C classes is below that of 1 / C, at most."""


def final_accuracy(case: Case) -> float:
    """Accuracy at the end, of the validation data where it is known; NaN without any."""
    a = case.accuracy or case.train_accuracy
    return last_accuracy(a) if a is not None else float("nan")


def last_accuracy(accuracy: Curve) -> float:
    """Level of an accuracy at its end: of a tenth of its values, since batches have few samples."""
    return median(accuracy.y[-max(3, accuracy.n // 10) :])


def uniform_level(c: Curve) -> bool:
    """Whether the level is that of uniform answers over a usual number of classes."""
    return bool(np.min(np.abs(c.end / np.log(_CLASSES) - 1)) < _CHANCE) and c.end > 0


def below_uniform(c: Curve) -> bool:
    """Whether the loss is below that of uniform answers over as many classes as it could be of.

    Answers that know something have such a loss, and constant ones of uneven classes.
    """
    return c.end < _KNOWING * float(np.log(round(float(np.exp(min(c.end, 20.0))))))


def log_sum(value: float, loss: Curve) -> float:
    """ln(accuracy) + loss, in nats: 0 for uniform answers over any number of classes."""
    return float(np.log(max(value, 1e-12)) + loss.end)


def does_its_best(case: Case) -> bool:
    """Whether a middling classifier answers by its inputs, and better than uniform answers would.

    Then it has learned what it can, be it in the first steps, and LD403 tells of it.
    """
    accuracy, loss = case.accuracy or case.train_accuracy, case.val or case.train
    if accuracy is None or loss is None or accuracy.n < 8:
        return False
    varied = distinct(accuracy) > max(2, min(accuracy.n // 20, 10))
    value = final_accuracy(case)
    better = log_sum(value, loss) > TOLERANCE or below_uniform(loss)
    return bool(varied and better and _SOME <= value <= MIDDLING)


def answers(accuracy: Curve) -> Floats:
    """Accuracies that tell of constant answers: the later half, where a model collapsed to them."""
    late = accuracy.y[-max(_FEWEST, accuracy.n // 2) :]
    collapsed = len(unique(late)) == 1 and late[0] <= _COLLAPSED * accuracy.y.max()
    return late if collapsed else accuracy.y


def distinct(accuracy: Curve) -> int:
    """Return how many different accuracies there are: one or two for a constant answer."""
    return len(unique(answers(accuracy)))


def initialise(reason: str) -> Prescription:
    """Initialise and activate as usual, for a network that passes no gradient on."""
    return Prescription(
        kind="initialisation",
        action="initialise for the activation, and normalise; keep the learning rate",
        changes=(Change("init", None, "he_normal"), Change("activation", None, "relu")),
        rationale=f"{reason}: units are dead or saturated, or labels do not belong to their inputs",
        reference="He et al. 2015, Delving Deep into Rectifiers",
        caveat="if one batch cannot be overfitted afterwards, check inputs and labels",
    )
