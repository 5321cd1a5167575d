"""What a rule of somebody else must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lossdoc.measured import OWN
from lossdoc.model import Channel, Severity
from lossdoc.rules.base import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Collection

CODE = re.compile(rf"(?!{OWN})[A-Z]{{2,6}}\d{{3}}")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


def foreign(code: str) -> bool:
    """Whether this can be a code of a plug-in, or a family of such codes.

    >>> foreign("MY101"), foreign("MY"), foreign("LD102"), foreign("diverged")
    (True, True, False, False)
    """
    return bool(re.fullmatch(rf"(?!{OWN})[A-Z]{{2,6}}\d{{0,3}}", code))


def as_rule(item: Any, taken: Collection[str] = ()) -> Rule:
    """Return a rule that a plug-in brings as a class or an instance.

    Parameters
    ----------
    taken
        Codes and names of other rules.

    Raises
    ------
    TypeError, ValueError
        It is none, or declares something wrong.
    """
    made = item() if isinstance(item, type) and issubclass(item, Rule) else item
    if not isinstance(made, Rule):
        raise TypeError(f"{item!r} is no lossdoc.rules.base.Rule")
    rule = made.configured({})  # one of our own: what others hold stays as it is
    label = type(rule).__name__
    for attribute, kind in (("code", str), ("name", str), ("severity", Severity)):
        if not isinstance(getattr(rule, attribute, None), kind):
            raise TypeError(f"{label}.{attribute} must be a {kind.__name__}")
    if not CODE.fullmatch(rule.code):
        hint = f"2 to 6 capital letters, not beginning with {OWN}, and 3 digits"
        raise ValueError(f"{label}: the code {rule.code!r} must be {hint}")
    if not NAME.fullmatch(rule.name):
        raise ValueError(f"{rule.code}: the name {rule.name!r} must be words like two-words")
    for word in (rule.code, rule.name):
        if word in taken:
            raise ValueError(f"{rule.code} {rule.name}: another rule has this {_what(word)}")
    _declared(rule)
    return rule


def _what(word: str) -> str:
    return "code" if word.isupper() else "name"


def _declared(rule: Rule) -> None:
    _all("needs", rule.needs, frozenset, Channel)
    _all("supersedes", rule.supersedes, frozenset, str)
    _all("references", rule.references, tuple, str)
    _all("examples", rule.examples, tuple, Example)
    if not isinstance(rule.min_points, int):
        raise TypeError("min_points must be an int")
    if not (rule.__doc__ or "").strip():
        raise ValueError(f"{rule.code} has no docstring, which is its documentation")


def _all(what: str, values: Any, outer: type[Any], inner: type) -> None:
    if not isinstance(values, outer) or any(not isinstance(v, inner) for v in tuple(values)):
        raise TypeError(f"{what} must be a {outer.__name__} of {inner.__name__}")
