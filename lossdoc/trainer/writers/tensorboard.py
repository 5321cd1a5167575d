"""Logs as event files of TensorBoard.

tensorboardX makes the messages and writes the records. Its ``SummaryWriter`` is not used: that
hands events to a thread, so that nobody knows which rows are in the file when a process is killed.
"""

from __future__ import annotations

import json
import os
import socket
import time
from typing import TYPE_CHECKING, Any

from lossdoc.trainer import missing
from lossdoc.trainer.writers.base import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.trainer.log import Row
    from lossdoc.trainer.writers.base import Settings

TAGS = {
    "train_loss": "train/loss",
    "val_loss": "val/loss",
    "train_acc": "train/accuracy",
    "val_acc": "val/accuracy",
}
"""Column -> tag; others keep their names."""

_IN_EVERY_EVENT = frozenset({"step", "wall_time"})


class TensorBoardWriter(Writer):
    """A folder with one event file, and one more each time that the run goes on.

    Each cell is an event of its own, as training scripts write them; the settings are a text with
    the tag ``config``. A file that goes on tells TensorBoard to purge the steps from its first one
    on.

    Raises
    ------
    UsageError
        tensorboardX is not installed.
    """

    def __init__(self, path: Path, settings: Settings, keep: int) -> None:
        try:
            from tensorboardX.proto.event_pb2 import Event, SessionLog
            from tensorboardX.proto.summary_pb2 import Summary
            from tensorboardX.record_writer import RecordWriter
        except ModuleNotFoundError as error:
            raise missing(error) from error
        self._event, self._session, self._summary = Event, SessionLog, Summary
        path.mkdir(parents=True, exist_ok=True)
        there = list(path.glob("events.out.tfevents.*"))
        if not keep:
            for file in there:
                file.unlink()
        self._purges = bool(keep)
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}"
        self._file = RecordWriter(str(path / f"{name}.{os.getpid()}.{len(there)}"))
        self._put(Event(wall_time=time.time(), file_version="brain.Event:2"))
        if not keep:
            self._put_settings(settings)

    def write(self, row: Row) -> None:
        """Write one event per cell, in one piece."""
        now, step = time.time(), int(row["step"] or 0)
        if self._purges:
            start = self._session(status=self._session.START)
            self._put(self._event(wall_time=now, step=step, session_log=start))
            self._purges = False
        cells = [
            self._summary.Value(tag=TAGS.get(name, name), simple_value=value)
            for name, value in row.items()
            if value is not None and name not in _IN_EVERY_EVENT
        ]
        self._put(
            *(
                self._event(wall_time=now, step=step, summary=self._summary(value=[cell]))
                for cell in cells
            )
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _put_settings(self, settings: Settings) -> None:
        from tensorboardX.summary import text

        summary = text("config", json.dumps(dict(settings)))
        self._put(self._event(wall_time=time.time(), summary=summary))

    def _put(self, *events: Any) -> None:
        """Hand events to the operating system."""
        for event in events:
            self._file.write(event.SerializeToString())
        # Its own flush waits for the disk, which takes longer than a step of a small network.
        self._file._writer.flush()  # noqa: SLF001
