"""Runs side by side: one loss, one axis, and the stretch that all of them cover."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from lossdoc.errors import SourceError
from lossdoc.model import Channel
from lossdoc.robust.curve import Curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Floats, Run, Series

By = Literal["auto", "step", "epoch", "tokens", "time"]

LEAST_POINTS = 5
"""Fewer points in the common stretch are no curve."""

_LOSSES = (Channel.VAL_LOSS, Channel.TRAIN_LOSS)
_AXES = {"epoch": Channel.EPOCH, "time": Channel.WALL_TIME}


class Matched(NamedTuple):
    """One run as it is compared.

    Parameters
    ----------
    curve
        Finite points of its loss within the common stretch; None where it broke down before.
    broke_down
        Whether the loss is not finite at the end.
    """

    run: Run
    curve: Curve | None
    broke_down: bool


class Pairing(NamedTuple):
    """Both sides, cut to one stretch.

    Parameters
    ----------
    loss, by
        Channel and axis that are compared.
    first, last
        The common stretch.
    covered
        Share of the longest reference that it covers.
    """

    loss: Channel
    by: str
    first: float
    last: float
    covered: float
    reference: tuple[Matched, ...]
    candidate: tuple[Matched, ...]


def pair(
    reference: Sequence[Run], candidate: Sequence[Run], by: By = "auto", loss: Channel | None = None
) -> Pairing:
    """Cut runs to what they have in common.

    Validation loss is compared where every run has it, else training loss.

    Raises
    ------
    SourceError
        They have no loss, no axis or no stretch in common, or too few points in it.
    """
    runs = [*reference, *candidate]
    channel = loss or _common_loss(runs)
    lacking = [run.path for run in runs if channel not in run]
    if lacking:
        raise SourceError(f"{lacking[0]} has no {channel.value}, which is compared")
    axis = _common_axis(runs, by)
    series = [_placed(run, channel, axis) for run in runs]
    whole = [s for s in series if not _broke_down(s)] or series
    bounds = [(float(s.steps.min()), float(s.steps.max())) for s in whole if len(s)]
    first = max((a for a, _ in bounds), default=0.0)
    last = min((b for _, b in bounds), default=0.0)
    if not last > first:
        raise SourceError(f"{runs[-1].path} has no {axis}s in common with the reference")
    matched = tuple(
        Matched(run, _cut(s, first, last), _broke_down(s))
        for run, s in zip(runs, series, strict=True)
    )
    for one in matched:
        if not one.broke_down and (one.curve is None or one.curve.n < LEAST_POINTS):
            count = 0 if one.curve is None else one.curve.n
            raise SourceError(
                f"{one.run.path} has {count} points of {channel.value} between {axis} {first:g} "
                f"and {last:g}; a comparison needs {LEAST_POINTS}"
            )
    half = len(reference)
    longest = max(float(np.ptp(s.steps)) for s in series[:half] if len(s))
    covered = (last - first) / longest if longest > 0 else 1.0
    return Pairing(channel, axis, first, last, covered, matched[:half], matched[half:])


def _common_loss(runs: Sequence[Run]) -> Channel:
    """Loss that every run has; validation needs points enough in each that did not break down."""
    for channel in _LOSSES:
        found = [run.get(channel) for run in runs]
        if all(s is not None and (len(s) >= LEAST_POINTS or _broke_down(s)) for s in found):
            return channel
    for channel in _LOSSES:
        if all(channel in run for run in runs):
            return channel
    raise SourceError(f"{runs[0].path} shares no loss with the other runs")


def _common_axis(runs: Sequence[Run], by: By) -> str:
    """Axis on which all runs can be placed."""
    if by == "auto":
        axes = {run.axis for run in runs}
        if len(axes) == 1:
            return axes.pop()
        if all(run.axis == "epoch" or Channel.EPOCH in run for run in runs):
            return "epoch"
        names = " and ".join(sorted(axes))
        raise SourceError(f"{runs[-1].path} cannot be matched: the runs count {names}")
    for run in runs:
        if run.axis != by and not (by in _AXES and _AXES[by] in run):
            raise SourceError(f"{run.path} does not tell the {by}; it counts {run.axis}s")
    return by


def _placed(run: Run, channel: Channel, axis: str) -> Series:
    """Series of the last execution, on the axis that is compared; in order, each place once."""
    run = run.segments()[-1] if run.restarts and channel in run.segments()[-1] else run
    series = run[channel]
    x = series.steps
    if axis != run.axis:
        x = _translated(run, x, axis)
    keep = np.isfinite(x)
    order = np.argsort(x[keep], kind="stable")
    return replace(
        series,
        steps=x[keep][order],
        values=series.values[keep][order],
        rows=np.sort(series.rows[keep]),
    )


def _translated(run: Run, x: Floats, axis: str) -> Floats:
    """Places on another axis that the log tells; NaN outside of what it covers."""
    other = run[_AXES[axis]]
    known = np.isfinite(other.values)
    steps, values = other.steps[known], other.values[known]
    if len(steps) == 0:
        return np.full(len(x), np.nan)
    if axis == "time":
        values = values - values[0]
    return np.interp(x, steps, np.maximum.accumulate(values), left=np.nan, right=np.nan)


def _broke_down(series: Series) -> bool:
    return len(series) > 0 and not np.isfinite(series.values[-1])


def _cut(series: Series, first: float, last: float) -> Curve | None:
    inside = (series.steps >= first) & (series.steps <= last)
    return Curve.of(
        replace(
            series,
            steps=series.steps[inside],
            values=series.values[inside],
            rows=series.rows[inside],
        )
    )
