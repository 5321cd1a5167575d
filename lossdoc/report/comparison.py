"""A comparison for the terminal, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report.comparison_notes import notes
from lossdoc.report.comparison_words import (
    BADGES,
    DIFFERS,
    differences,
    entries,
    head,
    sentence,
    sides,
)
from lossdoc.report.spans import Line, clean, pad, span, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.comparison import Comparison


def text(found: Comparison, width: int) -> list[Line]:
    """Lines for the terminal."""
    badge, style = BADGES[found.outcome]
    first: Line = [span(f" {badge} ", style), span("  ")]
    lines = list(wrap([span(sides(found))], width, first=first, indent=2))
    lines += [*wrap([span(sentence(found))], width, first=[span(" ")], indent=1), []]
    lines += _table([head(found), *entries(found)], width)
    differing = differences(found)
    if differing:
        lines += [[], *_table([DIFFERS, *differing], width)]
    lines += [[], *(line for note in notes(found) for line in _note(note, width))]
    return lines


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[Line]:
    """Lines of a table; a last cell that has no room goes on below."""
    sizes = [max(len(row[i]) for row in rows) + 2 for i in range(len(rows[0]) - 1)]
    for row in rows:
        line: Line = [span(" ")]
        for cell, size in zip(row[:-1], sizes, strict=True):
            line += pad([span(cell)], size)
        yield from wrap([span(row[-1])], width, first=line, indent=3)


def markdown(found: Comparison) -> str:
    """Text for a pull request or the summary of a job."""
    badge, _ = BADGES[found.outcome]
    parts = [f"### {badge}", _escaped(sides(found)), _escaped(sentence(found))]
    parts.append(_markdown_table(head(found), entries(found)))
    differing = differences(found)
    if differing:
        parts.append(_markdown_table(DIFFERS, differing))
    parts.append("\n".join(f"- {_escaped(note)}" for note in notes(found)))
    return "\n\n".join(parts) + "\n"


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        "| " + " | ".join(_escaped(cell) or " " for cell in row) + " |" for row in (head, *rows)
    ]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def _note(note: str, width: int) -> list[Line]:
    return list(wrap([span(note, "dim")], width, first=[span(" ")], indent=1))


def _escaped(words: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in clean(words))
