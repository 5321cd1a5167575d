"""``lossdoc explain``: what a rule measures, what to change, and when it is wrong."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.complete import rule_codes


def explain(
    rules: Annotated[
        list[str],
        typer.Argument(
            metavar="RULE...",
            show_default=False,
            autocompletion=rule_codes,
            help="Codes (LD102), names (diverged) or families (LD2).",
        ),
    ],
    width: Annotated[
        int | None, typer.Option(metavar="N", min=20, max=1000, help="Columns to fill.")
    ] = None,
    color: Annotated[
        Literal["auto", "always", "never"], typer.Option(help="NO_COLOR and FORCE_COLOR count too.")
    ] = "auto",
) -> None:
    """Explain rules: what is measured, what to change, when it is wrong."""
    import sys

    from lossdoc.engine import select
    from lossdoc.report.explain import explanation
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour

    chosen = select(rules, ())
    writer = Writer(colour=wants_colour(color, sys.stdout))
    for i, rule in enumerate(chosen):
        writer.write([[], []] if i else [])
        writer.write(explanation(rule, terminal_width(width)))
