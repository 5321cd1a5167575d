"""What the settings of plain records may be, told in the words of whoever sets them."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACE = re.compile(r" - at `\$\.?([\w.\[\]]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")
_WORDS: dict[type[inspect.Type], str] = {
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.StrType: "a word",
    inspect.NoneType: "null",
    inspect.VarTupleType: "a list",
}


def no_such(name: str, names: Iterable[str]) -> UsageError:
    """Return the refusal of a setting that does not exist, with the one that may be meant."""
    names = list(names)
    near = difflib.get_close_matches(name.rpartition(".")[2], names, n=1)
    hint = f"did you mean {near[0]}?" if near else "one of: " * bool(names) + ", ".join(names)
    return UsageError(f"there is no setting {name}", hint=hint)


def refusal(record: type, data: object, message: str) -> UsageError:
    """Say what is wrong with settings, and what they may be.

    Parameters
    ----------
    record
        The type of the record, a `msgspec.Struct`.
    data
        What was given for it.
    message
        msgspec's, of the validation that failed.
    """
    found = _PLACE.search(message)
    place = found[1] if found else ""
    info: inspect.Type | None = inspect.type_info(record)
    for name in re.findall(r"\w+", place):
        info, data = _within(info, data, name)
    if unknown := _UNKNOWN.search(message):
        return no_such(f"{place}.{unknown[1]}".lstrip("."), _fields(info, data))
    if lacking := _MISSING.search(message):
        return UsageError(f"{place or record.__name__} needs {lacking[1]}")
    if info is None or not place:
        return UsageError(f"{record.__name__}: {message}")
    kinds = [str(struct.tag) for struct in _structs(info) if struct.tag is not None]
    hint = f"{place}.kind is one of: {', '.join(kinds)}" if kinds else ""
    return UsageError(f"{place} must be {_words(info)}, not {json.dumps(data)}", hint=hint)


def _within(info: inspect.Type | None, data: Any, name: str) -> tuple[inspect.Type | None, Any]:
    """Go one place deeper: to a setting of a record, or to an item of a list."""
    if isinstance(info, inspect.VarTupleType) and isinstance(data, list | tuple):
        return info.item_type, data[int(name)]
    return _fields(info, data).get(name), data.get(name) if isinstance(data, dict) else None


def _structs(info: inspect.Type | None) -> list[inspect.StructType]:
    members = info.types if isinstance(info, inspect.UnionType) else (info,)
    return [member for member in members if isinstance(member, inspect.StructType)]


def _fields(info: inspect.Type | None, data: object) -> dict[str, inspect.Type]:
    """Settings of a record; of records of several kinds, of the kind that the data name."""
    structs = _structs(info)
    tags = [struct.tag for struct in structs if struct.tag is not None]
    fields: dict[str, inspect.Type] = {"kind": inspect.LiteralType(tuple(tags))} if tags else {}
    kind: Any = data.get("kind") if isinstance(data, dict) else None
    for struct in structs:
        if struct.tag == kind:
            fields |= {field.encode_name: field.type for field in struct.fields}
    return fields


def _words(info: inspect.Type) -> str:
    if isinstance(info, inspect.LiteralType):
        return "one of " + ", ".join(str(value) for value in info.values)
    members = info.types if isinstance(info, inspect.UnionType) else (info,)
    words = [_WORDS[type(member)] for member in members if type(member) in _WORDS]
    return " or ".join(["settings of its own"] * bool(_structs(info)) + words)
