"""What is told beside the verdict: speed, spikes, findings, settings, and how far each side came."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from lossdoc.comparison.axes import TOLD, UNITS, last_execution, placed, tells, translated
from lossdoc.comparison.measures import Levels, middle, reaches
from lossdoc.comparison.rates import Difference
from lossdoc.model import Channel
from lossdoc.robust.case import Case
from lossdoc.rules.ld202_loss_spike_recovered import LossSpikeRecovered, excursions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lossdoc.comparison.matching import Matched, Pairing
    from lossdoc.model import Diagnosis, Run

    _Named = Sequence[Mapping[str, float | str]]

_NO_SETTING = frozenset({"seed", "global_step"})
_OF_RATES = frozenset({"learning_rate", "warmup_steps"})

_OTHER_LENGTH = 0.02
"""Runs whose lengths differ by a smaller share ended at the same place but for the logging."""

_MOST_VALUES = 3
"""So many values of a setting are named where runs of one side differ in it."""


Level = Literal["half", "nine tenths", "final"]


class Speed(NamedTuple):
    """Where a level of the references is reached: the median run of each side; None if never.

    Parameters
    ----------
    name
        ``half`` or ``nine tenths`` of what the references learnt, or the ``final`` loss that all
        of them come to.
    reached
        How many runs of each side reach it.
    """

    name: Level
    level: float
    reference: float | None
    candidate: float | None
    reached: tuple[int, int]


class Reach(NamedTuple):
    """How far the sides are on another axis where the common stretch ends: median runs."""

    axis: str
    reference: float
    candidate: float


def speeds(found: Pairing, old: Sequence[Levels]) -> tuple[Speed, ...]:
    """Where half and nine tenths of what the references learnt are reached, and their final loss."""
    starts = [m.curve.start for m in found.reference if m.curve]
    if not (old and starts):
        return ()
    top, bottom = middle(starts), middle(a.final for a in old)
    if not top > bottom:
        return ()
    worst = max(a.final for a in old)
    wanted: dict[Level, float] = {
        "half": top - 0.5 * (top - bottom),
        "nine tenths": top - 0.9 * (top - bottom),
    }
    if worst < wanted["nine tenths"]:
        wanted["final"] = worst
    return tuple(_speed(found, name, level) for name, level in wanted.items())


def _speed(found: Pairing, name: Level, level: float) -> Speed:
    sides = [_places(found.reference, level), _places(found.candidate, level)]
    usual = [middle(math.inf if place is None else place for place in places) for places in sides]
    a, b = (place if math.isfinite(place) else None for place in usual)
    n, m = (sum(place is not None for place in places) for places in sides)
    return Speed(name, level, a, b, (n, m))


def _places(side: Sequence[Matched], level: float) -> list[float | None]:
    return [reaches(m.curve, level) if m.curve else None for m in side]


def spikes(found: Pairing) -> tuple[float, float] | None:
    """Loss spikes of the median run of each side within the common stretch.

    Those of the training loss; None where some run has too few points of it to tell.
    """
    sides = [[_spikes(m.run, found) for m in side] for side in (found.reference, found.candidate)]
    if any(count is None for side in sides for count in side):
        return None
    a, b = (middle(float(count or 0) for count in side) for side in sides)
    return a, b


def _spikes(run: Run, found: Pairing) -> int | None:
    channel = Channel.TRAIN_LOSS
    part = last_execution(run, channel)
    case = Case(part)
    if channel not in part or case.train is None or case.train.n < LossSpikeRecovered.min_points:
        return None
    starts = np.array([case.train.x[s.start] for s in excursions(case, case.train, channel)])
    if found.by != part.axis:
        starts = translated(part, starts, found.by)
    return int(((starts >= found.first) & (starts <= found.last)).sum())


def reach(found: Pairing) -> tuple[Reach, ...]:
    """How far the sides are on the other axes that every log tells."""
    every = (*found.reference, *found.candidate)
    told = []
    for axis in ("step", *TOLD):
        if axis == found.by or not all(m.curve and tells(m.run, axis) for m in every):
            continue
        sides = (found.reference, found.candidate)
        a, b = (middle(_end(m.run, found, axis) for m in side) for side in sides)
        if math.isfinite(a) and math.isfinite(b):
            told.append(Reach(axis, a, b))
    return tuple(told)


def _end(run: Run, found: Pairing, axis: str) -> float:
    """Place on another axis of the last point that is compared; NaN where the log does not tell."""
    part = last_execution(run, found.loss)
    steps = part[found.loss].steps
    x = steps if found.by == part.axis else translated(part, steps, found.by)
    inside = steps[x <= found.last]
    if not len(inside):
        return math.nan
    last = inside.max(keepdims=True)
    return float((last if axis == part.axis else translated(part, last, axis))[0])


def only(having: Sequence[Diagnosis], lacking: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Codes that most runs of one side have and none of the other."""
    there = [{f.code for f in d.findings} for d in having]
    elsewhere = {f.code for d in lacking for f in d.findings}
    every = sorted(set().union(*there) - elsewhere)
    return tuple(c for c in every if 2 * sum(c in codes for codes in there) > len(there))


def length(found: Pairing) -> tuple[Difference, ...]:
    """Length of the runs, where it differs: a schedule is made for one."""
    a, b = (middle(_length(m, found) for m in side) for side in (found.reference, found.candidate))
    if not abs(b - a) > _OTHER_LENGTH * a:
        return ()
    return (Difference(f"length, in {UNITS[found.by]}", a, b),)


def _length(one: Matched, found: Pairing) -> float:
    steps = placed(one.run, found.loss, found.by).steps
    return float(steps.max()) if len(steps) else math.nan


def settings(
    old: Sequence[Run], new: Sequence[Run], *, rates: bool = False
) -> tuple[Difference, ...]:
    """Settings that the logs name, in which the sides differ.

    Parameters
    ----------
    rates
        Whether all runs logged their learning rate, which tells more than its settings.
    """
    aside = _NO_SETTING | _OF_RATES if rates else _NO_SETTING
    told = _differing([run.context for run in old], [run.context for run in new], aside)
    a, b = [run.settings for run in old], [run.settings for run in new]
    # Where one side lists none of its settings, each of the other's would be told.
    listed = _differing(a, b, frozenset()) if any(a) and any(b) else ()
    return (*told, *listed)


def _differing(old: _Named, new: _Named, aside: frozenset[str]) -> Iterator[Difference]:
    """Settings whose values differ between the sides; those that both have come first."""
    names = sorted({name for run in (*old, *new) for name in run} - aside)
    told = [(name, _values(old, name), _values(new, name)) for name in names]
    for name, a, b in sorted(told, key=lambda each: not (each[1] and each[2])):
        if a != b:
            yield Difference(name, _shown(a), _shown(b))


def _values(runs: _Named, name: str) -> list[float | str]:
    """Values of a setting within a side, each once."""
    found = {run[name] for run in runs if name in run}
    return sorted(found, key=lambda value: (isinstance(value, str), value))


def _shown(values: Sequence[float | str]) -> float | str | None:
    if len(values) < 2:
        return values[0] if values else None
    named = [f"{v:g}" if isinstance(v, float) else str(v) for v in values[:_MOST_VALUES]]
    return ", ".join([*named, "…"] if len(values) > _MOST_VALUES else named)
