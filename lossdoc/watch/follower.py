"""One log that is followed: what happened to it since the last look."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from lossdoc import api
from lossdoc.errors import SourceError
from lossdoc.lasting import lasting
from lossdoc.model import Severity
from lossdoc.pacing import Pace
from lossdoc.watch.reading import GrowingLog
from lossdoc.watch.stamp import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossdoc.model import Diagnosis, Finding, Run
    from lossdoc.sources import Found
    from lossdoc.watch.stamp import Stamp


class Event(NamedTuple):
    """Something that happened to a log.

    Parameters
    ----------
    kind
        ``waiting`` nothing to judge yet · ``status`` judged · ``finding`` something new is wrong ·
        ``cleared`` a finding holds no more · ``vanished`` · ``replaced`` another file, or cut
        short · ``stalled`` no new row for long · ``resumed`` rows come again · ``ended`` the
        planned length is reached.
    path
        Of the log.
    message
        One sentence, where there is something to say.
    diagnosis
        Of the last judgement, for ``status``, ``finding`` and ``cleared``.
    finding
        The finding meant.
    eta
        Seconds to the planned end, where both can be known.
    unconfirmed
        Whether the verdict rests on the newest rows alone.
    """

    kind: str
    path: str
    message: str = ""
    diagnosis: Diagnosis | None = None
    finding: Finding | None = None
    eta: float | None = None
    unconfirmed: bool = False


class Follower:
    """Follows one log.

    Parameters
    ----------
    found
        Where it is; it need not exist yet.
    settings
        How it is read and judged. Without a planned length a run counts as one that goes on.
    stall
        Seconds without a new row after which it counts as stalled; None never.
    tell_from
        Least severity that is told as an event.
    share
        Share of the time that judging may take.
    clock
        Seconds that never go back.
    """

    def __init__(
        self,
        found: Found,
        settings: api.Settings,
        *,
        clock: Callable[[], float],
        stall: float | None = None,
        tell_from: Severity = Severity.WARNING,
        share: float | None = None,
    ) -> None:
        self.found = found
        self.judged = False
        self.ended = False
        self.stalled = False
        self._settings = api.going_on(settings)
        self._clock = clock
        self._stall = math.inf if stall is None else stall
        self._tell_from = tell_from
        self._share = share
        self._log = GrowingLog(found, settings)
        self._stamp: Stamp | None = None
        self._missing = False
        self._problem = ""
        self._news = clock()
        self._begin: tuple[float, float] | None = None
        self._over = False
        self._reset()

    def _reset(self) -> None:
        self._pace = Pace() if self._share is None else Pace(share=self._share)
        self._amount = 0
        self._rung = False
        self._told: dict[tuple[str, str, Severity], bool] = {}  # whether it holds, as far as told
        self._rows: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._log.forget()

    def tick(self) -> Iterator[Event]:
        """Look at the log once; yield what happened."""
        now = self._clock()
        try:
            yield from self._look(now)
        except OSError as error:  # vanished between two calls, or the network is away
            yield from self._wait_for(error.strerror or type(error).__name__)
        if not (self.stalled or self.ended) and now - self._news >= self._stall:
            self.stalled = True
            if self.judged or self.found.named:
                yield self._event("stalled", f"no new row for {_duration(now - self._news)}")

    def know(self) -> None:
        """Take what was judged so far for known: only problems of later rows are told."""
        self._known = dict(self._rows)
        self._told.clear()

    def _look(self, now: float) -> Iterator[Event]:
        stamp = stamp_of(self.found.path)
        if stamp is None:
            yield from self._absent()
            return
        self._missing = False
        if stamp != self._stamp:
            yield from self._compare(stamp)
            yield from self._grown(stamp, now)
            self._stamp = stamp
        elif self._over and not self.ended:
            self.ended = True
            yield self._event("ended", "the planned length is reached")
        if self._pace.due(self._amount, now, rung=self._rung):
            yield from self._judge()

    def _absent(self) -> Iterator[Event]:
        if self._stamp is None:
            yield from self._wait_for("not there yet")
        elif not self._missing:
            self._missing = True
            yield self._event("vanished", "the log is gone; watching goes on")

    def _compare(self, stamp: Stamp) -> Iterator[Event]:
        """Notice that the file is another one; a document is written anew each time."""
        before = self._stamp
        if before is None:
            return
        if stamp.size < before.size or (self._log.has_lines and stamp.replaced(before)):
            told = self._log.has_lines
            self._reset()
            if told:
                what = "another file has taken its place" if stamp.replaced(before) else "cut short"
                yield self._event("replaced", f"{what}: read from its beginning")

    def _grown(self, stamp: Stamp, now: float) -> Iterator[Event]:
        amount = self._log.amount(stamp.size)
        if amount == self._amount:
            return
        self._amount = amount
        self._news = now
        self._over = self.ended = False
        if self.stalled:
            self.stalled = False
            if self.judged:
                yield self._event("resumed", "rows come again")
        self._rung |= self._log.rings(amount)

    def _judge(self) -> Iterator[Event]:
        begin = self._clock()
        self._rung = False
        news = False
        try:
            runs = self._log.read(self._amount)
        except SourceError as problem:
            yield from self._wait_for(problem.message)
        else:
            self.judged, self._problem = True, ""
            over = []
            for run in runs:
                diagnosis = api.judged(run, self._settings)
                over.append(is_over(run, self._settings.total_steps))
                for event in self._tell(diagnosis):
                    news |= event.kind == "finding"
                    self._rung |= event.unconfirmed  # so that a few rows more decide
                    yield event
            self._over = all(over)
        end = self._clock()
        self._pace.judged(end, end - begin, news=news)

    def _tell(self, diagnosis: Diagnosis) -> Iterator[Event]:
        run = diagnosis.run
        assert run is not None
        name = run.name
        self._rows[name] = max((int(s.rows[-1]) for s in run.series if len(s)), default=0)
        new = [f for f in diagnosis if self._is_news((name, f.code, f.severity), f)]
        told = lasting(new, run, lambda earlier: api.judged(earlier, self._settings))
        for finding in told:
            self._told[name, finding.code, finding.severity] = True
            yield self._event("finding", finding.message, diagnosis, finding)
        codes = {finding.code for finding in diagnosis}
        for key, holds in self._told.items():
            if holds and key[0] == name and key[1] not in codes:
                self._told[key] = False
                yield self._event("cleared", f"{key[1]} holds no more", diagnosis)
        eta = self._eta(run)
        status = self._event("status", diagnosis.summary, diagnosis)
        yield status._replace(eta=eta, unconfirmed=len(new) > len(told))

    def _is_news(self, key: tuple[str, str, Severity], finding: Finding) -> bool:
        known, row = self._known.get(key[0], 0), finding.onset.row
        later = not known or (row is not None and row > known)
        return later and finding.severity >= self._tell_from and key not in self._told

    def _eta(self, run: Run) -> float | None:
        """Seconds to the planned end, at the speed since the first look."""
        total = planned(run, self._settings.total_steps)
        last, now = last_step(run), self._clock()
        if self._begin is None or last < self._begin[1]:
            self._begin = (now, last)
        seconds, steps = now - self._begin[0], last - self._begin[1]
        if total is None or steps <= 0 or seconds <= 0:
            return None
        return max(total - last, 0.0) * seconds / steps

    def _wait_for(self, problem: str) -> Iterator[Event]:
        """Say once why nothing can be judged; of files that the user named."""
        if problem != self._problem and self.found.named:
            yield self._event("waiting", problem)
        self._problem = problem

    def _event(
        self,
        kind: str,
        message: str,
        diagnosis: Diagnosis | None = None,
        finding: Finding | None = None,
    ) -> Event:
        return Event(kind, self.found.path, message, diagnosis, finding)


def last_step(run: Run) -> float:
    """Last step of any series."""
    return max((float(s.steps[-1]) for s in run.series if len(s)), default=0.0)


def planned(run: Run, total_steps: float | None) -> float | None:
    """Planned length: as told, else as the log's own settings have it."""
    if total_steps is not None:
        return total_steps
    own = run.context.get("total_steps")
    return float(own) if isinstance(own, int | float) and run.axis == "step" else None


def is_over(run: Run, total_steps: float | None) -> bool:
    """Whether the next row would lie beyond the planned length."""
    total = planned(run, total_steps)
    longest = max(run.series, key=len, default=None)
    if total is None or longest is None or not len(longest):
        return False
    last = last_step(run)
    spacing = float(longest.steps[-1] - longest.steps[-2]) if len(longest) > 1 else 1.0
    return last + max(spacing, 0.0) >= total


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
