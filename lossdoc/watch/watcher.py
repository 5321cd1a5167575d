"""Many logs at once, in one loop without threads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lossdoc.errors import UsageError
from lossdoc.model import Severity
from lossdoc.pacing import SHARE
from lossdoc.sources import expand
from lossdoc.sources.discover import STDIN
from lossdoc.watch.follower import Event, Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lossdoc.api import Settings
    from lossdoc.sources import Found


class Watcher:
    """Watches every log that paths stand for; those that appear later join.

    All logs together may take the share of the time that one would take alone.

    Parameters
    ----------
    paths
        Files, folders, or patterns.
    settings, stall, tell_from, clock
        As in `Follower`.

    Raises
    ------
    UsageError
        Standard input was named: it cannot be read twice.
    """

    def __init__(
        self,
        paths: Sequence[str],
        settings: Settings,
        *,
        stall: float | None = None,
        tell_from: Severity = Severity.WARNING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if STDIN in paths:
            raise UsageError("standard input cannot be watched", hint="lossdoc guard -- COMMAND")
        self._paths = tuple(paths)
        self._settings = settings
        self._stall = stall
        self._tell_from = tell_from
        self._clock = clock
        self._followers: dict[str, Follower] = {}
        self._rescan = clock()

    @property
    def judged(self) -> list[Follower]:
        """Logs that were judged at least once."""
        return [f for f in self._followers.values() if f.judged]

    @property
    def over(self) -> bool:
        """Whether every run has come to its planned end, or has stalled."""
        followers = self.judged or list(self._followers.values())
        return bool(followers) and all(f.ended or f.stalled for f in followers)

    @property
    def stalled(self) -> bool:
        """Whether some run has stalled before its planned end, or never began."""
        return any(f.stalled and not f.ended for f in self.judged or self._followers.values())

    def tick(self) -> Iterator[Event]:
        """Look at every log once; yield what happened, log by log."""
        self._expand()
        for follower in list(self._followers.values()):
            yield from follower.tick()

    def know(self) -> None:
        """Take what the logs show so far for known: only problems of later rows are told."""
        for follower in self._followers.values():
            follower.know()

    def _expand(self) -> None:
        """Look for new logs, unless looking would take more than its share of the time."""
        begin = self._clock()
        if begin < self._rescan:
            return
        present = {found.path: found for found in expand(self._paths)}
        for path, follower in list(self._followers.items()):
            if path not in present and not follower.judged:
                del self._followers[path]
        for path, found in present.items():
            if path not in self._followers:
                self._followers[path] = self._follower(found, len(present))
        end = self._clock()
        self._rescan = end + (end - begin) / SHARE

    def _follower(self, found: Found, company: int) -> Follower:
        return Follower(
            found,
            self._settings,
            clock=self._clock,
            stall=self._stall,
            tell_from=self._tell_from,
            share=SHARE / max(company, 1),
        )
