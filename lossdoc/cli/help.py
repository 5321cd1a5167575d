"""Help pages in plain text: options under the headings of their panels, commands first."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup


class CommandWithPanels(TyperCommand):
    """A command whose options stand under the names of their panels.

    Typer itself shows panels only through rich, whose import costs more than a whole help page.
    """

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

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        records = [record for p in self.get_params(ctx) if (record := p.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl(records)
