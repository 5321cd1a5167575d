"""The commands and the help; nothing heavier than typer is imported before a command runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossdoc.cli.analyze import analyze
from lossdoc.cli.compare import CommandWithManyRuns, compare
from lossdoc.cli.config import config
from lossdoc.cli.cure import cure
from lossdoc.cli.doctor import doctor
from lossdoc.cli.explain import explain
from lossdoc.cli.guard import guard
from lossdoc.cli.help import CommandWithPanels, GroupWithCommandsFirst
from lossdoc.cli.init import init
from lossdoc.cli.report import report
from lossdoc.cli.reproduce import reproduce
from lossdoc.cli.rules import rules
from lossdoc.cli.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EPILOG = "Try: lossdoc analyze run.csv"

_COMPLETION = "_LOSSDOC_COMPLETE"
_ASKS_FOR_COMPLETION = ("--install-completion", "--show-completion", "--help", "-h")


_COMMANDS: dict[Callable[..., None], str] = {
    analyze: "Judge training logs.",
    watch: "Watch logs that grow.",
    guard: "Run a training, stop it when it goes wrong.",
    compare: "Compare new runs with known-good ones.",
    report: "Write a page about what happened.",
    explain: "Explain rules: what is measured, what to change.",
    rules: "List the rules.",
    config: "Show the settings in force.",
    init: "Write a settings file, and a gate for CI.",
    doctor: "Check this installation.",
    reproduce: "Train a network that shows a fault.",
    cure: "Measure whether the advice works.",
}
"""Command -> what the first page of the help says about it."""


def build(*, completion: bool = False, only: str = "") -> typer.Typer:
    """Return the application.

    Parameters
    ----------
    completion
        Whether to offer shell completion; its options cost time that no other command needs.
    only
        The one command to offer, where it is known; all if empty or unknown.
    """
    app = typer.Typer(
        name="lossdoc",
        cls=GroupWithCommandsFirst,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=completion,
        no_args_is_help=True,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    wanted = [command for command in _COMMANDS if command.__name__ == only] or _COMMANDS
    for command in wanted:
        kind = CommandWithManyRuns if command is compare else CommandWithPanels
        app.command(cls=kind, short_help=_COMMANDS[command])(command)
    return app


def _version(asked: bool) -> None:
    if asked:
        from lossdoc import __version__

        typer.echo(f"lossdoc {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """What is wrong with a training run, since when, and which number to change."""
    del version


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors are the caller's to report.

    Raises
    ------
    LossdocError, KeyboardInterrupt, BrokenPipeError
        And whatever a bug raises.
    """
    from typer.main import get_command

    if _COMPLETION in os.environ:
        return int(build(completion=True)(list(arguments), prog_name="lossdoc") or 0)
    first = arguments[0] if arguments else "--help"
    completion = first.startswith(_ASKS_FOR_COMPLETION)
    command = get_command(build(completion=completion, only=first))
    try:
        with command.make_context("lossdoc", list(arguments), obj=tuple(arguments)) as context:
            command.invoke(context)
    except typer.Exit as leave:
        return leave.exit_code
    except _CommandLineError as error:
        error.show(file=sys.stderr)
        return int(error.exit_code)
    return 0


# The base of typer's own usage errors has no public name in every version of typer.
_CommandLineError: Any = typer.BadParameter.__mro__[2]

app = build()
