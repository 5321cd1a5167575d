"""Signals that wait in a pipe until a loop has time for them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Self

from lossdoc.guard.child import read_some

if TYPE_CHECKING:
    from types import TracebackType

_PASSED_ON = ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "CONT")


class Inbox:
    """Catches signals while it is open; what was ignored before stays ignored.

    The end of a child wakes whoever waits for the descriptor, too.
    """

    def __init__(self) -> None:
        self.descriptor, self._end = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._end, False)
        wanted = [signal.Signals[f"SIG{name}"] for name in _PASSED_ON]
        self._passed_on = [n for n in wanted if signal.getsignal(n) is not signal.SIG_IGN]

    def __enter__(self) -> Self:
        caught = (*self._passed_on, signal.SIGCHLD)
        self._before = {number: signal.signal(number, lambda *_: None) for number in caught}
        self._wakeup = signal.set_wakeup_fd(self._end, warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.descriptor)
        os.close(self._end)

    def read(self) -> list[int]:
        """Signals to pass on that came since the last time."""
        return [number for number in read_some(self.descriptor) if number in self._passed_on]
