"""``lossdoc guard`` behind its options: run a command, and stop it when its log goes wrong."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.cli.helper import Helper
from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from lossdoc.cli.request import Request
    from lossdoc.guard.spool import Spool
    from lossdoc.model import Diagnosis, Run

UNJUDGED, NOT_RUNNABLE, NOT_FOUND = 3, 126, 127


class Guard(NamedTuple):
    """What is asked for beside the request, whose paths are the logs: none for the output.

    Parameters
    ----------
    number
        Signal that asks the command to end.
    grace
        Seconds from there to SIGKILL.
    interval
        Seconds between two looks at the log.
    """

    request: Request
    command: tuple[str, ...]
    number: int = signal.SIGTERM
    grace: float = 60.0
    interval: float = 2.0


def guard(asked: Guard) -> int:
    """Run the command to its end, or to what its log says; return the exit code.

    Raises
    ------
    UsageError
        An option is wrong, or the system has no process groups.
    """
    if os.name != "posix":
        raise UsageError("lossdoc guard needs process groups, which this system does not have")
    _check(asked.request)
    if asked.request.paths:
        return _guarded(asked, None)
    from lossdoc.guard.spool import Spool

    spool = Spool()
    try:
        own = asked.request._replace(paths=(str(spool.path),))
        return _guarded(asked._replace(request=own), spool)
    finally:
        spool.close()


def _check(request: Request) -> None:
    """Tell mistakes before anything starts."""
    from lossdoc import api
    from lossdoc.cli.judging import settings_of

    api.check(settings_of(request, request.in_force()))


def _guarded(asked: Guard, spool: Spool | None) -> int:
    from lossdoc.guard.child import Child
    from lossdoc.guard.inbox import Inbox
    from lossdoc.guard.session import Session

    helper = Helper(asked.request, asked.interval, spool.path.parent if spool else None)
    try:
        for event in helper.wait_until_ready():
            tell(event)
        with Inbox() as inbox:
            try:
                child = Child(asked.command, piped=spool is not None)
            except OSError as error:
                say(f"cannot run {asked.command[0]}: {error.strerror or error}")
                return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
            session = Session(
                *(child, helper, inbox, spool),
                number=asked.number,
                grace=asked.grace,
                say=say,
                tell=tell,
            )
            session.run()
    finally:
        helper.stop()
    try:
        judged = _report(asked, stopped=session.stopped, printed=spool is not None)
    except Exception as error:  # noqa: BLE001 - the training is over, and its own code counts
        say(f"the log could not be judged: {type(error).__name__}: {error}")
        judged = UNJUDGED
    return 1 if session.stopped else child.code or judged


def _report(asked: Guard, *, stopped: bool, printed: bool) -> int:
    """Report on the whole log; return the exit code that follows from it."""
    from lossdoc import api
    from lossdoc.cli.gating import limits_of
    from lossdoc.cli.judging import gate_of, settings_of, with_history
    from lossdoc.report import facts, text
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour
    from lossdoc.report.text import Look

    request = asked.request._replace(going_on=stopped)  # it was not to end there
    config = request.in_force()
    gate = gate_of(config)
    settings = with_history(settings_of(request, config), request.history)
    if not stopped:
        settings = settings._replace(limits=limits_of(config))
    writer = Writer(sys.stderr, colour=wants_colour(request.color, sys.stderr))
    width = terminal_width(request.width)
    outcomes = []
    for diagnosis in api.analyze_all(request.paths, settings):
        if stopped and diagnosis.run is not None:
            say(_saved(diagnosis.run, request.total_steps))
        outcomes.append(facts.outcome(diagnosis, gate))
        shown = _of_output(diagnosis, asked.command[0]) if printed else diagnosis
        look = Look(width, plot=True, verbosity=0 if outcomes[-1][1] else -1)
        writer.write(text.report(shown, look, many=False))
    return facts.tally(outcomes, allow=config["allow-inconclusive"]).exit_code


def _of_output(diagnosis: Diagnosis, program: str) -> Diagnosis:
    """Name what was printed instead of the file that is about to be removed."""
    from dataclasses import replace

    problem = diagnosis.problem.replace(diagnosis.path, "its output")
    return replace(diagnosis, path=f"output of {program}", problem=problem)


def _saved(run: Run, total_steps: float | None) -> str:
    """Say how much of the plan was not spent."""
    from lossdoc.cli.telling import share_unspent
    from lossdoc.report.phrases import coordinate, position
    from lossdoc.watch.follower import last_step, planned

    total, share = planned(run, total_steps), share_unspent(run, total_steps)
    place = position(run.axis, last_step(run))
    if total is None or share is None:
        return f"stopped at {place}"
    return f"stopped at {place} of {coordinate(total)}: {share:.0%} of the steps saved"


def tell(event: dict[str, Any]) -> None:
    """Say what the helper has to say."""
    if event["event"] == "finding":
        say(
            f"step {event['step']:,.0f}: {event['severity']} {event['code']} {event['name']} "
            f"from step {event['onset_step']:,.0f}: {event['message']}"
        )
    elif event["event"] == "failed":
        say(f"watching failed: {event['message']}")


def say(what: str) -> None:
    """Write a line of lossdoc's own to standard error."""
    from lossdoc.guard.child import write_all
    from lossdoc.report.spans import clean

    write_all(2, f"lossdoc: {clean(what)}\n".encode(errors="backslashreplace"))
