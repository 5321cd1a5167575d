"""``lossdoc rules``: the list of rules."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lossdoc.cli.options import OUTPUT, Colour, Width


def rules(
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option(metavar="FORMAT", help="text or json.", rich_help_panel=OUTPUT),
    ] = "text",
    width: Width = None,
    color: Colour = "auto",
) -> None:
    """List the rules: code, severity, name, and what each one sees."""
    import sys

    from lossdoc.budgets.rule import BudgetExceeded
    from lossdoc.plugins import present
    from lossdoc.report.explain import entry, table
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour

    listed = sorted((*present(), BudgetExceeded()), key=lambda rule: rule.code)
    if output_format == "json":
        import json

        text = json.dumps([entry(rule) for rule in listed], indent=2, ensure_ascii=False)
        Writer().write_json(f"{text}\n")
        return
    writer = Writer(colour=wants_colour(color, sys.stdout))
    writer.write(table(listed, terminal_width(width)))
