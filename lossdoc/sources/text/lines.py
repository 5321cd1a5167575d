"""Lines of a console log: decoded, without colours, carriage returns and backspaces.

A terminal shows less than was written to it: a progress bar returns to the start of its line (or
backs up over it) and writes again. Every such state is a line of its own here, so that numbers of
lines are those of an editor that takes a lone carriage return for the end of a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.sources.base import Source

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""Terminal control: colours, cursor movement, window titles (ECMA-48)."""


@dataclass(frozen=True)
class Passage:
    """Some lines of a log.

    Parameters
    ----------
    first
        Number of the first line, from 1.
    lines
        Without their ends.
    damaged
        Whether bytes could not be decoded (they stand as U+FFFD).
    torn
        Whether the last line has no end: a log being written, or one that ends so.
    """

    first: int
    lines: list[str]
    damaged: bool = False
    torn: bool = False


def passages(source: Source) -> Iterator[Passage]:
    """Whole content, some megabytes at a time."""
    first = 1
    for block in source.blocks():
        passage = _passage(block, first)
        first += len(passage.lines)
        yield passage


def head_passage(source: Source) -> Passage:
    """First 64 KiB, or as many as there are."""
    return _passage(source.head_text.encode(errors="replace"), 1)


def _passage(block: bytes, first: int) -> Passage:
    try:
        text, damaged = block.decode(), False
    except UnicodeDecodeError:
        text, damaged = block.decode(errors="replace"), True
    lines = _shown(text).split("\n")
    torn = lines[-1] != ""
    if not torn:
        lines.pop()
    return Passage(first, lines, damaged, torn)


def _shown(text: str) -> str:
    """Text with nothing but newlines to control a terminal."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if "\b" in text:
        text = "\n".join(line.rstrip("\b").rpartition("\b")[2] for line in text.split("\n"))
    return text.replace("\0", "")
