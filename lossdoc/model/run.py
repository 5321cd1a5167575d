"""A run as its log tells it: channels, series, and what could not be read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Channel(StrEnum):
    """Canonical role of a series, whatever its column is called in the log."""

    TRAIN_LOSS = "train_loss"
    VAL_LOSS = "val_loss"
    TRAIN_COMPONENT = "train_component"
    """Part of a training loss (box, class, auxiliary ...)."""
    VAL_COMPONENT = "val_component"
    TRAIN_ACCURACY = "train_accuracy"
    """Top-1 accuracy in [0, 1]."""
    VAL_ACCURACY = "val_accuracy"
    TRAIN_METRIC = "train_metric"
    """Any other measure of quality; its direction stands in the series."""
    VAL_METRIC = "val_metric"
    LEARNING_RATE = "learning_rate"
    GRAD_NORM = "grad_norm"
    """Norm of the whole gradient, as logged (usually before clipping)."""
    LAYER_GRAD_NORM = "layer_grad_norm"
    CLIP_COEF = "clip_coef"
    """Factor that clipping put on the gradient; 1 where the norm was within bounds."""
    DEAD_SHARE = "dead_share"
    """Share of units that never answer, or of gradients that are zero, in [0, 1]."""
    LOSS_SCALE = "loss_scale"
    """Factor on the loss, for gradients in half precision."""
    REWARD = "reward"
    EPOCH = "epoch"
    WALL_TIME = "wall_time"
    """Seconds; any origin."""
    TOKENS = "tokens"
    """Tokens seen so far, where they are not what the steps count."""


@dataclass(frozen=True, eq=False)
class Series:
    """One logged quantity: values at their own steps.

    Parameters
    ----------
    channel
        Role of the quantity.
    name
        Its name in the log.
    steps
        float64[n], never decreasing within a segment of the run; finite.
    values
        float64[n]; NaN and infinities are values that were logged as such.
    rows
        int64[n], strictly increasing: line or record number in the log, from 1.
    higher_is_better
        Direction of a measure of quality; None where it has none.
    """

    channel: Channel
    name: str
    steps: Floats
    values: Floats
    rows: Ints
    higher_is_better: bool | None = None

    def __len__(self) -> int:
        return len(self.values)

    def between_rows(self, first: int, last: int) -> Series:
        """Part of the series whose rows lie in [first, last]."""
        a, b = np.searchsorted(self.rows, [first, last + 1])
        return replace(self, steps=self.steps[a:b], values=self.values[a:b], rows=self.rows[a:b])


@dataclass(frozen=True)
class LogIssue:
    """Something about the log itself that the reader of a verdict must know.

    Parameters
    ----------
    kind
        Short kebab-case name, e.g. ``skipped-lines``, ``torn-tail``, ``corrupt-record``.
    message
        One sentence: what and how many.
    row
        First line or record that it concerns, or None.
    count
        How many lines, records or cells.
    lost
        Whether something that was logged could not be read.
    """

    kind: str
    message: str
    row: int | None = None
    count: int = 1
    lost: bool = False


_NO_CONTEXT: Mapping[str, float | str] = MappingProxyType({})


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """One training execution, as its log tells it.

    Parameters
    ----------
    path
        Where it was read, exactly as given by the user (a file found inside a folder: the
        folder's argument joined with the rest).
    format
        Reader that accepted it, e.g. ``csv``.
    series
        All series with a role; several may share a channel (components, metrics).
    name
        Name of the run inside a file or folder that holds several.
    axis
        What ``steps`` count: ``step``, ``epoch``, ``tokens`` or ``row``.
    restarts
        Rows at which a new segment begins (the log was appended to by another execution).
    resumes
        Steps at which an execution was resumed from a checkpoint; overlapping rows were merged,
        the last write winning.
    context
        Hyper-parameters found in the log, by canonical name (``learning_rate``, ``batch_size``,
        ``optimizer``, ...).
    issues
        What could not be read, or was read with a reservation.
    objective
        ``supervised``, or why a falling loss is not the goal: ``reinforcement``,
        ``adversarial``, or ``zero-mean`` (the loss only swings about zero).
    why
        Why the reader and the resolver took the log as they did (shown by ``-v``).
    settings
        Other settings that the log tells, by its own names (``model/depth``).
    """

    path: str
    format: str
    series: tuple[Series, ...]
    name: str = ""
    axis: str = "step"
    restarts: tuple[int, ...] = ()
    resumes: tuple[float, ...] = ()
    context: Mapping[str, float | str] = field(default_factory=lambda: _NO_CONTEXT)
    issues: tuple[LogIssue, ...] = ()
    objective: str = "supervised"
    why: tuple[str, ...] = ()
    settings: Mapping[str, float | str] = field(default_factory=lambda: _NO_CONTEXT)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds, which a read-only view of a dictionary cannot be."""
        views = {"context": dict(self.context), "settings": dict(self.settings)}
        return {**self.__dict__, **views}

    def __repr__(self) -> str:
        told = ", ".join(f"{s.name!r} ({s.channel.value}, {len(s)})" for s in self.series)
        name = f" [{self.name}]" if self.name else ""
        return f"<Run {f'{self.path}{name}'!r}: {self.format}, by {self.axis}; {told}>"

    @cached_property
    def _by_channel(self) -> dict[Channel, tuple[Series, ...]]:
        table: dict[Channel, tuple[Series, ...]] = {}
        for series in self.series:
            table[series.channel] = (*table.get(series.channel, ()), series)
        return table

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._by_channel

    def __getitem__(self, channel: Channel) -> Series:
        """First (principal) series of a channel; KeyError where the log has none."""
        return self._by_channel[channel][0]

    def get(self, channel: Channel) -> Series | None:
        """First series of a channel, or None."""
        found = self._by_channel.get(channel)
        return found[0] if found else None

    def all(self, channel: Channel) -> tuple[Series, ...]:
        """Every series of a channel."""
        return self._by_channel.get(channel, ())

    def segments(self) -> tuple[Run, ...]:
        """Stretches in which steps only go forward, one run each; itself if there is one."""
        if not self.restarts:
            return (self,)
        last = max((int(s.rows[-1]) for s in self.series if len(s)), default=0)
        bounds = (1, *self.restarts, last + 1)
        pieces = []
        for start, stop in itertools.pairwise(bounds):
            cut = tuple(s.between_rows(start, stop - 1) for s in self.series)
            pieces.append(replace(self, series=tuple(s for s in cut if len(s)), restarts=()))
        return tuple(piece for piece in pieces if piece.series)

    def to_frame(self) -> pd.DataFrame:
        """Long table with the columns channel, name, step, value, row."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "channel": s.channel.value,
                    "name": s.name,
                    "step": s.steps,
                    "value": s.values,
                    "row": s.rows,
                }
            )
            for s in self.series
        ]
        columns = ["channel", "name", "step", "value", "row"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
