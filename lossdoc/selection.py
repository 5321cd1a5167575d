"""Which rules to apply: codes, families and names, as the command line takes them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from lossdoc import plugins as guests
from lossdoc.errors import UsageError
from lossdoc.measured import OWN
from lossdoc.plugins import Absent, foreign
from lossdoc.rules import builtin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.rules.base import Rule


def select(
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    *,
    plugins: bool | None = None,
    besides: tuple[Rule, ...] = (),
) -> tuple[Rule, ...]:
    """Choose rules by code, by family (a prefix such as ``LD2``), by name, or ``ALL``.

    Plug-ins that could not be loaded are among them, as rules that judge nothing; a code that may
    be one of theirs is no error.

    Parameters
    ----------
    plugins
        Whether those of plug-ins are among them; as ``LOSSDOC_PLUGINS`` says if None.
    besides
        Further rules to choose from.

    Raises
    ------
    UsageError
        A selector fits no rule.
    """
    used = guests.wanted() if plugins is None else plugins
    if select and all(map(_built_in, (*select, *ignore))):
        used = False  # they are not even imported
    every = (*guests.known(plugins=used), *besides)
    broken = any(isinstance(rule, Absent) for rule in every)
    for selector in (*select, *ignore):
        if any(_selected(rule, (selector,)) for rule in every):
            continue
        excused = broken or (not used and selector not in select)
        if not (excused and foreign(selector.upper())):
            raise UsageError(f"no rule fits {selector!r}", hint=_near(selector, every, used=used))
    return tuple(r for r in every if _chosen(r, select) and not _selected(r, ignore))


def _built_in(selector: str) -> bool:
    """Whether a selector can fit none but built-in rules."""
    names = {rule.name for rule in builtin()}
    return selector.upper().startswith(OWN) or selector.lower() in names


def _chosen(rule: Rule, selectors: Sequence[str]) -> bool:
    return not selectors or isinstance(rule, Absent) or _selected(rule, selectors)


def _selected(rule: Rule, selectors: Sequence[str]) -> bool:
    return any(
        s.upper() == "ALL" or rule.code.startswith(s.upper()) or rule.name == s.lower()
        for s in selectors
        if s
    )


def _near(selector: str, rules: Sequence[Rule], *, used: bool) -> str:
    if not used and foreign(selector.upper()):
        return "rules of plug-ins are switched off: plugins = false, LOSSDOC_PLUGINS=0, --isolated"
    names = [name for rule in rules for name in (rule.code, rule.name)]
    near = difflib.get_close_matches(selector.lower(), [n.lower() for n in names], n=3, cutoff=0.5)
    return "did you mean " + ", ".join(near) + "?" if near else "see: lossdoc rules"
