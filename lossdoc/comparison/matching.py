"""Runs side by side: one loss, one axis, and the stretch that all of them cover."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.comparison.axes import By, common, placed
from lossdoc.errors import SourceError
from lossdoc.model import Channel
from lossdoc.robust.curve import Curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Run, Series

LEAST_POINTS = 5
"""Fewer points in the common stretch are no curve."""

_LOSSES = (Channel.VAL_LOSS, Channel.TRAIN_LOSS)


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
    copies
        Runs left out because another one of their side holds the same losses: they are one run
        under two names, or one seed that was trained twice, and tell nothing of the noise.
    """

    loss: Channel
    by: str
    first: float
    last: float
    covered: float
    reference: tuple[Matched, ...]
    candidate: tuple[Matched, ...]
    copies: int = 0


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
    axis = common(runs, by)
    series = [placed(run, channel, axis) for run in runs]
    whole = [s for s in series if not _broke_down(s)] or series
    bounds = [(float(s.steps.min()), float(s.steps.max())) for s in whole if len(s)]
    first = max((a for a, _ in bounds), default=0.0)
    last = min((b for _, b in bounds), default=0.0)
    if not last > first:
        raise SourceError(
            f"{runs[-1].path} has no stretch of {axis} in common with the reference",
            details=tuple(_range(run, s, axis) for run, s in zip(runs, series, strict=True))[:8],
        )
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
    longest = max((float(np.ptp(s.steps)) for s in series[:half] if len(s)), default=0.0)
    covered = (last - first) / longest if longest > 0 else 1.0
    old, new = _distinct(matched[:half]), _distinct(matched[half:])
    copies = len(matched) - len(old) - len(new)
    return Pairing(channel, axis, first, last, covered, old, new, copies)


def _distinct(side: Sequence[Matched]) -> tuple[Matched, ...]:
    """Runs of a side without those that hold the losses of another one."""
    kept: list[Matched] = []
    for one in side:
        if not any(_same(one.curve, other.curve) for other in kept):
            kept.append(one)
    return tuple(kept)


def _same(one: Curve | None, other: Curve | None) -> bool:
    if one is None or other is None:
        return False
    return np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y)


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


def _range(run: Run, series: Series, axis: str) -> str:
    if not len(series):
        return f"{run.path}: its log tells no {axis} for its losses"
    return f"{run.path}: {axis} {series.steps.min():g} to {series.steps.max():g}"


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
