"""Help pages in plain text: options under the headings of their panels, commands first."""

from __future__ import annotations

import os
from typing import Any

from typer.core import TyperCommand, TyperGroup


class CommandWithPanels(TyperCommand):
    """A command whose options stand under the names of their panels.

    Typer itself shows panels only through rich, whose import costs more than a whole help page.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line: ``[OPTIONS] PATH...``."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write one section per panel, in the order of the options."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                positional = param.param_type_name == "argument"
                panel = getattr(param, "rich_help_panel", None)
                heading = panel or ("Arguments" if positional else "Other")
                panels.setdefault(heading, []).append(record)
        for heading, records in panels.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class GroupWithCommandsFirst(TyperGroup):
    """The top of the program: commands, then the few global options."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, and help who gave a log in its place."""
        if args[0] not in self.commands and os.path.exists(args[0]):  # noqa: PTH110 - cheap
            ctx.fail(f"{args[0]} is no command. Did you mean: lossdoc analyze {args[0]}")
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        shown = [p for p in self.get_params(ctx) if p.name != "show_completion"]
        records = [record for p in shown if (record := p.get_help_record(ctx))]
        # The first clause of typer's own words is enough, and the page fits a small terminal.
        records = [(name, f"{text.partition(',')[0].rstrip('.')}.") for name, text in records]
        with formatter.section("Options"):
            formatter.write_dl(records)
