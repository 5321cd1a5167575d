# ruff: noqa: INP001 - an extension of Griffe, no part of a package
"""Named tuples and settings of the trainer have a constructor that no one wrote; the site shows it."""

from __future__ import annotations

from typing import Any

import griffe

_RECORDS = {"NamedTuple", "Plain", "Kind"}


class Records(griffe.Extension):
    """Gives classes whose fields are their parameters a signature that says so."""

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
            if member.is_attribute and member.annotation and "ClassVar" not in str(member.annotation)
        ]
        own = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
        made = griffe.Function("__init__", parameters=griffe.Parameters(own, *fields))
        cls.set_member("__init__", made)


def _name(base: Any) -> str:
    return str(base).rpartition(".")[2]
