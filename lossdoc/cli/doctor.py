"""``lossdoc doctor``: whether this installation is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lossdoc.cli.options import OUTPUT, Colour, Width

if TYPE_CHECKING:
    from lossdoc.checkup import Check
    from lossdoc.report.terminal import Writer

BROKEN = 2


def doctor(
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option(metavar="FORMAT", help="text or json.", rich_help_panel=OUTPUT),
    ] = "text",
    width: Width = None,
    color: Colour = "auto",
) -> None:
    """Check this installation: versions, extras, settings, plug-ins, and two known curves.

    Nothing is written. Exit codes: 0 all is well, 2 something is broken.
    """
    import sys

    from lossdoc import troubles
    from lossdoc.checkup import State, checks
    from lossdoc.report.terminal import Writer, terminal_width, wants_colour

    troubles.listen(lambda _: None)  # what is wrong with plug-ins stands in the list
    found = list(checks())
    sound = all(check.state is not State.FAILED for check in found)
    if output_format == "json":
        import json

        rows = [check._asdict() for check in found]
        text = json.dumps({"ok": sound, "checks": rows}, indent=2)
        Writer().write_json(f"{text}\n")
    else:
        writer = Writer(colour=wants_colour(color, sys.stdout))
        _show(writer, found, terminal_width(width))
    raise typer.Exit(0 if sound else BROKEN)


def _show(writer: Writer, found: list[Check], width: int) -> None:
    from lossdoc.checkup import State
    from lossdoc.report.spans import Span, span, wrap

    styles = {State.OK: "", State.NOTE: "note", State.FAILED: "error"}
    names = max(len(check.name) for check in found)
    for check in found:
        state = check.state.value
        head = [
            Span(f" {state:<7}", styles[check.state]),
            span(f"{check.name:<{names}}  ", "label"),
        ]
        told = f"{check.text}: {check.hint}" if check.hint else check.text
        writer.write(wrap([span(told)], width, first=head, indent=names + 10))
    broken = sum(check.state is State.FAILED for check in found)
    last = f"{broken} of these must be mended" if broken else "All is well"
    writer.write([[], [span(f" {last}.", "label")]])
