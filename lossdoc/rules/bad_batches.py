"""Batches that spoil single steps: what LD202 and LD204 prescribe against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.model import Change, Prescription
from lossdoc.robust import trailing_median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_MOST = 3
"""More of them are no accident of the data."""

_LONGEST = 5
"""Bad steps in a row that are left out; what follows is how the weights come back."""

_JUMP = 3.0
"""Loss and norm of a bad step are this many times their level, and each other's step before."""

_LEVEL = 20
"""Steps whose median is that level, and after which another jump is no longer the aftermath."""


def skip(case: Case, steps: Sequence[float]) -> Prescription | None:
    """Leave out the batches of the steps at which loss and norm jumped together, if these are why.

    The loss of a step is measured before its update: where the norm of the step before was usual,
    the weights have moved no farther than ever, and what differs is the batch. None unless every
    step has its row with both, and that holds for each of at most three stretches.
    """
    c, g = case.train, case.grad
    if c is None or g is None or case.run.axis != "step":
        return None
    if not (c.positive and g.positive) or c.n != g.n or (c.x != g.x).any():
        return None
    if c.n < 2 or (np.diff(c.x) != 1).any():
        return None
    bad = _far_above(c.y) & _far_above(g.y)
    stretches: list[tuple[int, int]] = []
    for step in steps:
        i = c.at(step)
        while i > 0 and bad[i] and bad[i - 1]:
            i -= 1
        if stretches and i < stretches[-1][1] + _LEVEL:
            continue
        if not bad[i] or g.y[i] < _JUMP * g.y[i - 1] or c.y[i] < _JUMP * c.y[i - 1]:
            return None
        good = ~bad[i : i + _LONGEST]
        stretches.append((i, i - 1 + (int(np.argmax(good)) if good.any() else len(good))))
    if not 0 < len(stretches) <= _MOST:
        return None
    steps = c.x.astype(int).tolist()
    ranges = [(steps[a], steps[b]) for a, b in stretches]
    told = ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in ranges)
    first = stretches[0][0]
    return Prescription(
        kind="data",
        action=f"look at the batches of steps {told} and leave them out",
        changes=(Change("skip_batches", None, ",".join(f"{a}-{b}" for a, b in ranges)),),
        rationale=f"loss and gradient jump in one step ({c.y[first]:.3g}, norm {g.y[first]:.3g}), "
        f"and the norm of the step before was usual ({g.y[first - 1]:.3g}): the weights had moved "
        "no farther than ever, so it is the batch",
        reference="Chowdhery et al. 2022, PaLM, section 5.1 (batches around spikes are skipped)",
        caveat="a loader that shuffles anew has other batches at these steps: find the samples",
    )


def _far_above(values: Floats) -> NDArray[np.bool_]:
    """Which values are far above the median of those before them."""
    level = trailing_median(values, _LEVEL)
    level[:_LEVEL] = np.inf
    return np.asarray(values >= _JUMP * level)
