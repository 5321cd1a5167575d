"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

OUTPUT = "Output"

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
