"""A line on stderr that says how far the work is, where that takes more than a second."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Self, TextIO

from lossdoc.report.spans import cells, clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_DELAY = 1.0
"""Seconds without a word: most commands are over by then."""

_PERIOD = 0.2
_ERASE = "\r\x1b[K"
_WHEEL = "|/-\\"


def state(done: int, path: str, seconds: float, width: int) -> str:
    """Return one state of the line, no longer than the terminal.

    >>> state(5, "runs/a.csv", 3.2, 60)
    '| 5 judged, 3 s, runs/a.csv'
    """
    wheel = _WHEEL[int(seconds / _PERIOD) % len(_WHEEL)]
    start = f"{wheel} {done} judged, {seconds:.0f} s, "
    path = clean(path)
    while path and len(start) + cells(path) >= width:
        path = path[1:]
    return start + path


class Progress:
    """Draws the line from a thread of its own, since one long file gives no sign of life.

    Silent where stderr is no terminal.

    Parameters
    ----------
    path
        What is worked on at first.
    line
        Makes the line of how much is done, what is worked on, the seconds, and the width.
    """

    def __init__(
        self,
        path: str,
        stream: TextIO | None = None,
        *,
        line: Callable[[int, str, float, int], str] = state,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._line = line
        self._state = (0, path)
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            self._thread = threading.Thread(target=self._draw, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.hide()

    def update(self, done: int, path: str) -> None:
        """Say how far the work is."""
        self._state = (done, path)

    def hide(self) -> None:
        """Erase the line before something else is written."""
        if self._thread is None or time.monotonic() - self._begin < _DELAY:
            return
        with self._lock:
            self._stream.write(_ERASE)
            self._stream.flush()

    def _draw(self) -> None:
        import shutil

        pause = _DELAY
        while not self._over.wait(pause):
            pause = _PERIOD
            seconds = time.monotonic() - self._begin
            line = self._line(*self._state, seconds, shutil.get_terminal_size().columns)
            with self._lock:
                if not self._over.is_set():
                    self._stream.write(f"{_ERASE}{line}")
                    self._stream.flush()
