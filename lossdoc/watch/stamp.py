"""What a poll sees of a log: which files, and how large."""

from __future__ import annotations

import os
from typing import NamedTuple


class Stamp(NamedTuple):
    """State of a log on disk; two equal ones mean that nothing was written.

    Parameters
    ----------
    files
        Path -> device and inode; one entry for a file, many for a folder that is one log.
    size
        Bytes in all of them.
    changed
        Time of the last change, nanoseconds of the file server's clock.
    """

    files: dict[str, tuple[int, int]]
    size: int
    changed: int

    def replaced(self, before: Stamp) -> bool:
        """Whether a file of an earlier state is another one now, or gone."""
        return any(self.files.get(path) != identity for path, identity in before.files.items())


def stamp_of(path: str) -> Stamp | None:
    """Look at a log; None where it is not there, or cannot be looked at.

    Polling works on every file system; network ones tell nobody what changed.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - a poll of thousands of logs
        found = _inside(path) if os.path.isdir(path) else {path: status}  # noqa: PTH112
    except OSError:
        return None
    return Stamp(
        {name: (entry.st_dev, entry.st_ino) for name, entry in found.items()},
        sum(entry.st_size for entry in found.values()),
        max((entry.st_mtime_ns for entry in found.values()), default=0),
    )


def _inside(folder: str) -> dict[str, os.stat_result]:
    """Files of a folder that hold its log: event files, and metrics of MLflow."""
    found = {}
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    waiting.append(entry.path)
                elif "tfevents" in entry.name or f"{os.sep}metrics{os.sep}" in entry.path:
                    found[entry.path] = entry.stat()
    return found
