"""One guarded run: a loop over pipes, signals, the helper, and the clock."""

from __future__ import annotations

import gc
import math
import selectors
import signal
import time
from typing import TYPE_CHECKING, Any, Protocol

from lossdoc.guard.child import read_some, write_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossdoc.guard.child import Child
    from lossdoc.guard.inbox import Inbox
    from lossdoc.guard.spool import Spool

_SETTLE = 0.5
"""Seconds without output after which pipes that somebody else holds open are given up."""

_KILLED = 5.0
"""Seconds that the system has to take processes away after SIGKILL."""

_PATIENCE = 1.0


class Helper(Protocol):
    """Who watches the log."""

    output: int
    running: bool
    found: bool

    def read(self) -> list[dict[str, Any]]:
        """Events since the last time."""


class Session:
    """Runs until the command has ended and nothing of it is left.

    Parameters
    ----------
    child, helper, inbox
        The command, who watches its log, and the signals that come for it.
    spool
        Where its output is kept; None where it has a log of its own.
    number, grace
        Signal that asks it to end, and the seconds from there to SIGKILL.
    say, tell
        Take a line of lossdoc's own, and an event of the helper.
    """

    def __init__(
        self,
        child: Child,
        helper: Helper,
        inbox: Inbox,
        spool: Spool | None,
        *,
        number: int,
        grace: float,
        say: Callable[[str], None],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self.stopped = False
        self._child = child
        self._helper = helper
        self._inbox = inbox
        self._spool = spool
        self._number = signal.Signals(number)
        self._grace = grace
        self._say = say
        self._tell = tell
        self._deaf: set[int] = set()
        self._heard = time.monotonic()
        self._stop_at = self._kill_at = self._give_up_at = math.inf

    def run(self) -> None:
        """Run it; an error of lossdoc's own ends the watching, never the command."""
        gc.enable()
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._inbox.descriptor, *self._child.streams):
                selector.register(descriptor, selectors.EVENT_READ)
            if self._helper.running:
                selector.register(self._helper.output, selectors.EVENT_READ)
            while not self._is_over():
                for key, _ in selector.select(self._timeout()):
                    if not self._take(key.fd):
                        selector.unregister(key.fd)
                self._watch_the_clock()
        self._child.close()
        if self._spool is not None:
            self._keep(0, b"", finish=True)

    def _take(self, descriptor: int) -> bool:
        """Take what waits there; whether more can come."""
        if descriptor == self._inbox.descriptor:
            for number in self._inbox.read():
                self._child.send(number)
            return True
        if descriptor == self._helper.output:
            return self._listen()
        data = read_some(descriptor)
        self._heard = time.monotonic()
        to = self._child.streams[descriptor]
        if not data:
            del self._child.streams[descriptor]
            return False
        if to not in self._deaf and not write_all(to, data):
            self._deaf.add(to)  # nobody reads any more; the training must not notice
        if self._spool is not None:
            self._keep(to, data)
        return True

    def _keep(self, stream: int, data: bytes, *, finish: bool = False) -> None:
        assert self._spool is not None
        try:
            self._spool.finish() if finish else self._spool.add(stream, data)
        except OSError as error:
            self._say(f"its output is not watched any more: {error.strerror or error}")
            self._spool = None

    def _listen(self) -> bool:
        for event in self._helper.read():
            self._tell(event)
        if self._helper.running:
            return True
        if not self._helper.found:
            self._say("the log is not watched any more; the command goes on")
        elif self._child.code is None:
            self.stopped = True
            self._stop()
        return False

    def _stop(self) -> None:
        self._say(f"{self._number.name} to the command, SIGKILL in {self._grace:g} s")
        self._child.send(self._number)
        self._kill_at = time.monotonic() + self._grace

    def _watch_the_clock(self) -> None:
        """Look after what does not end, and after what the command has left behind."""
        now = time.monotonic()
        asked = min(self._stop_at, self._kill_at, self._give_up_at) < math.inf
        if not asked and self._child.code is not None and not self._child.is_gone():
            self._say(f"the command has ended, but not all that it started: {self._grace:g} s more")
            self._stop_at = now + self._grace
        elif now >= self._stop_at:
            self._stop_at = math.inf
            self._stop()
        elif now >= self._kill_at:
            self._kill_at = math.inf
            self._say("SIGKILL: it did not end")
            self._child.send(signal.SIGKILL)
            self._give_up_at = now + _KILLED

    def _timeout(self) -> float:
        if self._child.code is not None:
            return 0.05
        return min(max(self._kill_at - time.monotonic(), 0.0), _PATIENCE)

    def _is_over(self) -> bool:
        now = time.monotonic()
        if not self._child.is_gone() and now < self._give_up_at:
            return False
        return not self._child.streams or now - self._heard > _SETTLE
