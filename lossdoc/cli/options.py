"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.complete import rule_codes

INPUT = "Input"
RULES = "Rules"
GATE = "Gate"
OUTPUT = "Output"

Level = Literal["error", "warning", "note", "never"]
Sureness = Literal["low", "medium", "high"]

Width = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=20,
        max=1000,
        help="Columns to fill; those of the terminal if not given.",
        rich_help_panel=OUTPUT,
    ),
]

Colour = Annotated[
    Literal["auto", "always", "never"],
    typer.Option(
        metavar="WHEN",
        help="auto, always or never; NO_COLOR and FORCE_COLOR count too.",
        rich_help_panel=OUTPUT,
    ),
]

FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Read as this format; found by the content if not given.",
        rich_help_panel=INPUT,
    ),
]

Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="ROLE=COLUMN",
        help="Say what a column is: train_loss=loss/total.",
        rich_help_panel=INPUT,
    ),
]

StepColumn = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column that counts the steps.", rich_help_panel=INPUT),
]

TotalSteps = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Planned length of a run that is not finished.",
        rich_help_panel=INPUT,
    ),
]

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", show_default=False, help="Logs, or folders of logs; - is stdin."
    ),
]

History = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH",
        help="Earlier runs, which bound a prescribed learning rate; repeatable.",
        rich_help_panel=INPUT,
    ),
]

Select = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULES",
        help="Only these: LD102,LD2,overfitting (codes, families, names).",
        rich_help_panel=RULES,
        autocompletion=rule_codes,
    ),
]

ExtendSelect = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULES",
        help="These besides.",
        rich_help_panel=RULES,
        autocompletion=rule_codes,
    ),
]

Ignore = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULES", help="Not these.", rich_help_panel=RULES, autocompletion=rule_codes
    ),
]

MinConfidence = Annotated[
    Sureness | None,
    typer.Option(
        metavar="LEVEL",
        help="Leave out what is less sure: low, medium or high.",
        rich_help_panel=RULES,
        show_default="medium",
    ),
]

Settings = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE|KEY=VALUE",
        help="Settings: a file instead of the one found, or one of them; repeatable.",
        rich_help_panel=RULES,
    ),
]

Isolated = Annotated[
    bool,
    typer.Option(
        "--isolated",
        help="Without settings file, LOSSDOC_ variables and plug-ins.",
        rich_help_panel=RULES,
    ),
]

FailOn = Annotated[
    Level | None,
    typer.Option(
        metavar="LEVEL",
        help="Exit with 1 from here on: error, warning, note or never.",
        rich_help_panel=GATE,
        show_default="error",
    ),
]

ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="Same as --fail-on never.", rich_help_panel=GATE)
]

BaselineFile = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Findings that are accepted there do not count.",
        rich_help_panel=GATE,
    ),
]

WriteBaseline = Annotated[
    bool,
    typer.Option(
        "--write-baseline",
        help="Accept the findings at or above --fail-on: write them to the file of --baseline.",
        rich_help_panel=GATE,
    ),
]

Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="TEXT",
        help="Why they are accepted; needed with --write-baseline.",
        rich_help_panel=GATE,
        show_default=False,
    ),
]

AllowInconclusive = Annotated[
    bool,
    typer.Option(
        "--allow-inconclusive",
        help="Exit with 0 where something could not be judged.",
        rich_help_panel=GATE,
    ),
]

Traceback = Annotated[
    bool, typer.Option("--traceback", help="Show where in lossdoc an error arose.")
]
"""`lossdoc.__main__` reports errors, and takes it out of every command line."""
