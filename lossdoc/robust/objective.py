"""Losses that are not to fall, told by their shape where the names of a log do not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.model import Channel
from lossdoc.robust.curve import Curve
from lossdoc.robust.stats import block_medians

if TYPE_CHECKING:
    from lossdoc.model import Run

ZERO_MEAN = "zero-mean"

_FEWEST = 40
_BLOCKS = 12
_MOVED = 3.0
_EACH_SIGN = 0.2
_ACCURACIES = (Channel.TRAIN_ACCURACY, Channel.VAL_ACCURACY)


def with_objective(run: Run) -> Run:
    """Return the run with the objective ``zero-mean`` where its loss only swings about zero.

    Losses of a policy gradient do, whatever the policy learns.
    """
    series = run.get(Channel.TRAIN_LOSS)
    if run.objective != "supervised" or series is None or any(a in run for a in _ACCURACIES):
        return run
    c = Curve.of(series)
    with np.errstate(all="ignore"):
        return run if c is None or not hovers(c) else replace(run, objective=ZERO_MEAN)


def hovers(c: Curve) -> bool:
    """Whether a loss has both signs throughout, and moved by less than 3 times its noise."""
    if c.n < _FEWEST or min((c.y > 0).mean(), (c.y < 0).mean()) < _EACH_SIGN:
        return False
    levels = block_medians(c.y, _BLOCKS)
    return bool(c.sigma > 0 and levels.max() - levels.min() < _MOVED * c.sigma)
