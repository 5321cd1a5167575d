"""Excursions that build up step by step: full-batch descent at the edge of stability.

There the weights overshoot along the steepest direction by a constant factor per step, until they
have left it for a flatter place and the loss comes down again. A bad batch, or a step that went
wrong, shows within one step; and no batch, no noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import median

if TYPE_CHECKING:
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_SMOOTH = 0.08
"""Median second difference of the logarithm of a curve without batch noise, at most. Of runs with
batches, norms of the gradient have 0.1 to 0.5."""

_FACTOR, _LEAST = 2.0, 1.5
"""The curve multiplies by less from each step to the next, all the way up, and by more over the
last steps up together."""

_STEPS = 8
_FEWEST = 30


def builds_up(case: Case, x: float) -> bool:
    """Whether the excursion at step ``x`` built up in a run without batch noise.

    Judged by the norm of the gradient, or the training loss where no norms were logged.

    References
    ----------
    Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of
    Stability; Lewkowycz et al. 2020, The large learning rate phase of deep learning: the
    catapult mechanism.
    """
    c = case.grad if case.grad is not None else case.train
    if c is None or c.n < _FEWEST or not c.positive or not is_smooth(c):
        return False
    i = c.at(x)
    low = max(i - _STEPS, 0)
    peak = low + int(np.argmax(c.y[low : i + _STEPS]))
    climb = np.diff(np.log(c.y[max(peak - _STEPS, 0) : peak + 1]))
    if len(climb) < _STEPS:
        return False
    return bool(climb.max() < np.log(_FACTOR) and climb.sum() > np.log(_LEAST))


def is_smooth(c: Curve) -> bool:
    """Whether a positive curve has no batch noise.

    Second differences over every other point: at the edge of stability a loss alternates.
    """
    logs = np.log(c.y)
    return median(np.abs(logs[4:] - 2 * logs[2:-2] + logs[:-4])) < _SMOOTH
