"""Writing lines: plain text without rich, colour through rich, ASCII where Unicode cannot go."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, TextIO

from lossdoc.report.spans import inert, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console
    from rich.style import Style

    from lossdoc.report.spans import Line

STYLES = {
    "failing": "bold white on red",
    "at risk": "bold black on yellow",
    "healthy": "bold black on green",
    "inconclusive": "bold white on blue",
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "code": "bold",
    "number": "bold",
    "label": "bold",
    "command": "cyan",
    "onset": "bold red",
    "curve": "",
    "dim": "dim",
}
"""What the names of styles look like; every name says something that the text says too."""

LINK = "link:"
"""A style that begins so is a bold hyperlink."""

MOST_READABLE = 100
"""Lines longer than this are hard to read, however wide the terminal."""

_BLOCKS = dict(zip("▁▂▃▄▅▆▇█", "_.-~=+*#", strict=True))
_SIGNS = {
    "·": "-", "–": "-", "—": "-", "→": "->", "←": "<-", "▲": "^", "╎": ":", "│": "|",
    "┤": "|", "└": "+", "─": "-", "┴": "+", "×": "x", "≥": ">=", "≤": "<=", "…": "...",
    "η": "lr", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def _braille() -> dict[str, str]:
    """ASCII for every braille character: dense, or by the halves that have dots."""
    upper, lower = 0b00011011, 0b11100100
    table = {}
    for bits in range(1, 256):
        dense = bits.bit_count() >= 6
        both = bits & upper and bits & lower
        table[chr(0x2800 + bits)] = "#" if dense else ":" if both else "'" if bits & upper else "."
    return table


def to_ascii(text: str) -> str:
    """Write a text with ASCII alone; what has no likeness becomes a question mark.

    >>> to_ascii("0.003 → 0.001 · λ")
    '0.003 -> 0.001 - ?'
    """
    if text.isascii():
        return text
    table = str.maketrans(_SIGNS | _BLOCKS | _braille())
    return text.translate(table).encode("ascii", "replace").decode()


def wants_colour(choice: str, stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Decide on colour: the option, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def terminal_width(asked: int | None = None) -> int:
    """Columns to fill: as asked, else those of the terminal up to what reads well, else 80."""
    return asked or min(shutil.get_terminal_size().columns, MOST_READABLE)


class Writer:
    """Puts lines on a stream; goes quiet when nobody reads any more (``| head``).

    Parameters
    ----------
    stream
        Where to; None is the standard output.
    colour
        Whether to write through rich.
    """

    def __init__(self, stream: TextIO | None = None, *, colour: bool = False) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.closed = False
        self._unicode = "utf" in (getattr(self.stream, "encoding", None) or "utf-8").lower()
        self._rich = _Coloured(self.stream) if colour else None

    def write(self, lines: Iterable[Line]) -> None:
        """Write lines, each ended by a newline."""
        if self._rich is not None:
            self.write_text(self._rich.render(lines))
        else:
            self.write_text("".join(f"{inert(plain(line))}\n" for line in lines))

    def write_text(self, text: str) -> None:
        """Write text as it is, save for what the encoding cannot hold."""
        self._put(text if self._unicode else to_ascii(text))

    def write_json(self, text: str) -> None:
        """Write a document for programs: always UTF-8, whatever the encoding of the terminal."""
        buffer = getattr(self.stream, "buffer", None)
        if buffer is None:
            self._put(text)
            return
        self._put("")
        self._put(text.encode(), buffer)

    def _put(self, text: str | bytes, stream: Any = None) -> None:
        stream = stream or self.stream
        if self.closed:
            return
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            self.closed = True
            hush(self.stream)


def hush(stream: TextIO) -> None:
    """Send a stream whose reader is gone to nowhere, so that flushing it at exit is quiet."""
    try:
        handle = stream.fileno()
    except io.UnsupportedOperation:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handle)
    os.close(nowhere)


class _Coloured:
    """Lines as text with terminal codes, made by rich."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        del stream
        self._buffer = io.StringIO()
        # The terminal's own sixteen colours: they fit its theme. Codes and names are never
        # interpreted: no markup, no emoji, no highlighting.
        self._console: Console = Console(
            file=self._buffer,
            force_terminal=True,
            color_system="standard",
            legacy_windows=False,
            no_color=False,
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._styles: dict[str, Style] = {}

    def render(self, lines: Iterable[Line]) -> str:
        from rich.text import Text

        for line in lines:
            text = Text(end="\n")
            for part in line:
                text.append(part.text, self._style(part.style))
            text.rstrip()
            self._console.print(text, soft_wrap=True)
        shown = "\n".join(map(inert, self._buffer.getvalue().split("\n")))
        self._buffer.seek(0)
        self._buffer.truncate()
        return shown

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = rich_style(name)
        return self._styles[name]


def rich_style(name: str) -> Style:
    """Return what the name of a style means to Rich."""
    from rich.style import Style

    if name.startswith(LINK):
        return Style(bold=True, link=name.removeprefix(LINK))
    return Style.parse(STYLES.get(name, ""))
