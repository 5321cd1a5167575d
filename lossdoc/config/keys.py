"""What can be set: plain settings, tables of columns, of rules' options and of budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.errors import UsageError, near
from lossdoc.model import Channel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lossdoc.model import Limit
    from lossdoc.rules.base import Rule

    Parse = Callable[[Any], Any]

HINT = "see: lossdoc config"

OFF = "off"
"""Severity of a rule that is not applied."""


class Key(NamedTuple):
    """A setting: its default, what checks a value of it, and what it means."""

    default: Any
    parse: Parse
    text: str


# ---- what the values of a setting may be; each of these raises ValueError


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} is needed")


def _words(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    fits = isinstance(parts, list | tuple) and all(isinstance(p, str) for p in parts)
    _need(fits, "a list of words")
    return tuple(part.strip() for part in parts if part.strip())


def _channels(value: Any) -> tuple[str, ...]:
    names = _words(value)
    for name in names:
        if name not in set(Channel):
            raise ValueError(f"no channel {name!r}{near(name, Channel)}")
    return names


def _one_of(*words: str) -> Parse:
    def parse(value: Any) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)} is needed{near(str(value), words)}")
        return str(value)

    return parse


def _flag(value: Any) -> bool:
    found = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
    if found is None:
        raise ValueError("true or false is needed")
    return found


def _text(value: Any) -> str:
    _need(isinstance(value, str), "text")
    return str(value)


def number(value: Any) -> float:
    """Return a number; ValueError for anything else."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise ValueError("a number is needed") from None
    _need(isinstance(value, int | float) and not isinstance(value, bool), "a number")
    return float(value)


KEYS: Mapping[str, Key] = {
    "select": Key((), _words, "Rules to apply: codes, families, names; all if empty."),
    "extend-select": Key((), _words, "Rules to apply besides."),
    "ignore": Key((), _words, "Rules not to apply."),
    "min-confidence": Key(
        "medium", _one_of("low", "medium", "high"), "Less sure findings are not reported."
    ),
    "fail-on": Key(
        "error", _one_of("error", "warning", "note", "never"), "Severity that makes it exit 1."
    ),
    "require": Key((), _channels, "Channels that a log must have to be judged."),
    "allow-inconclusive": Key(False, _flag, "Exit 0 where a log could not be judged."),
    "plugins": Key(True, _flag, "Whether rules of installed plug-ins apply."),
    "baseline": Key("", _text, "File of accepted findings."),
    "anchor": Key("", _text, "FILE[:LINE] that findings are shown at instead of the log."),
}
"""Plain settings; ``map``, ``rules`` and ``budgets`` are tables."""

TABLES = ("map", "rules", "budgets")


def checked(name: str, value: Any, where: str) -> Any:
    """Check one setting, named with dots.

    Raises
    ------
    UsageError
        Its name is unknown, or the value does not fit; the message says where it was set.
    """
    try:
        return _parse(name, value)
    except ValueError as error:
        raise UsageError(f"{where}: {name}: {error}", hint=HINT) from None


def _parse(name: str, value: Any) -> Any:
    table, _, rest = name.partition(".")
    if name in KEYS:
        return KEYS[name].parse(value)
    if rest and table in _TABLES:
        return _TABLES[table](rest, value)
    raise ValueError(f"no such setting{near(table, (*KEYS, *TABLES))}")


def _column(role: str, value: Any) -> str:
    if role not in {*Channel, "step"}:
        raise ValueError(f"no channel {role!r}{near(role, Channel)}")
    return _text(value)


def _option(name: str, value: Any) -> Any:
    from lossdoc.plugins import foreign
    from lossdoc.rules import builtin

    code, _, option = name.partition(".")
    if not foreign(code):  # a rule of a plug-in is looked for where it is known that they are used
        has_option(builtin(), code, option)
    if option == "severity":
        return _one_of("error", "warning", "note", OFF)(value)
    return number(value)


def has_option(rules: Sequence[Rule], code: str, option: str) -> None:
    """Check that a rule exists and has an option.

    Raises
    ------
    ValueError
        It does not; the message names the likeliest.
    """
    known = {rule.code: rule for rule in rules}
    if code not in known:
        raise ValueError(f"no rule {code}{near(code, known)}")
    names = ["severity", *(o.name for o in known[code].options())]
    if option not in names:
        likely = near(option, names) or f"; it has {', '.join(names)}"
        raise ValueError(f"{code} has no option {option!r}{likely}")


def _limit(measure: str, value: Any) -> Limit:
    from lossdoc.budgets import limit

    return limit(measure, value)


_TABLES: Mapping[str, Callable[[str, Any], Any]] = {
    "map": _column,
    "rules": _option,
    "budgets": _limit,
}
