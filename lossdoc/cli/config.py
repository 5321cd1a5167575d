"""``lossdoc config``: the settings in force, and who set them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lossdoc.cli.options import OUTPUT, Colour, Width

if TYPE_CHECKING:
    from lossdoc.config import Config


def config(
    config_: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            metavar="FILE|KEY=VALUE",
            help="A file instead of the one found, or one setting; repeatable.",
        ),
    ] = None,
    isolated: Annotated[
        bool,
        typer.Option("--isolated", help="Without settings file, LOSSDOC_ variables and plug-ins."),
    ] = False,
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option(metavar="FORMAT", help="text or json.", rich_help_panel=OUTPUT),
    ] = "text",
    width: Width = None,
    color: Colour = "auto",
) -> None:
    """Show the settings that are in force here, and where each was set.

    Looked for upwards from this folder: lossdoc.toml, or pyproject.toml with [tool.lossdoc].
    """
    import sys

    from lossdoc.config import load
    from lossdoc.report.spans import Span, span, wrap
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour

    found = load(config_ or (), isolated=isolated)
    found.rules()  # what is selected must exist
    rows = entries(found)
    if output_format == "json":
        import json

        text = json.dumps(
            {"file": None if found.file is None else str(found.file), "settings": rows}, indent=2
        )
        Writer().write_json(f"{text}\n")
        return
    writer = Writer(colour=wants_colour(color, sys.stdout))
    columns = terminal_width(width)
    where = "no settings file" if found.file is None else f"settings of {found.file}"
    writer.write(wrap([span(where, "label")], columns, indent=1))
    names = max(len(row["name"]) for row in rows)
    values = max(len(shown(row["value"])) for row in rows)
    for row in rows:
        head = [Span(" "), span(f"{row['name']:<{names}}", "label"), Span("  ")]
        text = f"{shown(row['value']):<{values}}  {row['origin']}"
        writer.write(wrap([span(text)], columns, first=head, indent=names + 3))


def entries(found: Config) -> list[dict[str, Any]]:
    """Every setting with its value and its origin: the plain ones, then those of the tables."""
    from lossdoc.config import KEYS

    rows = [
        {"name": name, "value": plain(found[name]), "origin": found.origin(name)} for name in KEYS
    ]
    rows += [
        {"name": name, "value": plain(value.value), "origin": value.origin}
        for name, value in found.values.items()
        if name not in KEYS
    ]
    return rows


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    from lossdoc.model import Limit

    if isinstance(value, Limit):
        bounds = {"min": value.min, "max": value.max}
        kept = {name: bound for name, bound in bounds.items() if bound is not None}
        return {**kept, "level": value.level.label}
    return list(value) if isinstance(value, tuple) else value


def shown(value: Any) -> str:
    """Write a value as TOML has it.

    >>> shown(["LD1"]), shown(True), shown({"max": 2.0, "level": "error"})
    ('["LD1"]', 'true', '{ max = 2.0, level = "error" }')
    """
    import json

    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {json.dumps(item)}" for name, item in value.items())
        return f"{{ {inner} }}"
    return json.dumps(value, ensure_ascii=False)
