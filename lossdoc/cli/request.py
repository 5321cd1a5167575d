"""What a command line asks for: its options as one value, whatever the command."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.cli.gating import Accepting
from lossdoc.config import COMMAND_LINE, load
from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lossdoc.config import Config
    from lossdoc.report.spending import Price

NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


class Request(NamedTuple):
    """What the command line asks for, as typed; and whether the runs are known to go on.

    ``called`` are the words of the command line themselves, for a report that tells how it was made.
    """

    paths: tuple[str, ...]
    format: str | None = None
    mapping: tuple[str, ...] = ()
    step_column: str | None = None
    total_steps: float | None = None
    settings: Mapping[str, Any] = NO_SETTINGS
    config: tuple[str, ...] = ()
    isolated: bool = False
    output_format: str = "text"
    outputs: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    plot: bool = True
    width: int | None = None
    color: str = "auto"
    verbosity: int = 0
    history: tuple[str, ...] = ()
    going_on: bool = False
    accepting: Accepting = Accepting()
    called: tuple[str, ...] = ()
    price: Price | None = None

    def in_force(self) -> Config:
        """Return the settings in force: those of the command line above all others.

        Raises
        ------
        UsageError
            A setting is wrong, wherever it was set.
        """
        found = load(self.config, isolated=self.isolated)
        return found.replaced(self.settings, COMMAND_LINE)


def asked(options: Mapping[str, Any], **more: Any) -> Request:
    """Return what a command is asked for.

    Parameters
    ----------
    options
        Values of the options that commands share, by the names that their functions give them:
        their local variables. A command need not have all of them.
    more
        Fields of the request that only this command has.
    """
    get = options.get
    context = get("context")
    return Request(
        paths=tuple(get("paths") or ()),
        format=get("format_"),
        mapping=tuple(get("map_") or ()),
        step_column=get("step_column"),
        total_steps=get("total_steps"),
        history=tuple(get("history") or ()),
        settings=given(
            {
                "select": split(get("select")),
                "extend-select": split(get("extend_select")),
                "ignore": split(get("ignore")),
                "min-confidence": get("min_confidence"),
                "fail-on": "never" if get("exit_zero") else get("fail_on"),
                "require": split(get("require")),
                "allow-inconclusive": get("allow_inconclusive") or None,
                "baseline": get("baseline"),
                "anchor": get("anchor"),
            }
        ),
        config=tuple(get("config") or ()),
        isolated=bool(get("isolated")),
        width=get("width"),
        color=get("color") or "auto",
        called=tuple(context.find_root().obj or ()) if context else (),
    )._replace(**more)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value}


def split(values: Iterable[str] | None) -> list[str]:
    """Return the parts of comma lists, as ``--select a,b --select c`` gives them."""
    return [part for value in values or () for raw in value.split(",") if (part := raw.strip())]


def roles(pairs: Sequence[str]) -> dict[str, str]:
    """Return the column of every role given as ``role=COLUMN``.

    Raises
    ------
    UsageError
        No equals sign, or a role given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        role, _, column = (part.strip() for part in pair.partition("="))
        if not (role and column):
            raise UsageError(f"--map {pair}: expected role=COLUMN", hint="--map train_loss=loss")
        if role in found:
            raise UsageError(f"--map {pair}: {role} is {found[role]} already")
        found[role] = column
    return found
