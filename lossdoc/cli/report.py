"""``lossdoc report``: the page that is sent round when a run failed."""

from __future__ import annotations

from typing import Annotated

import typer

from lossdoc.cli.options import (
    GATE,
    INPUT,
    OUTPUT,
    AllowInconclusive,
    BaselineFile,
    Colour,
    ExtendSelect,
    FailOn,
    FormatName,
    Ignore,
    Isolated,
    Mapping,
    MinConfidence,
    Select,
    Settings,
    StepColumn,
    TotalSteps,
    Width,
)


def report(  # noqa: PLR0917 - typer calls it by name
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", show_default=False, help="Logs, or folders of logs; - is stdin."
        ),
    ],
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
    history: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Earlier runs, which bound a prescribed learning rate; repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = None,
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
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Same as --fail-on never.", rich_help_panel=GATE)
    ] = False,
    allow_inconclusive: AllowInconclusive = False,
    baseline: BaselineFile = None,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where in lossdoc an error arose.")
    ] = False,
) -> None:
    """Write a post-mortem: what happened, when, why, what it cost, what to change.

    One HTML file that needs no network (or Markdown, for an issue). Exit codes as of analyze.
    """
    from lossdoc.cli.judging import Request, given, split
    from lossdoc.cli.reporting import written

    del traceback  # lossdoc.__main__ reports errors, and takes it out of every command line
    request = Request(
        paths=tuple(paths),
        format=format_,
        mapping=tuple(map_ or ()),
        step_column=step_column,
        total_steps=total_steps,
        history=tuple(history or ()),
        settings=given(
            {
                "select": split(select),
                "extend-select": split(extend_select),
                "ignore": split(ignore),
                "min-confidence": min_confidence,
                "fail-on": "never" if exit_zero else fail_on,
                "allow-inconclusive": allow_inconclusive or None,
                "baseline": baseline,
            }
        ),
        config=tuple(config or ()),
        isolated=isolated,
        outputs=tuple(output or ("report.html",)),
        width=width,
        color=color,
        verbosity=-2 if quiet else -1,
        called=tuple(context.find_root().obj or ()),
    )
    raise typer.Exit(written(request, gpu_hour_price, gpus, show=open_))
