"""The process beside a guarded command that watches its log; what fails in it harms nobody."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.cli.request import Request

_FOUND = 1
_READY = 30.0
"""Seconds that the command waits for a first look at logs that are there already."""


class Helper:
    """Watches logs from a process of its own, forked before the command starts.

    Parameters
    ----------
    request
        What is watched and how.
    interval
        Seconds between two looks.
    spool
        Folder that is removed where the guard can no longer do it.
    """

    def __init__(self, request: Request, interval: float, spool: Path | None) -> None:
        self.output, end = os.pipe()
        self.running = True
        self.found = False
        self._rest = b""
        guard = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _in_helper(request, interval, end, guard, spool)
        os.close(end)

    def wait_until_ready(self) -> list[dict[str, Any]]:
        """Wait for the first look, so that what was there before is not taken for news."""
        import select

        events: list[dict[str, Any]] = []
        until = time.monotonic() + _READY
        while self.running and not any(e["event"] == "ready" for e in events):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.output], [], [], left)[0]:
                break
            events += self.read()
        return events

    def read(self) -> list[dict[str, Any]]:
        """Events since the last time; notices that the helper has ended, and how."""
        data = os.read(self.output, 1 << 16)
        if not data:
            self._end()
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines if line]

    def stop(self) -> None:
        """End it."""
        if self.running:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self.running = False
        os.close(self.output)

    def _end(self) -> None:
        self.running = False
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.found = code == _FOUND


def _in_helper(
    request: Request, interval: float, output: int, guard: int, spool: Path | None
) -> NoReturn:
    """Be the helper: whatever happens, only this process ends."""
    code = 2
    gc.enable()  # lossdoc.__main__ switched it off for the start
    try:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)
        with contextlib.suppress(OSError):
            os.nice(5)
        code = _watch(request, interval, output, guard)
    except BaseException as error:  # noqa: BLE001 - it has nobody to tell but the guard
        with contextlib.suppress(Exception):
            kind = type(error).__name__
            line = json.dumps({"event": "failed", "message": f"{kind}: {error}"})
            os.write(output, line.encode() + b"\n")
    finally:
        if spool is not None and os.getppid() != guard:
            import shutil

            shutil.rmtree(spool, ignore_errors=True)
        os._exit(code)


def _watch(request: Request, interval: float, output: int, guard: int) -> int:
    from lossdoc.cli.judging import gate_of, settings_of, with_history
    from lossdoc.cli.telling import JsonLines
    from lossdoc.model import Severity
    from lossdoc.report.terminal import Writer
    from lossdoc.watch import Watcher

    config = request.in_force()
    gate = gate_of(config)
    watcher = Watcher(
        request.paths,
        with_history(settings_of(request, config), request.history),
        tell_from=min(Severity.WARNING, gate or Severity.WARNING),
    )
    for _ in watcher.tick():
        pass  # of earlier runs
    watcher.know()
    with os.fdopen(os.dup(output), "w", encoding="utf-8") as stream:
        teller = JsonLines(Writer(stream), request.total_steps)
        teller.say({"event": "ready"})
        while os.getppid() == guard:
            for event in watcher.tick():
                teller.tell(event)
                if event.finding is not None and gate and event.finding.severity >= gate:
                    return _FOUND
            time.sleep(interval)
    return 0
