# ruff: noqa: INP001 - an extension of Griffe, no part of a package
"""What Griffe does not know of our docstrings and classes.

Named tuples and the trainer's settings have a constructor that no one wrote; and ``a, b`` in a list
of parameters stands for two, each with a type of its own.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_RECORDS = {"NamedTuple", "Plain", "Kind"}
_SHARED = re.compile(r"^(\w+(?:, \w+)+)\n((?:    .*\n?|\n(?=    ))+)", re.MULTILINE)


class Records(griffe.Extension):
    """Signatures for classes whose fields are their parameters; one entry for each parameter."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Give each of several parameters that share a description its own."""
        if obj.docstring is not None and "Parameters\n---" in obj.docstring.value:
            obj.docstring.value = _SHARED.sub(_parted, obj.docstring.value)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Add `__init__` to one class, if it is a record without one."""
        if "__init__" in cls.members or not _RECORDS & {_name(base) for base in cls.bases}:
            return
        fields = [
            griffe.Parameter(
                member.name,
                annotation=member.annotation,
                kind=griffe.ParameterKind.positional_or_keyword,
                default=member.value,
            )
            for member in cls.members.values()
            if member.is_attribute
            and member.annotation
            and "ClassVar" not in str(member.annotation)
        ]
        own = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
        made = griffe.Function("__init__", parameters=griffe.Parameters(own, *fields))
        cls.set_member("__init__", made)


def _name(base: Any) -> str:
    return str(base).rpartition(".")[2]


def _parted(match: re.Match[str]) -> str:
    text = match[2].rstrip("\n") + "\n"
    return "".join(f"{name}\n{text}" for name in match[1].split(", "))
