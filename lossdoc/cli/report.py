"""``lossdoc report``: the page that is sent round when a run failed."""

from __future__ import annotations

from typing import Annotated

import typer

from lossdoc.cli.options import (
    OUTPUT,
    AllowInconclusive,
    BaselineFile,
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
    Paths,
    Select,
    Settings,
    StepColumn,
    TotalSteps,
    Traceback,
    Width,
)


def report(  # noqa: PLR0917 - typer calls it by name
    context: typer.Context,
    paths: Paths,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE[:FORMAT]",
            help="Write this file: .html, .md, or any other of analyze. Repeatable.",
            rich_help_panel=OUTPUT,
            show_default="report.html",
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Show the page in a browser.", rich_help_panel=OUTPUT)
    ] = False,
    gpu_hour_price: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            min=0,
            help="What an hour of a GPU costs: tells the money spent after the best checkpoint.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    gpus: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="GPUs of each run.", rich_help_panel=OUTPUT),
    ] = 1,
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
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing.", rich_help_panel=OUTPUT)
    ] = False,
    fail_on: FailOn = None,
    exit_zero: ExitZero = False,
    allow_inconclusive: AllowInconclusive = False,
    baseline: BaselineFile = None,
    traceback: Traceback = False,
) -> None:
    """Write a post-mortem: what happened, when, why, what it cost, what to change.

    One HTML file that needs no network (or Markdown, for an issue). Exit codes as of analyze.
    """
    from lossdoc.cli.reporting import written
    from lossdoc.cli.request import asked

    request = asked(
        locals(),
        outputs=tuple(output or ("report.html",)),
        verbosity=-2 if quiet else -1,
    )
    raise typer.Exit(written(request, gpu_hour_price, gpus, show=open_))
