"""Reading a log that is being written: its whole lines, or all of it where it has no lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossdoc.errors import NoUsableMetric, SourceError
from lossdoc.model import Channel
from lossdoc.pacing import Bell
from lossdoc.sources import open_found
from lossdoc.sources.stretch import LINES, is_plain, lines_end, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.api import Settings
    from lossdoc.model import Run, Series
    from lossdoc.sources import Found

_NEWEST = 1 << 20
"""Bytes that the bell looks at, at most."""

_TELLING = (
    *(Channel.TRAIN_LOSS, Channel.VAL_LOSS, Channel.TRAIN_COMPONENT, Channel.VAL_COMPONENT),
    Channel.GRAD_NORM,
)
"""Channels that the bell listens to."""

_RECENT = 64


class GrowingLog:
    """One log that is being written.

    Reading costs a fraction of judging, so a log is read anew whenever it is judged; nothing is
    kept of it in between. Between two judgements only the new lines are read, for the bell.

    Parameters
    ----------
    found
        Where it is.
    settings
        How it is read.
    """

    def __init__(self, found: Found, settings: Settings) -> None:
        self.found = found
        self.path = Path(found.path)
        self.has_lines = False
        self._options: dict[str, Any] = {
            "format": settings.format,
            "mapping": settings.mapping,
            "step_column": settings.step_column,
        }
        self._bells: dict[tuple[str, str], tuple[Bell, float]] = {}
        self._heard = 0

    def forget(self) -> None:
        """Begin anew: the file is another one."""
        self.has_lines = False
        self._bells.clear()
        self._heard = 0

    def amount(self, size: int) -> int:
        """Bytes of whole lines, where the log has lines; else its size.

        Raises
        ------
        OSError
            It cannot be read.
        """
        if not self.has_lines:
            return size
        return lines_end(self.path, size, min(self._heard, size))

    def read(self, amount: int) -> list[Run]:
        """Read it, without a line that is not complete yet.

        Raises
        ------
        SourceError
            There is nothing to judge, or not yet.
        OSError
            It vanished meanwhile.
        """
        runs = self._read(amount)
        self.has_lines = runs[0].format in LINES and is_plain(self.path)
        self._heard = amount if self.has_lines else 0
        self._bells = {key: _primed(series) for key, series in _telling(runs)}
        return runs

    def rings(self, amount: int) -> bool:
        """Whether one of the new lines breaks down or leaves the band of those before."""
        if not self.has_lines or amount <= self._heard:
            return False
        start = self._heard
        if amount - start > _NEWEST:
            start = lines_end(self.path, amount - _NEWEST, start)
        self._heard = amount
        try:
            runs = read_lines(self.path, self.found.path, amount, start, **self._options)
        except SourceError:  # a stack trace, say; the next judgement sees it whole
            return False
        return sum(self._hear(key, series) for key, series in _telling(runs)) > 0

    def _read(self, amount: int) -> list[Run]:
        if self.path.is_dir() or not is_plain(self.path):
            return open_found(self.found, **self._options)
        stop = lines_end(self.path, amount)
        if stop:
            try:
                return read_lines(self.path, self.found.path, stop, **self._options)
            except SourceError:
                pass  # a document, whose end is no line
        runs = open_found(self.found, **self._options)
        if runs[0].format in LINES:
            raise NoUsableMetric(f"{self.found.path} holds no whole line of numbers yet")
        return runs

    def _hear(self, key: tuple[str, str], series: Series) -> bool:
        bell, until = self._bells.get(key) or (Bell(), float("-inf"))
        new = series.steps > until
        if not new.any():
            return False
        self._bells[key] = (bell, float(series.steps[-1]))
        return bell.hear_all(series.values[new])


def _telling(runs: Sequence[Run]) -> list[tuple[tuple[str, str], Series]]:
    return [
        ((run.name, series.name), series)
        for run in runs
        for series in run.series
        if series.channel in _TELLING and len(series)
    ]


def _primed(series: Series) -> tuple[Bell, float]:
    bell = Bell()
    bell.hear_all(series.values[-_RECENT:])
    return bell, float(series.steps[-1])
