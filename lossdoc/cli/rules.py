"""``lossdoc rules``: the list of rules."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def rules(
    output_format: Annotated[
        Literal["text", "json"], typer.Option(help="A table, or one JSON document.")
    ] = "text",
    width: Annotated[
        int | None, typer.Option(metavar="N", min=20, max=1000, help="Columns to fill.")
    ] = None,
    color: Annotated[
        Literal["auto", "always", "never"], typer.Option(help="NO_COLOR and FORCE_COLOR count too.")
    ] = "auto",
) -> None:
    """List the rules: code, severity, name, and what each one sees."""
    import sys

    from lossdoc.report.explain import entry, table
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour
    from lossdoc.rules import builtin

    listed = sorted(builtin(), key=lambda rule: rule.code)
    if output_format == "json":
        import json

        text = json.dumps([entry(rule) for rule in listed], indent=2, ensure_ascii=False)
        Writer().write_json(f"{text}\n")
        return
    writer = Writer(colour=wants_colour(color, sys.stdout))
    writer.write(table(listed, terminal_width(width)))
