"""``lossdoc analyze``: the options; the work is done in `lossdoc.cli.judging`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.options import (
    GATE,
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
    Reason,
    Select,
    Settings,
    StepColumn,
    TotalSteps,
    Traceback,
    Width,
    WriteBaseline,
)

Format = Literal[
    "text", "concise", "json", "jsonl", "markdown", "html", "sarif", "github", "gitlab", "junit"
]


def analyze(  # noqa: PLR0917 - typer calls it by name
    context: typer.Context,
    paths: Paths,
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
    output_format: Annotated[
        Format,
        typer.Option(
            metavar="FORMAT",
            help="text, concise, json, jsonl, markdown, html, sarif, github, gitlab or junit.",
            rich_help_panel=OUTPUT,
        ),
    ] = "text",
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE[:FORMAT]",
            help="Also write this file: .txt, .json, .jsonl, .md, .html, .sarif, .xml (JUnit), or a picture "
            "as --plot does; FILE:gitlab for GitLab. Repeatable.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    plot: Annotated[
        list[str] | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Also draw each run, as wide as a column of a paper: .svg, .png or .pdf. Repeatable.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="FILE[:LINE]",
            help="Show findings at this file instead of the log: sarif, github, gitlab, junit.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    no_plot: Annotated[
        bool, typer.Option("--no-plot", help="Draw no curves in reports.", rich_help_panel=OUTPUT)
    ] = False,
    width: Width = None,
    color: Colour = "auto",
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="All evidence, columns, and unchecked rules.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    quiet: Annotated[
        int,
        typer.Option(
            "--quiet",
            "-q",
            count=True,
            help="Verdicts alone; -qq: the exit code alone.",
            rich_help_panel=OUTPUT,
            show_default=False,
            metavar="",
        ),
    ] = 0,
    fail_on: FailOn = None,
    exit_zero: ExitZero = False,
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHANNELS",
            help="Exit with 3 where a log lacks one: train_loss,val_loss.",
            rich_help_panel=GATE,
        ),
    ] = None,
    allow_inconclusive: AllowInconclusive = False,
    baseline: BaselineFile = None,
    write_baseline: WriteBaseline = False,
    reason: Reason = "",
    traceback: Traceback = False,
) -> None:
    """Judge training logs: what is wrong, since when, and which number to change.

    Exit codes: 0 judged, nothing at or above --fail-on; 1 findings at or above it; 2 wrong usage
    or a bug in lossdoc; 3 something could not be judged; 130 interrupted.
    """
    from lossdoc.cli.gating import Accepting
    from lossdoc.cli.judging import judge
    from lossdoc.cli.request import asked

    request = asked(
        locals(),
        output_format=output_format,
        outputs=tuple(output or ()),
        pictures=tuple(plot or ()),
        plot=not no_plot,
        accepting=Accepting(write_baseline, reason),
        verbosity=-quiet if quiet else int(verbose),
    )
    raise typer.Exit(judge(request))
