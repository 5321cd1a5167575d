"""A log that is being written: its whole lines so far, or the newest of them."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lossdoc.errors import NoUsableMetric
from lossdoc.sources import opening
from lossdoc.sources.base import HEAD_BYTES, Source
from lossdoc.sources.loading import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lossdoc.model import Run

LINES = frozenset({"csv", "jsonl", "table", "text", "wandb"})
"""Formats whose rows are lines: what follows the last line end is still being written."""

_HEADER = 1 << 12
"""Bytes at the beginning that are read again with the newest lines: they name the columns."""

_PIECE = 1 << 16
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class Stretch(Source):
    """The lines of a plain text file from one offset to another, under the file's own beginning.

    Parameters
    ----------
    stop
        Byte offset after the last line.
    start
        Byte offset of the first line; the lines of the first 4 KiB stand before it.
    """

    stop: int = 0
    start: int = 0

    @cached_property
    def head(self) -> bytes:
        """First 64 KiB, up to the stop."""
        return opening.head(self.path, min(HEAD_BYTES, self.stop)) if self.stop else b""

    def blocks(self, size: int = 1 << 22) -> Iterator[bytes]:
        """Lines as `Source.blocks` gives them."""
        return opening.whole_lines(self._pieces(size), self.path)

    def _pieces(self, size: int) -> Iterator[bytes]:
        start = self.start if self.start > _HEADER else 0
        if start:
            beginning = self.head[:_HEADER]
            yield beginning[: beginning.rfind(b"\n") + 1].removeprefix(codecs.BOM_UTF8)
        with self.path.open("rb") as file:
            file.seek(start)
            left = self.stop - start
            while left > 0 and (piece := file.read(min(size, left))):
                left -= len(piece)
                yield piece if start else piece.removeprefix(codecs.BOM_UTF8)
                start += len(piece)


def is_plain(path: Path) -> bool:
    """Whether a file is text in UTF-8 or one of its subsets, as far as its first bytes tell."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:
        return False
    utf16 = opening.detect_encoding(start) != "utf-8"
    return not (utf16 or b"\0" in start[:64] or start.startswith(_COMPRESSED))


def lines_end(path: Path, size: int, after: int = 0) -> int:
    """Offset after the last whole line of a file; ``after`` where none has ended since.

    Parameters
    ----------
    size
        Bytes to look at.
    after
        Offset that is known to be the end of a line.
    """
    with path.open("rb") as file:
        stop = size
        while stop > after:
            begin = max(after, stop - _PIECE)
            file.seek(begin)
            piece = file.read(stop - begin)
            # Progress bars end their lines with a carriage return alone.
            end = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, len(piece) - 1)) + 1
            if end:
                return begin + end
            stop = begin
    return after


def read_lines(
    path: Path,
    display: str,
    stop: int,
    start: int = 0,
    *,
    format: str | None = None,  # noqa: A002 - as on the command line
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> list[Run]:
    """Read the whole lines of a file that is being written.

    Raises
    ------
    SourceError
        As for a whole file; also if the format is none of lines, so that it must be read whole.
    """
    source = Stretch(path, display, stop, start)
    runs = read_source(source, format, mapping, step_column)
    if runs[0].format not in LINES:
        raise NoUsableMetric(f"{display} is no log of lines")
    return runs
