"""``lossdoc watch`` behind its options: look, tell, and end with an exit code."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import time
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from lossdoc import api
from lossdoc.cli.hook import Hook
from lossdoc.cli.judging import gate_of, judge, outputs_of, settings_of, with_history
from lossdoc.cli.telling import JsonLines, Lines, Teller
from lossdoc.model import Severity
from lossdoc.report import facts
from lossdoc.report.terminal import Writer, wants_colour
from lossdoc.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossdoc.cli.request import Request
    from lossdoc.config import Config
    from lossdoc.watch import Event

FINDING, END = "finding", "end"
UNJUDGED, INTERRUPTED = 3, 130

_DEFAULT_STALL = 900.0


class Watch(NamedTuple):
    """What is asked for beside the request: durations in seconds.

    Parameters
    ----------
    until
        ``finding`` ends at the first one that fails the gate, ``end`` never for a finding.
    stall
        Without a planned length, runs that are watched to their end need one: 15 minutes then.
    """

    request: Request
    interval: float = 10.0
    until: str = FINDING
    stall: float | None = None
    on_finding: str | None = None
    json_lines: bool = False


class _Terminated(Exception):  # noqa: N818 - no error
    """SIGTERM came: whoever started the watch says that the job is over."""


def watch(
    asked: Watch,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Watch until there is a reason to end, and return the exit code.

    Raises
    ------
    UsageError
        An option is wrong.
    """
    request = asked.request
    config = request.in_force()
    gate = gate_of(config)
    stall = asked.stall
    if stall is None and asked.until == END and request.total_steps is None:
        stall = _DEFAULT_STALL
    settings = settings_of(request, config)
    api.check(settings)
    watcher = Watcher(
        request.paths,
        with_history(settings, request.history),
        stall=stall,
        tell_from=min(Severity.WARNING, gate or Severity.WARNING),
        clock=clock,
    )
    teller = _teller(asked)
    hook = Hook(asked.on_finding)
    gc.enable()  # lossdoc.__main__ switched it off for the start
    stop_at = gate if asked.until == FINDING else None
    try:
        with _terminable():
            try:
                found = _follow(watcher, teller, hook, stop_at, lambda: sleep(asked.interval))
            finally:
                teller.settle()
    except KeyboardInterrupt:
        _final(asked, going_on=True)
        teller.leave(INTERRUPTED, "interrupted")
        return INTERRUPTED
    except _Terminated:
        code, reason = _final(asked), "asked to end"
    else:
        if found is not None:
            code, reason = 1, "a finding"
            _show(asked, config, found)
        else:
            code, reason = _final(asked), "the run is over"
            if watcher.stalled:
                reason = "the log has stalled"
                # A run that stopped before its planned end is not well, whatever its curve says.
                code = code or (UNJUDGED if request.total_steps else 0)
    finally:
        hook.finish()
    teller.leave(code, reason)
    return code


def _follow(
    watcher: Watcher,
    teller: Teller,
    hook: Hook,
    stop_at: Severity | None,
    pause: Callable[[], None],
) -> Event | None:
    """Look again and again; return the finding that ended it, or None when all runs are over."""
    while True:
        for event in watcher.tick():
            teller.tell(event)
            if event.finding is None:
                continue
            hook.run(event)
            if stop_at is not None and event.finding.severity >= stop_at:
                return event
        hook.look()
        if watcher.over:
            return None
        pause()


def _teller(asked: Watch) -> Teller:
    request = asked.request
    if asked.json_lines:
        return JsonLines(Writer(), request.total_steps)
    from pathlib import Path

    path = Path(request.paths[0])
    many = len(request.paths) > 1 or path.is_dir()
    colour = wants_colour(request.color, sys.stdout)
    return Lines(
        Writer(colour=colour),
        many=many,
        total_steps=request.total_steps,
        in_place=sys.stdout.isatty(),
    )


def _final(asked: Watch, *, going_on: bool = False) -> int:
    """Judge what is there as ``lossdoc analyze`` would."""
    request = asked.request._replace(going_on=going_on)
    return judge(request._replace(verbosity=-2) if asked.json_lines else request)


def _show(asked: Watch, config: Config, event: Event) -> None:
    """Report the diagnosis that ended the watch."""
    if asked.json_lines or event.diagnosis is None:
        return
    for output in outputs_of(asked.request, config):
        output.add(event.diagnosis, many=False, exit_code=1)
        output.finish(facts.tally([facts.outcome(event.diagnosis, gate_of(config))]))


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception while the block runs."""

    def terminate(*_: object) -> NoReturn:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
