"""Axes on which runs can be laid side by side: what they count, or what their log tells beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from lossdoc.arrays import median
from lossdoc.errors import SourceError
from lossdoc.model import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Floats, Run, Series

By = Literal["auto", "step", "epoch", "tokens", "time"]

TOLD = {"epoch": Channel.EPOCH, "tokens": Channel.TOKENS, "time": Channel.WALL_TIME}
"""Axis -> channel that tells it where the steps count something else."""

UNITS = {"step": "steps", "epoch": "epochs", "tokens": "tokens", "time": "seconds", "row": "rows"}
"""Axis -> what it counts, in words."""

_PAUSE = 10.0
"""A clock that goes on so many times its usual pace at a resume waited for the resume."""


def common(runs: Sequence[Run], by: By) -> str:
    """Axis on which all runs can be placed.

    Raises
    ------
    SourceError
        There is none, or some run does not tell the one that was asked for.
    """
    if by == "auto":
        counted = {run.axis for run in runs}
        if len(counted) == 1:
            return counted.pop()
        for axis in ("epoch", "tokens"):
            if all(tells(run, axis) for run in runs):
                return axis
        raise _unmatched(f"the runs count {' and '.join(sorted(counted))}", runs)
    lacking = [run for run in runs if not tells(run, by)]
    if lacking:
        what = "wall time" if by == "time" else by
        raise _unmatched(f"{lacking[0].path} does not tell the {what}", runs)
    return by


def tells(run: Run, axis: str) -> bool:
    """Whether a run can be placed on an axis."""
    return run.axis == axis or (axis in TOLD and TOLD[axis] in run)


def _unmatched(problem: str, runs: Sequence[Run]) -> SourceError:
    """Say what each kind of run tells, and which axis would do."""
    known = [tuple(dict.fromkeys((run.axis, *(a for a in TOLD if tells(run, a))))) for run in runs]
    kinds = {told: run.path for run, told in zip(reversed(runs), reversed(known), strict=True)}
    details = tuple(f"{path} tells: {', '.join(told)}" for told, path in reversed(kinds.items()))
    shared = [axis for axis in known[0] if all(axis in told for told in known)]
    column = "--map tokens=COLUMN or --step-column COLUMN names a column that lossdoc did not find"
    hint = f"--by {shared[0]}" if shared and shared[0] != "row" else column
    return SourceError(f"cannot match the runs: {problem}", details=details, hint=hint)


def last_execution(run: Run, channel: Channel) -> Run:
    """Return the last stretch of a log to which several executions were appended."""
    if not run.restarts:
        return run
    return next((part for part in reversed(run.segments()) if channel in part), run)


def placed(run: Run, channel: Channel, axis: str) -> Series:
    """Series of the last execution on an axis; in order, without what the axis does not cover."""
    run = last_execution(run, channel)
    series = run[channel]
    x = series.steps if axis == run.axis else translated(run, series.steps, axis)
    keep = np.isfinite(x)
    order = np.argsort(x[keep], kind="stable")
    return replace(
        series,
        steps=x[keep][order],
        values=series.values[keep][order],
        rows=np.sort(series.rows[keep]),
    )


def translated(run: Run, x: Floats, axis: str) -> Floats:
    """Places on another axis that the log tells; NaN outside of what it covers.

    Parameters
    ----------
    x
        float64[n], in what the run counts.
    """
    told = run.get(TOLD[axis])
    known = np.empty(0, dtype=bool) if told is None else np.isfinite(told.values)
    if told is None or not known.any():
        return np.full(len(x), np.nan)
    steps, values = told.steps[known], told.values[known]
    if axis == "time":
        values = _elapsed(values, steps, run.resumes)
    elif axis == "epoch":
        steps, values = _ramp(steps, values)
    return np.interp(x, steps, np.maximum.accumulate(values), left=np.nan, right=np.nan)


def _elapsed(clock: Floats, steps: Floats, resumes: Sequence[float]) -> Floats:
    """Seconds since the first row.

    A clock that starts again goes on where it was, a usual interval later; time between an
    execution and the one that resumes it does not count.
    """
    moves = np.diff(clock)
    usual = median(moves[moves > 0]) if (moves > 0).any() else 0.0
    resumed = np.zeros(len(moves), dtype=bool)
    for step in resumes:
        resumed |= (steps[:-1] < step) & (step <= steps[1:])
    stands = (moves < 0) | (resumed & (moves > _PAUSE * usual))
    return np.append(0.0, np.cumsum(np.where(stands, usual, moves)))


def _ramp(steps: Floats, epochs: Floats) -> tuple[Floats, Floats]:
    """Make an even rise of epochs that are whole numbers, each in many rows.

    An epoch then begins at its first row; the last one is as long as the one before it.
    """
    starts = np.flatnonzero(np.concatenate(([True], np.diff(epochs) > 0)))
    if len(starts) < 2 or len(starts) == len(epochs) or (epochs != np.round(epochs)).any():
        return steps, epochs
    x, y = steps[starts], epochs[starts]
    length = x[-1] - x[-2]
    inside = min((steps[-1] - x[-1]) / length, 1.0) if length > 0 else 0.0
    if not inside:
        return x, y
    return np.append(x, steps[-1]), np.append(y, y[-1] + inside * (y[-1] - y[-2]))
