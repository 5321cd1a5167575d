"""``lossdoc watch``: the options; the work is done in `lossdoc.cli.watching`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.options import (
    OUTPUT,
    AllowInconclusive,
    Colour,
    ExitZero,
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

_WATCH = "Watching"


def watch(  # noqa: PLR0917 - typer calls it by name
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", show_default=False, help="Logs, or folders whose new logs join."
        ),
    ],
    interval: Annotated[
        str,
        typer.Option(metavar="TIME", help="Between two looks: 10s, 1m.", rich_help_panel=_WATCH),
    ] = "10s",
    until: Annotated[
        Literal["finding", "end"],
        typer.Option(
            metavar="WHAT",
            help="End at the first finding that fails the gate, or when the runs are over.",
            rich_help_panel=_WATCH,
        ),
    ] = "finding",
    stall: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="A log without a new row for so long counts as over. [default with --until end "
            "and no --total-steps: 15m]",
            rich_help_panel=_WATCH,
        ),
    ] = None,
    on_finding: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="Run for each new finding: LOSSDOC_CODE, LOSSDOC_STEP, LOSSDOC_PATH ... in its "
            "environment, the run as JSON on its standard input.",
            rich_help_panel=_WATCH,
        ),
    ] = None,
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
    json_lines: Annotated[
        bool,
        typer.Option(
            "--json-lines", help="One JSON object for each event.", rich_help_panel=OUTPUT
        ),
    ] = False,
    width: Width = None,
    color: Colour = "auto",
    fail_on: FailOn = None,
    exit_zero: ExitZero = False,
    allow_inconclusive: AllowInconclusive = False,
    traceback: Traceback = False,
) -> None:
    """Watch logs that grow: say what goes wrong as soon as it shows.

    A log is judged again when it has grown by a tenth, when judging it has become cheap beside the
    time since, and at once when a new value breaks down or leaves the recent band. Nothing is
    killed; lossdoc guard does that.

    Exit codes: 1 findings at or above --fail-on; 0, 3 when the runs are over, as analyze; 3 also
    if a log stalls before --total-steps; 2 wrong usage or a bug; 130 after Ctrl-C, which reports
    first. SIGTERM says that the job is over: the last judgement decides.
    """
    from lossdoc.cli.durations import seconds
    from lossdoc.cli.request import asked
    from lossdoc.cli.watching import Watch
    from lossdoc.cli.watching import watch as run

    request = asked(locals())
    watched = Watch(
        request,
        interval=seconds(interval, "--interval"),
        until=until,
        stall=None if stall is None else seconds(stall, "--stall"),
        on_finding=on_finding,
        json_lines=json_lines,
    )
    raise typer.Exit(run(watched))
