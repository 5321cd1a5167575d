"""Log a run differently: what is the same training must get the same answer.

Every variant takes a run and gives the log that another habit of logging would have made of it, or None
where the habit does not apply. The validation keeps its rows unless a variant says otherwise.
"""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel, Series
from lossdoc.scorecard.judging import last_step, prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lossdoc.model import Run
    from lossdoc.model.run import Floats, Ints

    Change = Callable[[Run, np.random.Generator], Run | None]

_VALIDATION = frozenset(
    {Channel.VAL_LOSS, Channel.VAL_COMPONENT, Channel.VAL_ACCURACY, Channel.VAL_METRIC}
)
_AVERAGED = frozenset(
    {
        Channel.TRAIN_LOSS,
        Channel.TRAIN_COMPONENT,
        Channel.TRAIN_ACCURACY,
        Channel.TRAIN_METRIC,
        Channel.GRAD_NORM,
    }
)
_GRADIENTS = frozenset({Channel.GRAD_NORM, Channel.LAYER_GRAD_NORM})
_FEWEST_EPOCHS, _PARTS = 5, 20

NOISE = 0.05
"""Standard deviation of the logarithm by which noisy evaluations are off."""


class Relogged(NamedTuple):
    """A run, logged in another way.

    Parameters
    ----------
    total_steps
        Planned length, where it is told to lossdoc.
    """

    run: Run
    total_steps: float | None = None


def relogged(run: Run, total_steps: float, seed: int = 0) -> Iterator[tuple[str, Relogged]]:
    """Every variant that applies to a run, by name.

    Parameters
    ----------
    total_steps
        Planned length of the run.
    seed
        Of the noise.
    """
    yield "as it is", Relogged(run)
    for name, change in CHANGES.items():
        changed = change(run, np.random.default_rng(seed))
        if changed is not None:
            yield name, Relogged(changed)
    for share in (0.1, 0.3, 0.5, 0.8):
        cut = prefix(run, share)
        yield f"first {100 * share:.0f} %, planned length known", Relogged(cut, total_steps)
        yield f"first {100 * share:.0f} %", Relogged(cut)


def thinned(every: int) -> Change:
    """Every k-th row of what is logged while training."""

    def change(run: Run, _: np.random.Generator) -> Run | None:
        return _with(run, lambda s: s if s.channel in _VALIDATION else _take(s, _kept(s, every)))

    return change


def averaged(rows: int) -> Change:
    """Means over k rows of what is logged while training; of the rate, the last of them."""

    def change(run: Run, _: np.random.Generator) -> Run | None:
        return _with(run, lambda s: s if s.channel in _VALIDATION else _means(s, rows))

    return change


def by_epoch(run: Run, _: np.random.Generator) -> Run | None:
    """One row per epoch: mean training loss, last validation loss.

    A log without epochs, or with under five, gives twenty parts of equal length instead. One that counts
    epochs already, or begins anew somewhere, is left alone.
    """
    train = run.get(Channel.TRAIN_LOSS)
    if run.axis != "step" or run.restarts or train is None or len(train) < 2 * _PARTS:
        return None
    ends = _epoch_ends(run)
    series = [_per_epoch(s, ends) for s in run.series if s.channel is not Channel.EPOCH]
    return replace(run, series=tuple(s for s in series if len(s)), axis="epoch", resumes=())


def noisy_validation(run: Run, rng: np.random.Generator) -> Run | None:
    """Validation losses that are off by 5 %, as those of few samples are."""
    if Channel.VAL_LOSS not in run:
        return None

    def change(series: Series) -> Series:
        if series.channel is not Channel.VAL_LOSS:
            return series
        return replace(series, values=series.values * np.exp(rng.normal(0, NOISE, len(series))))

    return _with(run, change)


def without(channels: frozenset[Channel]) -> Change:
    """Leave channels out; None where the log has none of them, or nothing else."""

    def change(run: Run, _: np.random.Generator) -> Run | None:
        kept = tuple(s for s in run.series if s.channel not in channels)
        has_loss = any(s.channel in {Channel.TRAIN_LOSS, Channel.VAL_LOSS} for s in kept)
        return replace(run, series=kept) if has_loss and len(kept) < len(run.series) else None

    return change


def begun_late(share: float) -> Change:
    """Lose the first rows: a share of all, one at least."""

    def change(run: Run, _: np.random.Generator) -> Run | None:
        rows = np.unique(np.concatenate([s.rows for s in run.series]))
        first = int(rows[min(max(math.ceil(share * len(rows)), 1), len(rows) - 1)])
        return _with(run, lambda s: s.between_rows(first, int(rows[-1])))

    return change


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "every 2nd row": thinned(2),
        "every 5th row": thinned(5),
        "every 10th row": thinned(10),
        "means of 5 rows": averaged(5),
        "means of 20 rows": averaged(20),
        "a row per epoch": by_epoch,
        "validation loss off by 5 %": noisy_validation,
        "no validation": without(_VALIDATION),
        "no learning rate": without(frozenset({Channel.LEARNING_RATE})),
        "no gradient norm": without(_GRADIENTS),
        "training loss alone": without(frozenset(Channel) - {Channel.TRAIN_LOSS}),
        "first row lost": begun_late(0.0),
        "first 5 % lost": begun_late(0.05),
    }
)
"""Habit -> what it makes of a run; prefixes come on top (`relogged`)."""


def _with(run: Run, change: Callable[[Series], Series]) -> Run:
    changed = (change(s) for s in run.series)
    return replace(run, series=tuple(s for s in changed if len(s)))


def _take(series: Series, kept: Ints) -> Series:
    return replace(
        series, steps=series.steps[kept], values=series.values[kept], rows=series.rows[kept]
    )


def _kept(series: Series, every: int) -> Ints:
    return np.arange(every - 1, len(series), every)


def _means(series: Series, rows: int) -> Series:
    last = _kept(series, rows)
    thin = _take(series, last)
    if series.channel not in _AVERAGED:
        return thin
    means = series.values[: rows * len(last)].reshape(-1, rows).mean(axis=1)
    return replace(thin, values=means)


def _epoch_ends(run: Run) -> Floats:
    """Last step of each epoch, or of each twentieth of the run; the last one is the end."""
    end = last_step(run)
    epochs = run.get(Channel.EPOCH)
    if epochs is not None and len(epochs):
        numbers = np.ceil(epochs.values - 1e-6)
        last = np.flatnonzero(np.diff(numbers, append=numbers[-1] + 1) > 0)
        if _FEWEST_EPOCHS <= len(last) <= len(epochs) / 2:
            return np.append(epochs.steps[last[:-1]], end)
    first = min(float(s.steps[0]) for s in run.series)
    return np.linspace(first, end, _PARTS + 1)[1:]


def _per_epoch(series: Series, ends: Floats) -> Series:
    """One value per epoch that has any: the mean or the last; epochs count from 1."""
    epochs = np.minimum(np.searchsorted(ends, series.steps), len(ends) - 1)
    last = np.flatnonzero(np.diff(epochs, append=len(ends)) > 0)
    values = series.values[last]
    if series.channel in _AVERAGED:
        first = np.append(0, last[:-1] + 1)
        values = np.add.reduceat(series.values, first) / (last - first + 1)
    numbers = epochs[last] + 1
    return replace(series, steps=numbers.astype(np.float64), values=values, rows=numbers)
