"""Where a finding is shown: at its row of the log, or at the configuration that caused it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from lossdoc.report import schema

LINES = frozenset({"csv", "jsonl", "table", "text", "wandb"})
"""Formats whose rows are lines of the file."""

_PACKED = (".gz", ".zst")
"""Endings of files whose lines nobody sees without unpacking them."""

_STDIN = "-"
_MOST_LINES = 2**31


class Place(NamedTuple):
    """A file, and a line of it where there is one.

    Parameters
    ----------
    path
        From the root of the repository, or absolute outside it; with forward slashes.
    line
        From 1.
    inside
        Whether the file lies in the repository.
    """

    path: str
    line: int | None = None
    inside: bool = True

    @property
    def uri(self) -> str:
        """The path as a URI: relative to the repository, or ``file:``."""
        # A colon becomes %3A, lest "run:1.csv" be read as one with a scheme.
        return quote(self.path) if self.inside else Path(self.path).as_uri()


class Places(NamedTuple):
    """Finds the place of a finding.

    Parameters
    ----------
    root
        Folder that paths are told from.
    anchor
        Where all findings are shown instead of their logs.
    """

    root: Path
    anchor: Place | None = None

    def file(self, path: str, line: int | None = None) -> Place:
        """Place of a file that is named as seen from the working folder."""
        if path == _STDIN:
            return Place(path, line)
        # A link inside the repository goes by its own name, so it is not resolved at once.
        full = Path(path).absolute()
        straight = Path(os.path.normpath(full))
        # No file has a zero byte in its name, but a log may say that its name does.
        for found in (straight, straight if "\0" in path else Path(os.path.realpath(full))):
            if found.is_relative_to(self.root):
                return Place(found.relative_to(self.root).as_posix(), line)
        return Place(straight.as_posix(), line, inside=False)

    def log(self, run: schema.Run, row: int | None = None) -> Place:
        """Place in the log of a run; rows that are no lines of the file are left out."""
        lines = run.format in LINES and not run.path.lower().endswith(_PACKED)
        return self.file(run.path, row if lines else None)

    def of(self, run: schema.Run, row: int | None = None) -> Place:
        """Return the anchor, or the place in the log where there is none."""
        return self.anchor or self.log(run, row)


def anchored(places: Places, anchor: str) -> Places:
    """Return the places with an anchor, named as ``FILE`` or ``FILE:LINE``; as they are if empty.

    Raises
    ------
    UsageError
        There is no such file, or no such line of it is possible.
    """
    if not anchor:
        return places
    name, colon, number = anchor.rpartition(":")
    path, line = (name, number) if colon and number.isdecimal() else (anchor, "")
    if not Path(path).is_file():
        raise UsageError(f"--anchor {anchor}: no file {path}", hint="--anchor train.py:12")
    if line and not 0 < int(line) < _MOST_LINES:
        raise UsageError(f"--anchor {anchor}: lines are counted from 1")
    return places._replace(anchor=places.file(path, int(line) if line else None))


def repository(start: Path) -> Path:
    """Root of the repository around a folder; the folder itself where there is none."""
    start = start.absolute()
    return next((f for f in (start, *start.parents) if (f / ".git").exists()), start)
