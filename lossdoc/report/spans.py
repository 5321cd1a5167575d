"""Text with meaning: spans, lines, wrapping by display width, and cleaning of untrusted text.

A line is a list of spans; a span is text with the name of a style (``lossdoc.report.terminal``
knows what the names look like). Lines are built once and written plain or coloured.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Span(NamedTuple):
    """Text in one style; made by `span`, which cleans the text."""

    text: str
    style: str = ""


Line = list[Span]

# Services that run jobs read these in what a job prints: "::error" where a line begins (GitHub),
# "##[error]" (GitHub), "##vso[" (Azure) and "##teamcity[" anywhere.
_COMMAND = re.compile(r"^\s*:(?=:)|#(?=#\w*\[)")

# CSI and OSC sequences as a whole, so that "\x1b[31m" does not leave "[31m" behind.
_ESCAPES = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
_NUMBER = re.compile(
    r"(?<![\w.^-])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?: ?%)?(?![\w^]|-\d)"
)


def clean(text: str) -> str:
    r"""Return text that cannot steer a terminal: no escapes, controls or direction overrides.

    >>> clean("loss\x1b[2J\x07\u202eevil\n")
    'lossevil '
    """
    if text.isprintable():
        return text
    text = re.sub(_ESCAPES, "", text)
    return "".join(_printable(c) for c in text)


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    if char in "\t\n\v\f\r" or unicodedata.category(char) in {"Zs", "Zl", "Zp"}:
        return " "
    # Half of a surrogate pair stands for a byte of a path that is not valid UTF-8.
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) == "Cs" else ""


def inert(line: str) -> str:
    """Return a line that no service which runs jobs takes for a command to itself.

    >>> inert("  ::error::x"), inert("a ##[error]x")
    ('  : :error::x', 'a # #[error]x')
    """
    return _COMMAND.sub(lambda found: f"{found[0]} ", line)


def span(text: str, style: str = "") -> Span:
    """Return cleaned text in a style."""
    return Span(clean(text), style)


def emphasise(text: str) -> Line:
    """Return spans of a sentence in which the numbers stand out."""
    text = clean(text)
    line: Line = []
    end = 0
    for found in _NUMBER.finditer(text):
        if found.start() > end:
            line.append(Span(text[end : found.start()]))
        line.append(Span(found[0], "number"))
        end = found.end()
    if end < len(text):
        line.append(Span(text[end:]))
    return line


def cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_char_cells(c) for c in text)


def _char_cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width_of(line: Iterable[Span]) -> int:
    """Columns that a line takes."""
    return sum(cells(part.text) for part in line)


def plain(line: Iterable[Span]) -> str:
    """Text of a line without styles or trailing blanks."""
    return "".join(part.text for part in line).rstrip()


def pad(line: Line, width: int) -> Line:
    """Return the line with blanks up to a width."""
    missing = width - width_of(line)
    return [*line, Span(" " * missing)] if missing > 0 else line


def wrap(
    content: Sequence[Span], width: int, *, first: Line | None = None, indent: int = 0
) -> list[Line]:
    """Break a sentence at its blanks.

    Parameters
    ----------
    content
        The sentence.
    width
        Columns of a whole line. A word that is longer stands on a line of its own, unbroken,
        so that a path can still be copied.
    first
        Start of the first line, padded to ``indent``; blanks if None.
    indent
        Columns before the text, on every line.
    """
    blank = Span(" " * indent)
    lines = [pad(first or [], indent)]
    room = width - width_of(lines[0])
    fresh = True
    for word in _words(content):
        size = width_of(word)
        if not fresh and size + 1 > room:
            lines.append([blank])
            room, fresh = width - indent, True
        if not fresh:
            alike = lines[-1][-1].style == word[0].style
            lines[-1].append(Span(" ", word[0].style if alike else ""))
            room -= 1
        lines[-1].extend(word)
        room -= size
        fresh = False
    return [_joined(line) for line in lines]


def _joined(line: Line) -> Line:
    """The line with neighbours of one style made one span: a third of the terminal codes."""
    joined: Line = []
    for part in line:
        if joined and joined[-1].style == part.style:
            joined[-1] = Span(joined[-1].text + part.text, part.style)
        else:
            joined.append(part)
    return joined


def _words(content: Sequence[Span]) -> list[Line]:
    """Words of a sentence; a word may change its style in the middle."""
    words: list[Line] = []
    glued = False
    for part in content:
        for i, piece in enumerate(part.text.split(" ")):
            if i:
                glued = False
            if not piece:
                continue
            if glued:
                words[-1].append(Span(piece, part.style))
            else:
                words.append([Span(piece, part.style)])
            glued = True
    return words
