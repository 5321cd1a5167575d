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

_LEAST = 5
"""Values from which on a curve tells that validation never left chance."""

_MOST = 0.6
"""Accuracies above are not chance."""

_FELL = 0.93
"""Times the first losses: a lower one tells that something was learned."""

_MANY_CLASSES = 0.2
"""Accuracies up to this are those of guesses among five classes and more, or of less."""

_LUCK = 0.4
"""Nats as in `TOLERANCE`: labels at random were answered with 1.5 times chance by some networks."""

_ABOVE = 0.15
"""Accuracy of training over that of validation where only training learns."""

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


def log_sum(accuracy: float, loss: float) -> float:
    """ln(accuracy) + loss, in nats: 0 for uniform answers over any number of classes."""
    return float(np.log(max(accuracy, 1e-12)) + loss)


def does_its_best(case: Case) -> bool:
    """Whether a middling classifier answers by its inputs, and better than uniform answers would.

    Then it has learned what it can, be it in the first steps, and LD403 tells of it.
    """
    accuracy, loss = case.accuracy or case.train_accuracy, case.val or case.train
    if accuracy is None or loss is None or accuracy.n < 8:
        return False
    varied = distinct(accuracy) > max(2, min(accuracy.n // 20, 10))
    value = final_accuracy(case)
    better = log_sum(value, loss.end) > TOLERANCE or below_uniform(loss)
    return bool(varied and better and _SOME <= value <= MIDDLING)


def learns_in_vain(case: Case) -> bool:
    """Whether validation answers stay guesses, while those of training become ever better.

    An accuracy and the best loss tell of guesses as in `log_sum`; a loss may rise from there, by
    ever more confidence in them. Guesses have some luck: among many classes the accuracy may be
    higher, where the loss of validation never fell below the first ones.
    """
    a, v, c = case.accuracy, case.val, case.train
    if a is None or v is None or c is None or min(a.n, v.n, c.n) < _LEAST:
        return False
    fell = v.best < _FELL * max(float(v.y[0]), float(c.y[0]))
    late = median(a.y[-max(_LEAST, a.n // 3) :])
    for value in (late, median(a.y)):
        most = TOLERANCE if fell or value > _MANY_CLASSES else _LUCK
        if not (0 < value <= _MOST and -RARE < log_sum(value, v.best) < most):
            return False
    told = case.train_accuracy
    if told is not None and told.n >= _LEAST and last_accuracy(told) > late + _ABOVE:
        return True
    below = v.best - c.end > max(0.05 * v.best, 3 * c.se)
    return bool(below and c.start - c.end > 0.05 * abs(c.start))


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
