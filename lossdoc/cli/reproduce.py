"""``lossdoc reproduce``: the options; the work is done in `lossdoc.cli.reproducing`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.complete import scenario_names
from lossdoc.cli.options import OUTPUT, Colour, Traceback, Width

_RUN = "Run"
_LIST = "List"


def reproduce(  # noqa: PLR0917 - typer calls it by name
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            show_default=False,
            autocompletion=scenario_names,
            help="A scenario; --list tells them.",
        ),
    ] = "",
    list_: Annotated[
        bool, typer.Option("--list", help="List the scenarios.", rich_help_panel=_LIST)
    ] = False,
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option(metavar="FORMAT", help="Of the list: text or json.", rich_help_panel=_LIST),
    ] = "text",
    seed: Annotated[
        int,
        typer.Option(
            metavar="S",
            min=0,
            help="Of weights, data and their order.",
            rich_help_panel=_RUN,
        ),
    ] = 0,
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=500,
            help="So many runs, from that seed on, trained together.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change a setting: lr=0.1, model.width=8, schedule.kind=cosine.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="DEVICE",
            help="auto, cpu or cuda; auto takes CUDA where there is one.",
            rich_help_panel=_RUN,
        ),
    ] = "auto",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on where the same command was stopped.", rich_help_panel=_RUN
        ),
    ] = False,
    pace: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            min=0.01,
            help="Log so many rows per second, as a training does that takes its time.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    format_: Annotated[
        Literal["csv", "jsonl", "tensorboard"] | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="csv, jsonl or tensorboard; by the name of the file if not given.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The log, or with --seeds a folder for the logs.",
            show_default="NAME-sS.csv",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite logs.", rich_help_panel=OUTPUT)
    ] = False,
    analyze: Annotated[
        bool,
        typer.Option("--analyze", help="Judge the logs at once.", rich_help_panel=OUTPUT),
    ] = False,
    width: Width = None,
    color: Colour = "auto",
    traceback: Traceback = False,
) -> None:
    """Train a small network so that its log shows a fault, or looks like one, or is healthy.

    Exit codes: 0 the logs are written; 2 wrong usage, no PyTorch, or a bug in lossdoc; 130
    interrupted (what was logged stays). With --analyze as lossdoc analyze: 1 if an error was found.
    """
    from lossdoc.cli.reproducing import Request, reproduced, show_list

    del traceback  # lossdoc.__main__ reports errors, and takes it out of every command line
    if list_:
        show_list(name, output_format, width, color)
        return
    request = Request(
        name=name,
        seed=seed,
        seeds=seeds,
        settings=tuple(set_ or ()),
        device=device,
        resume=resume,
        format=format_,
        output=output,
        force=force,
        analyze=analyze,
        pace=pace,
        width=width,
        color=color,
    )
    raise typer.Exit(reproduced(request))
