"""``lossdoc compare``: the options; the work is done in `lossdoc.cli.comparing`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from lossdoc.cli.help import CommandWithPanels
from lossdoc.cli.options import (
    GATE,
    INPUT,
    OUTPUT,
    Colour,
    FormatName,
    Mapping,
    StepColumn,
    Traceback,
    Width,
)

_AGAINST = "--against"


class CommandWithManyRuns(CommandWithPanels):
    """``--against`` takes every path up to the next option, as a shell expands ``new/*.csv``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each of its paths."""
        return super().parse_args(ctx, spread(args))


def spread(args: list[str]) -> list[str]:
    """Repeat ``--against`` before each path that follows it.

    >>> spread(["a", "--against", "b", "c", "--by", "epoch"])
    ['a', '--against', 'b', '--against', 'c', '--by', 'epoch']
    """
    told: list[str] = []
    taking = False
    for arg in args:
        if arg.startswith("-") and arg != "-":
            taking = arg == _AGAINST
            told += [] if taking else [arg]
        else:
            told += [_AGAINST, arg] if taking else [arg]
    return [*told, _AGAINST] if args and args[-1] == _AGAINST else told


def compare(  # noqa: PLR0917 - typer calls it by name
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="REFERENCE...",
            show_default=False,
            help="Known-good runs; without --against the first path, and the others are new.",
        ),
    ],
    against: Annotated[
        list[str] | None,
        typer.Option(
            _AGAINST, metavar="RUN...", help="New runs, or folders of them.", rich_help_panel=INPUT
        ),
    ] = None,
    format_: FormatName = None,
    map_: Mapping = None,
    step_column: StepColumn = None,
    by: Annotated[
        Literal["auto", "step", "epoch", "tokens", "time"],
        typer.Option(
            metavar="AXIS",
            help="Match on auto, step, epoch, tokens or time.",
            rich_help_panel=INPUT,
        ),
    ] = "auto",
    loss: Annotated[
        Literal["train_loss", "val_loss"] | None,
        typer.Option(
            metavar="CHANNEL",
            help="train_loss or val_loss; val_loss where all runs have it.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    measure: Annotated[
        Literal["final", "best", "mean"],
        typer.Option(
            metavar="NAME",
            help="What decides: final, best or mean (slower learning).",
            rich_help_panel=GATE,
        ),
    ] = "final",
    margin: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=10.0,
            help="Smaller differences do not matter.",
            rich_help_panel=GATE,
        ),
    ] = 0.01,
    fail_on: Annotated[
        Literal["regression", "never"],
        typer.Option(
            metavar="WHEN",
            help="regression, or never: exit with 0 whatever is found.",
            rich_help_panel=GATE,
        ),
    ] = "regression",
    output_format: Annotated[
        Literal["text", "markdown", "json", "html"],
        typer.Option(
            metavar="FORMAT", help="text, markdown, json or html.", rich_help_panel=OUTPUT
        ),
    ] = "text",
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE[:FORMAT]",
            help="Also write this file: .txt, .md, .json, .html with overlaid curves, or a picture: .svg, "
            ".png, .pdf. Repeatable.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    width: Width = None,
    color: Colour = "auto",
    traceback: Traceback = False,
) -> None:
    """Compare new runs with known-good ones: better, worse, same, or cannot tell.

    Exit codes: 0 no regression was shown; 1 a regression; 2 wrong usage or a bug in lossdoc; 3 no
    basis to judge: one run on either side, unreadable, nothing in common; 130 interrupted.
    """
    from lossdoc.cli.comparing import Request, compared

    del traceback  # lossdoc.__main__ reports errors, and takes it out of every command line
    request = Request(
        reference=tuple(paths if against else paths[:1]),
        candidate=tuple(against or paths[1:]),
        format=format_,
        mapping=tuple(map_ or ()),
        step_column=step_column,
        by=by,
        loss=loss,
        measure=measure,
        margin=margin,
        fail_on=fail_on,
        output_format=output_format,
        outputs=tuple(output or ()),
        width=width,
        color=color,
    )
    raise typer.Exit(compared(request))
