"""What the shapes of the JSON documents have in common."""

from __future__ import annotations

from typing import Literal

Number = int | float | Literal["nan", "inf", "-inf"]
Setting = Number | bool | str | None
Level = Literal["note", "warning", "error"]


def document(top: type, title: str, **more: str) -> dict[str, object]:
    """Return the JSON schema (draft 2020-12) of a document."""
    import msgspec

    (body,), components = msgspec.json.schema_components([top], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **more,
        "title": title,
        **body,
        "$defs": components,
    }
