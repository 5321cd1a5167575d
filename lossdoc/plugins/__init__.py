"""Rules of other packages: the group ``lossdoc.rules`` of entry points.

A plug-in that is broken is told about once and judges nothing; it changes no verdict.
"""

from __future__ import annotations

import contextlib
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.model import Severity
from lossdoc.plugins.checks import as_rule, foreign
from lossdoc.plugins.scan import GROUP, declared
from lossdoc.plugins.statements import sound
from lossdoc.rules import builtin
from lossdoc.rules.base import Rule, Withheld
from lossdoc.troubles import FAILURES, Trouble, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

    from lossdoc.model import Finding
    from lossdoc.robust.case import Case

__all__ = [
    "GROUP",
    "Absent",
    "Installed",
    "as_rule",
    "failed",
    "foreign",
    "installed",
    "known",
    "present",
    "sound",
    "wanted",
]

VARIABLE = "LOSSDOC_PLUGINS"


class Installed(NamedTuple):
    """What plug-ins bring.

    Parameters
    ----------
    rules
        Those that can be applied.
    troubles
        What could not be loaded.
    names
        Of all plug-ins, as their packages declare them.
    """

    rules: tuple[Rule, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    names: tuple[str, ...] = ()


class Absent(Rule):
    """Stands for a plug-in that could not be loaded.

    It judges nothing, so that every diagnosis says what did not judge.
    """

    code = name = "plug-in"
    severity = Severity.NOTE
    needs = frozenset()
    min_points = 0
    stationary = False
    reason = ""

    @classmethod
    def of(cls, trouble: Trouble) -> Absent:
        """Return the one for a trouble."""
        rule = cls()
        told = {"code": trouble.plugin, "name": "plug-in", "reason": trouble.reason}
        vars(rule).update(told, plugin=trouble.plugin)
        return rule

    def check(self, case: Case) -> Iterator[Finding]:
        """Say why nothing is judged."""
        del case
        raise Withheld(self.reason)


def wanted() -> bool:
    """Whether plug-ins are used where no setting says so: ``LOSSDOC_PLUGINS=0`` switches them off."""
    return os.environ.get(VARIABLE, "").strip().lower() not in {"0", "false"}


@cache
def known(*, plugins: bool = True) -> tuple[Rule, ...]:
    """Built-in rules and those of plug-ins, what explains others first.

    A plug-in's rule comes last, or right before the first one that it supersedes. What could not
    be loaded has an `Absent` rule, which stands before all, so that its reason is seen.
    """
    rules = list(builtin())
    if not plugins:
        return builtin()
    found = installed()
    for rule in found.rules:
        explained = [i for i, r in enumerate(rules) if r.code in rule.supersedes]
        rules.insert(min(explained, default=len(rules)), rule)
    return (*map(Absent.of, found.troubles), *rules)


def present() -> tuple[Rule, ...]:
    """Built-in rules and those of plug-ins that could be loaded."""
    return tuple(rule for rule in known(plugins=wanted()) if not isinstance(rule, Absent))


@cache
def installed() -> Installed:
    """Import every plug-in and take its rules, once in a process; tell what went wrong."""
    taken = {word for rule in builtin() for word in (rule.code, rule.name)}
    rules: list[Rule] = []
    troubles: list[Trouble] = []
    entries, unreadable = declared()
    troubles += [Trouble.of(name, "cannot be read", error) for name, error in unreadable]
    for entry in entries:
        try:
            items = _items(entry)
        except FAILURES as error:
            troubles.append(Trouble.of(entry.name, "cannot be loaded", error))
            continue
        for item in items:
            try:
                rule = as_rule(item, taken)
            except FAILURES as error:
                label = getattr(item, "__name__", type(item).__name__)
                troubles.append(Trouble.of(entry.name, f"{label} is left out", error))
                continue
            vars(rule)["plugin"] = entry.name
            taken |= {rule.code, rule.name}
            rules.append(rule)
    for trouble in troubles:
        tell(trouble)
    return Installed(tuple(rules), tuple(troubles), tuple(entry.name for entry in entries))


def _items(entry: EntryPoint) -> list[Any]:
    """What a plug-in gives: a rule, several, or a function that returns either."""
    with contextlib.redirect_stdout(sys.stderr):  # a report may stand on the standard output
        target = entry.load()
        if not isinstance(target, type) and not isinstance(target, Rule) and callable(target):
            target = target()
    return list(target) if isinstance(target, list | tuple | set) else [target]


def failed(rule: Rule, error: BaseException) -> str:
    """Tell that a plug-in's rule failed, and return why it did not judge."""
    trouble = Trouble.of(rule.plugin, f"{rule.code} failed", error)
    tell(trouble)
    return f"plug-in {rule.plugin}: {trouble.reason}"
