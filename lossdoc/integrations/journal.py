"""The file of a monitor: rows that ``lossdoc analyze`` reads, and those of an earlier part of a run."""

from __future__ import annotations

import json
import logging
import math
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Row = dict[str, float]

logger = logging.getLogger("lossdoc")

_FLUSH_SECONDS = 1.0


class Journal:
    """JSONL file that rows are appended to, opened with the first of them.

    Parameters
    ----------
    path
        Its folders are made where they are missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self._flushed = 0.0

    @property
    def is_open(self) -> bool:
        """Whether rows can be written."""
        return self._file is not None

    def open(self, step: float | None, *, resume: bool) -> tuple[float | None, list[Row]]:
        """Open the file at a step; None goes on after the last row.

        Returns
        -------
        step, earlier
            Where the run begins or goes on, and with ``resume`` the rows before that.
        """
        rows = rows_of(self._path) if resume else []
        if step is None and rows:
            step = rows[-1].get("step", 0.0) + 1
        kept = [row for row in rows if step is not None and row.get("step", math.inf) < step]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a", encoding="utf-8", newline="\n")
        return step, kept

    def write(self, row: Mapping[str, float]) -> None:
        """Append a row; it reaches the disk within about a second."""
        self._file.write(json.dumps(row) + "\n")
        now = time.monotonic()
        if now - self._flushed >= _FLUSH_SECONDS:
            self._file.flush()
            self._flushed = now

    def close(self) -> None:
        """Close the file; rows may follow, which open it again."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                logger.warning("lossdoc could not finish %s: %s", self._path, error)

    def __getstate__(self) -> dict[str, Any]:
        """An open file stays behind."""
        return vars(self) | {"_file": None}


def rows_of(path: Path) -> list[dict[str, float]]:
    """Rows of an earlier part of the log; lines that are torn or foreign are passed over."""
    if not path.exists():
        return []
    rows = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and isinstance(row.get("step"), int | float):
                rows.append({k: float(v) for k, v in row.items() if isinstance(v, int | float)})
    return rows
