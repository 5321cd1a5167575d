"""Counters of row-wise logs: with gaps, restarting with every epoch, or counting something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import median, unique
from lossdoc.sources.panel import OTHER_AXIS, stretched

if TYPE_CHECKING:
    from lossdoc.model import Floats


def carried(cells: Floats) -> Floats:
    """Fill gaps with the last value before, leading gaps with the first value."""
    known = np.isfinite(cells)
    if np.all(known) or not np.any(known):
        return cells
    last = np.maximum.accumulate(np.where(known, np.arange(len(cells)), -1))
    return cells[np.where(last < 0, int(np.argmax(known)), last)]


def same_count(own: Floats, lead: Floats) -> bool:
    """Whether other rows count what the leading rows count, and not epochs beside steps."""
    own, lead = own[np.isfinite(own)], lead[np.isfinite(lead)]
    if len(own) < 3 or not len(lead):
        return len(own) > 0
    dense = bool(np.all(own == np.floor(own))) and len(unique(own)) >= 0.5 * float(own.max())
    return not (dense and OTHER_AXIS * float(own.max()) <= float(lead.max()))


def cyclic(steps: Floats, epoch: Floats | None) -> bool:
    """Whether the counter goes back where the epoch goes forward."""
    if epoch is None or len(steps) < 2:
        return False
    back = np.diff(steps) < 0
    return bool(np.any(back)) and bool(np.mean(np.diff(epoch)[back] > 0) >= 0.5)


def hidden_epochs(steps: Floats, losses: Floats) -> Floats | None:
    """Number of the epoch of every row, where only a counter of batches tells.

    It falls back from the same number after equally many rows each time, and the loss goes on
    from where it was; in runs that were appended it would begin anew.
    """
    back = np.flatnonzero(np.diff(steps) < 0) + 1
    sizes = np.diff(np.concatenate(([0], back, [len(steps)])))
    if len(back) < 2 or np.ptp(sizes[:-1]) or np.ptp(steps[back - 1]) or sizes[-1] > sizes[0]:
        return None
    start = np.nanmedian(losses[: max(1, min(5, sizes[0] // 4))])
    fall, jump = start - losses[back - 1], losses[back] - losses[back - 1]
    known = np.isfinite(fall) & np.isfinite(jump)
    if not np.any(known) or not median(jump[known]) < 0.5 * median(fall[known]):
        return None
    return np.repeat(np.arange(len(sizes), dtype=np.float64), sizes)


def unrolled(steps: Floats, epoch: Floats) -> tuple[Floats, float]:
    """Steps since the first epoch, and the length of an epoch, from steps within the epoch."""
    forward = np.diff(steps)
    forward = forward[forward > 0]
    stride = median(forward) if len(forward) else 1.0
    length = float(np.max(steps) - np.min(steps)) + stride
    return (np.floor(epoch) - np.floor(np.min(epoch))) * length + steps, length


def by_epoch(steps: Floats, missing: Floats, epoch: Floats) -> Floats:
    """Place rows without a step by their epoch where order alone would pile them up.

    A log that writes all its evaluations after (or before) the training rows leaves nothing
    between which to place them.
    """
    placed = steps[missing]
    if len(placed) < 3 or len(unique(placed)) > max(2, len(placed) // 4):
        return steps
    known = ~missing.astype(bool)
    ends = {e: float(steps[known & (epoch == e)].max()) for e in unique(epoch[known])}
    wanted = epoch[missing.astype(bool)]
    if len(unique(wanted)) < 3:
        return steps
    result = steps.copy()
    if len(ends) >= 3:
        result[missing.astype(bool)] = np.interp(wanted, list(ends), list(ends.values()))
    else:
        result[missing.astype(bool)] = stretched(wanted, float(steps[known].max()))
    return result
