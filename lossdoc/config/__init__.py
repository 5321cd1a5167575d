"""Settings from files, the environment and the command line: what is in force, and who said so.

Later layers win, key by key: the defaults, one file, ``LOSSDOC_*`` variables, ``--config
key=value``, the options of the command. Files are not merged with each other.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.config.files import (
    VARIABLE,
    discover,
    flat,
    from_environment,
    inline,
    is_inline,
    read,
    shown,
    variable_of,
)
from lossdoc.config.keys import HINT, KEYS, OFF, checked, has_option
from lossdoc.errors import UsageError
from lossdoc.model import Limit, Severity
from lossdoc.plugins import Absent, foreign, known
from lossdoc.rules import builtin
from lossdoc.selection import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.rules.base import Rule

__all__ = ["COMMAND_LINE", "KEYS", "Config", "Limit", "Value", "load", "of"]

COMMAND_LINE = "command line"


class Value(NamedTuple):
    """A value of a setting, and where it was set."""

    value: Any
    origin: str = "default"


class Config:
    """Settings by their dotted names, each with its origin.

    Parameters
    ----------
    values
        Those that are not at their defaults.
    file
        The file that was read, or None.
    """

    def __init__(self, values: Mapping[str, Value], file: Path | None = None) -> None:
        self.values = dict(values)
        self.file = file

    def __getitem__(self, name: str) -> Any:
        """Value of a plain setting."""
        return self.values[name].value if name in self.values else KEYS[name].default

    def origin(self, name: str) -> str:
        """Who set it."""
        return self.values[name].origin if name in self.values else "default"

    def path(self, name: str) -> Path | None:
        """Path that a setting names, from the folder of the file that sets it; None for none."""
        if not self[name]:
            return None
        by_file = self.file is not None and self.origin(name) == shown(self.file)
        return self.file.parent / self[name] if self.file and by_file else Path(self[name])

    def replaced(self, given: Mapping[str, Any], origin: str) -> Config:
        """Return the settings with some replaced by a layer above.

        Raises
        ------
        UsageError
            A name is unknown, or a value does not fit.
        """
        values = {n: Value(checked(n, v, origin), origin) for n, v in given.items()}
        return Config({**self.values, **values}, self.file)

    @property
    def mapping(self) -> dict[str, str]:
        """Column of each role."""
        return {name.removeprefix("map."): v.value for name, v in self._table("map")}

    @property
    def budgets(self) -> tuple[Limit, ...]:
        """Limits on measures of a run."""
        return tuple(v.value for _, v in self._table("budgets"))

    def rules(self) -> tuple[Rule, ...]:
        """Rules that are in force, with their options and severities.

        Raises
        ------
        UsageError
            A selector fits no rule.
        """
        own = self._by_rule(known(plugins=self["plugins"]) if self._guests() else builtin())
        off = tuple(code for code, options in own.items() if options.get("severity") == OFF)
        asked = (*self["select"], *self["extend-select"]) if self["select"] else ()
        chosen = select(asked, (*self["ignore"], *off), plugins=self["plugins"])
        return tuple(_configured(rule, own.get(rule.code, {})) for rule in chosen)

    def _guests(self) -> bool:
        """Whether an option of a plug-in's rule is set."""
        return any(foreign(name.split(".")[1]) for name, _ in self._table("rules"))

    def _by_rule(self, rules: Sequence[Rule]) -> dict[str, dict[str, Any]]:
        """Options of each rule; those of plug-ins that are not there are passed over."""
        present = {rule.code for rule in rules}
        lacking = not self["plugins"] or any(isinstance(rule, Absent) for rule in rules)
        own: dict[str, dict[str, Any]] = {}
        for name, value in self._table("rules"):
            _, code, option = name.split(".")
            if lacking and foreign(code) and code not in present:
                continue
            try:
                has_option(rules, code, option)
            except ValueError as error:
                raise UsageError(f"{value.origin}: {name}: {error}", hint=HINT) from None
            own.setdefault(code, {})[option] = value.value
        return own

    def _table(self, table: str) -> list[tuple[str, Value]]:
        return [(n, v) for n, v in self.values.items() if n.startswith(f"{table}.")]


def _configured(rule: Rule, options: Mapping[str, Any]) -> Rule:
    if not options:
        return rule
    severity = options.get("severity")
    numbers = {name: value for name, value in options.items() if name != "severity"}
    level = Severity[severity.upper()] if severity else None
    return rule.configured(numbers, severity=level)


def of(source: str | os.PathLike[str] | Mapping[str, Any]) -> Config:
    """Return the settings of one file, or of a mapping of the same shape, and of nothing else.

    Raises
    ------
    UsageError
        The file cannot be read, a key is unknown, or a value does not fit.
    """
    if isinstance(source, Mapping):
        return Config({}).replaced(flat(source, "config"), "config")
    path = Path(source)
    return Config({}, path).replaced(flat(read(path), shown(path)), shown(path))


def load(
    given: Sequence[str] = (),
    *,
    isolated: bool = False,
    start: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """Read the settings that are in force before the options of a command.

    Parameters
    ----------
    given
        Values of ``--config``: files, or ``key=value``.
    isolated
        Neither look for a file nor at the environment, and leave plug-ins alone.
    start
        Folder from which a file is looked for upwards; the working directory if None.

    Raises
    ------
    UsageError
        A file cannot be read, a key is unknown, a value does not fit, or two files are given.
    """
    files = [text for text in given if not is_inline(text)]
    named = "" if isolated else environment.get(f"{VARIABLE}CONFIG", "")
    if named and not files:
        files = [named]
    if len(files) > 1:
        raise UsageError(f"one settings file is read, not {len(files)}: {', '.join(files)}")
    path = Path(files[0]) if files else None if isolated else discover(start or Path.cwd())
    config = Config({"plugins": Value(False, "--isolated")} if isolated else {}, path)
    if path is not None:
        config = config.replaced(flat(read(path), shown(path)), shown(path))
    if not isolated:
        for name, text in from_environment(environment).items():
            config = config.replaced({name: text}, variable_of(name))
    for text in given:
        if is_inline(text):
            config = config.replaced(dict([inline(text)]), "--config")
    return config
