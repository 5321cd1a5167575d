"""Which rules to apply: codes, families and names, as the command line takes them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from lossdoc.errors import UsageError
from lossdoc.rules import builtin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.rules.base import Rule


def select(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Choose rules by code, by family (a prefix such as ``LD2``), by name, or ``ALL``.

    Raises
    ------
    UsageError
        A selector fits no rule.
    """
    chosen = builtin()
    if select:
        chosen = tuple(r for r in chosen if _selected(r, select))
    dropped = tuple(r for r in builtin() if _selected(r, ignore))
    for selector in (*select, *ignore):
        if not any(_selected(r, (selector,)) for r in builtin()):
            raise UsageError(f"no rule fits {selector!r}", hint=_near(selector))
    return tuple(r for r in chosen if r not in dropped)


def _selected(rule: Rule, selectors: Sequence[str]) -> bool:
    return any(
        s.upper() == "ALL" or rule.code.startswith(s.upper()) or rule.name == s.lower()
        for s in selectors
        if s
    )


def _near(selector: str) -> str:
    names = [name for rule in builtin() for name in (rule.code, rule.name)]
    near = difflib.get_close_matches(selector.lower(), [n.lower() for n in names], n=3, cutoff=0.5)
    return "did you mean " + ", ".join(near) + "?" if near else "see: lossdoc rules"
