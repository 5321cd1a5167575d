"""What a command prints, kept as a log for as long as it runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

_MOST = 1 << 30
"""Bytes kept; a training that prints more has a log elsewhere."""

_LONGEST_LINE = 1 << 20


class Spool:
    """Gathers the lines of several streams in one temporary file, without mixing them.

    Parameters
    ----------
    most
        Bytes after which nothing is kept any more.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lossdoc-guard-")
        self.path = Path(self._folder.name) / "output.log"
        self._file = self.path.open("ab", buffering=0)
        self._rest: dict[int, bytes] = {}
        self._left = most

    def add(self, stream: int, data: bytes) -> None:
        """Take bytes of a stream; whole lines are kept at once.

        Raises
        ------
        OSError
            They cannot be written, or are too many.
        """
        data = self._rest.pop(stream, b"") + data
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        if len(data) - end > _LONGEST_LINE:
            end = len(data)
        self._rest[stream] = data[end:]
        self._write(data[:end])

    def finish(self) -> None:
        """Keep lines that never ended, as far as that is possible."""
        for rest in self._rest.values():
            if rest:
                self._write(rest + b"\n")
        self._rest.clear()

    def close(self) -> None:
        """Remove it."""
        self._file.close()
        self._folder.cleanup()

    def _write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"it prints more than {_MOST >> 30} GiB")
        while data:
            data = data[self._file.write(data) :]
