"""Values of measures: what one run comes to, and where it went beyond a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc import runfacts
from lossdoc.budgets.names import CLOCKS, Measure
from lossdoc.model import Channel
from lossdoc.robust.case import Case
from lossdoc.rules.ld202_loss_spike_recovered import LossSpikeRecovered, excursions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lossdoc.model import Diagnosis, Run, Series
    from lossdoc.model.run import Floats

_UNITS = {"step": "steps", "epoch": "epochs", "tokens": "tokens", "row": "rows"}


class Unmeasured(Exception):  # noqa: N818 - an answer, not an error
    """A log does not tell a measure; the message says why."""


class Value(NamedTuple):
    """What a measure of a run comes to.

    Parameters
    ----------
    steps, values
        float64[n]: how it came to its value; empty where it has no place.
    recovers
        Whether more steps can bring it back within a limit.
    """

    value: float
    unit: str
    channel: Channel
    series: str = ""
    steps: Floats = np.empty(0)
    values: Floats = np.empty(0)
    recovers: bool = False

    def passed(self, holds: Callable[[Floats], NDArray[np.bool_]]) -> float | None:
        """Step from which on a limit does not hold to the end, or None."""
        beyond = np.flatnonzero(np.asarray(holds(self.values)))
        start = int(beyond[-1]) + 1 if len(beyond) else 0
        if not len(self.steps):
            return None
        return float(self.steps[min(start, len(self.steps) - 1)])


@np.errstate(all="ignore")
def value(asked: Measure, diagnosis: Diagnosis, run: Run) -> Value:
    """Measure a run.

    Raises
    ------
    Unmeasured
        The log does not tell.
    """
    if asked.channel is not None:
        series = run.get(asked.channel)
        if series is None or not len(series):
            raise Unmeasured(f"no {asked.channel.value} in this log")
        if asked.kind == "to":
            return _reaching(asked, run, series)
        return _best(series) if asked.kind == "best" else _final(series)
    if asked.kind in CLOCKS:
        return _length(asked.kind, run)
    plain = {"wall_time": _wall_time, "loss_spikes.count": _spikes}
    return plain[asked.kind](run) if asked.kind in plain else _wasted(diagnosis, run)


def _best(series: Series) -> Value:
    if runfacts.rises(series) is None:
        raise Unmeasured(f"no direction of {series.name} is better")
    found = runfacts.best(series)
    if found is None:
        return Value(np.nan, "", series.channel, series.name, series.steps[:1], np.full(1, np.nan))
    place = np.array([found.step]), np.array([found.value])
    return Value(found.value, "", series.channel, series.name, *place, recovers=True)


def _final(series: Series) -> Value:
    last = float(series.values[-1])
    shown = series.channel, series.name, series.steps, series.values
    return Value(last, "", *shown, recovers=bool(np.isfinite(last)))


def _reaching(asked: Measure, run: Run, series: Series) -> Value:
    _straight(run)
    there = series.values < asked.target if asked.falling else series.values > asked.target
    first = np.flatnonzero(there)
    step = float(series.steps[first[0]]) if len(first) else np.inf
    if asked.clock == "time":
        steps, clock = _wall(run)
        clock, unit = clock - clock[0], "s"
        # The wall time of a point is the last one logged until then.
        i = int(np.searchsorted(steps, step, side="right")) - 1
        reached = np.inf if np.isinf(step) else float(clock[max(i, 0)])
    else:
        unit = _axis(asked.clock, run)
        steps = clock = series.steps
        reached = step
    return Value(reached, unit, series.channel, series.name, steps, clock, recovers=np.isinf(step))


def _length(kind: str, run: Run) -> Value:
    unit, longest = _axis(kind, run), max(run.series, key=len)
    _straight(run)
    span = runfacts.extent(run)
    if span is None:
        raise Unmeasured("nothing was logged")
    steps = np.append(longest.steps, span[1])
    return Value(span[1], unit, longest.channel, "", steps, steps)


def _wall_time(run: Run) -> Value:
    total, steps, values = 0.0, [np.empty(0)], [np.empty(0)]
    for part in run.segments():
        at, clock = _wall(part)
        steps.append(at)
        values.append(total + clock - clock[0])
        total = float(values[-1][-1])
    told = np.concatenate(steps), np.concatenate(values)
    if len(told[0]) < 2:
        raise Unmeasured("a single wall_time in this log")
    return Value(total, "s", Channel.WALL_TIME, run[Channel.WALL_TIME].name, *told)


def _spikes(run: Run) -> Value:
    if Channel.TRAIN_LOSS not in run:
        raise Unmeasured("no train_loss in this log")
    if run.objective != "supervised":
        raise Unmeasured(f"a falling loss is not the goal of {run.objective} training")
    starts: list[float] = []
    for part in run.segments():
        curve = Case(part).train
        points = 0 if curve is None else curve.n
        if curve is None or points < LossSpikeRecovered.min_points:
            needed = LossSpikeRecovered.min_points
            raise Unmeasured(f"{points} finite values of train_loss; needs {needed}")
        found = excursions(Case(part), curve, Channel.TRAIN_LOSS)
        starts += [float(curve.x[spike.start]) for spike in found]
    series = run[Channel.TRAIN_LOSS]
    counted = np.array(starts), np.arange(1.0, len(starts) + 1)
    return Value(float(len(starts)), "spikes", series.channel, series.name, *counted)


def _wasted(diagnosis: Diagnosis, run: Run) -> Value:
    _straight(run)
    fault = runfacts.root(diagnosis)
    principal = next((c for c in (Channel.TRAIN_LOSS, Channel.VAL_LOSS) if c in run), None)
    channel = principal or run.series[0].channel
    if fault is None:
        return Value(0.0, "of the steps", channel)
    spent = runfacts.cost(diagnosis)
    if spent is None:
        raise Unmeasured("the log has a single step")
    place = np.array([fault.onset.step]), np.array([spent.fraction])
    return Value(spent.fraction, "of the steps", fault.channel, fault.series, *place)


def _straight(run: Run) -> None:
    if run.restarts:
        raise Unmeasured(
            f"the log holds {len(run.restarts) + 1} executions, whose steps start again"
        )


def _axis(clock: str, run: Run) -> str:
    """Unit of a clock that is the axis of a run."""
    if run.axis != CLOCKS[clock]:
        counted = _UNITS.get(run.axis, run.axis)
        more = "; --step-column names the steps" if run.axis == "row" else ""
        raise Unmeasured(f"this log counts {counted}, not {clock}{more}")
    return clock


def _wall(run: Run) -> tuple[Floats, Floats]:
    """Steps and finite wall times of one execution, at least one."""
    series = run.get(Channel.WALL_TIME)
    if series is None:
        raise Unmeasured("no wall_time in this log")
    finite = np.isfinite(series.values)
    steps, clock = series.steps[finite], series.values[finite]
    if not len(clock):
        raise Unmeasured("no finite wall_time in this log")
    if (np.diff(clock) < 0).any():
        raise Unmeasured("the wall times of this log run backwards")
    return steps, clock
