"""``lossdoc cure``: the options; the work is done in `lossdoc.cli.curing`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.complete import scenario_names
from lossdoc.cli.options import OUTPUT, Colour, Traceback, Width

_RUN = "Run"


def cure(  # noqa: PLR0917 - typer calls it by name
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            show_default=False,
            autocompletion=scenario_names,
            help="A scenario; lossdoc reproduce --list tells them.",
        ),
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Every scenario.", rich_help_panel=_RUN)] = (
        False
    ),
    seeds: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=500, help="Runs of each.", rich_help_panel=_RUN),
    ] = 20,
    first_seed: Annotated[
        int,
        typer.Option(
            metavar="S",
            min=0,
            help="Seed of the first run; rules were tuned on seeds 0 to 39.",
            rich_help_panel=_RUN,
        ),
    ] = 1000,
    rounds: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, max=10, help="Prescriptions to try, at most.", rich_help_panel=_RUN
        ),
    ] = 3,
    device: Annotated[
        str,
        typer.Option(
            metavar="DEVICE",
            help="auto, cpu or cuda; auto takes CUDA where there is one.",
            rich_help_panel=_RUN,
        ),
    ] = "auto",
    require: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Exit with 1 if a smaller share of the faulty runs is cured.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output_format: Annotated[
        Literal["text", "json", "markdown"],
        typer.Option(metavar="FORMAT", help="text, json or markdown.", rich_help_panel=OUTPUT),
    ] = "text",
    width: Width = None,
    color: Colour = "auto",
    traceback: Traceback = False,
) -> None:
    """Train a fault, apply what is prescribed, train again, and count the runs that it cures.

    Cured means: no warning or error is left, and the final validation loss is below the best of
    the faulty run. Two placebos are judged by the same words.

    Exit codes: 0 measured; 1 fewer cured than --require; 2 wrong usage, no PyTorch, or a bug in
    lossdoc; 130 interrupted.
    """
    from lossdoc.cli.curing import Request, cured

    del traceback  # lossdoc.__main__ reports errors, and takes it out of every command line
    request = Request(
        name=name,
        all=all_,
        seeds=seeds,
        first_seed=first_seed,
        rounds=rounds,
        device=device,
        require=require,
        output_format=output_format,
        width=width,
        color=color,
    )
    raise typer.Exit(cured(request))
