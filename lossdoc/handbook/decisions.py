"""The index of the decisions: number, title, and what was decided."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """\
# Decisions

Why each dependency is there, and other choices that somebody might want to undo. A new dependency, or a
change of the JSON report, needs one of these: a page with **Decision**, **Why** and **Consequences**.
"""


def page(folder: Path) -> str:
    """Text of the index of a folder of records, in Markdown."""
    files = sorted(folder.glob("[0-9]*.md"))
    rows = [_row(file.name, file.read_text("utf-8")) for file in files]
    return f"{_HEAD}\n| decision | |\n|---|---|\n" + "\n".join(rows) + "\n"


def _row(name: str, text: str) -> str:
    title = text.partition("\n")[0].removeprefix("# ")
    found = re.search(r"\*\*Decision\.\*\*\s+(.+?[.:])(?:\s|$)", text, re.DOTALL)
    said = " ".join(found[1].split()) if found else ""
    return f"| [{title}]({name}) | {said.removesuffix(':')} |"
