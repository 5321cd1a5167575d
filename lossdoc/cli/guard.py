"""``lossdoc guard``: the options; the work is done in `lossdoc.cli.guarding`."""

from __future__ import annotations

from typing import Annotated

import typer

from lossdoc.cli.options import (
    AllowInconclusive,
    Colour,
    ExtendSelect,
    FailOn,
    FormatName,
    History,
    Ignore,
    Isolated,
    Mapping,
    MinConfidence,
    Select,
    Settings,
    StepColumn,
    TotalSteps,
    Traceback,
    Width,
)

_GUARD = "Guarding"


def guard(  # noqa: PLR0917 - typer calls it by name
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- COMMAND...", show_default=False, help="The training."),
    ],
    log: Annotated[
        list[str] | None,
        typer.Option(
            "--log",
            metavar="PATH",
            help="Its log, or a folder of logs; repeatable. Without it, what it prints is the log.",
            rich_help_panel=_GUARD,
        ),
    ] = None,
    signal: Annotated[
        str,
        typer.Option(metavar="NAME", help="Asks it to end.", rich_help_panel=_GUARD),
    ] = "TERM",
    grace: Annotated[
        str,
        typer.Option(metavar="TIME", help="From there to SIGKILL.", rich_help_panel=_GUARD),
    ] = "60s",
    interval: Annotated[
        str,
        typer.Option(metavar="TIME", help="Between two looks.", rich_help_panel=_GUARD),
    ] = "2s",
    format_: FormatName = None,
    map_: Mapping = None,
    step_column: StepColumn = None,
    total_steps: TotalSteps = None,
    history: History = None,
    select: Select = None,
    extend_select: ExtendSelect = None,
    ignore: Ignore = None,
    min_confidence: MinConfidence = None,
    config: Settings = None,
    isolated: Isolated = False,
    width: Width = None,
    color: Colour = "auto",
    fail_on: FailOn = None,
    allow_inconclusive: AllowInconclusive = False,
    traceback: Traceback = False,
) -> None:
    """Run a training, and stop it when its log goes wrong.

    At a finding at or above --fail-on the command and what it has started get the signal, and after
    the grace SIGKILL. Other signals are passed on. With --log its output is its own; without, it
    goes through pipes, unchanged and at once. Nothing that fails in lossdoc stops it.

    Exit codes: that of the command where it ended by itself with one, 128 + n for a signal; else 1
    if it was stopped or its log has findings, 0 and 3 as analyze; 2 wrong usage; 126 and 127 if it
    cannot be run.
    """
    from lossdoc.cli.durations import seconds
    from lossdoc.cli.guarding import Guard
    from lossdoc.cli.guarding import guard as run
    from lossdoc.cli.request import asked
    from lossdoc.guard.child import signal_of

    request = asked(locals(), paths=tuple(log or ()))
    guarded = Guard(
        request,
        tuple(command),
        number=signal_of(signal),
        grace=seconds(grace, "--grace"),
        interval=seconds(interval, "--interval"),
    )
    raise typer.Exit(run(guarded))
