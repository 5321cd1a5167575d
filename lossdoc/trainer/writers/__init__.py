"""Logs of the trainer on disk, in the formats that training scripts write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from lossdoc.errors import UsageError
from lossdoc.trainer.writers.base import Writer, replace
from lossdoc.trainer.writers.tensorboard import TensorBoardWriter
from lossdoc.trainer.writers.text import CsvWriter, JsonLinesWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lossdoc.trainer.writers.base import Settings

__all__ = [
    "FORMATS",
    "CsvWriter",
    "Format",
    "Writer",
    "metadata_path",
    "open_writer",
    "write_metadata",
]

Format = Literal["csv", "jsonl", "tensorboard"]

FORMATS: Mapping[Format, str] = {"csv": ".csv", "jsonl": ".jsonl", "tensorboard": ""}
"""Format -> what the name of a log ends on; TensorBoard's is a folder."""

_WRITERS: Mapping[Format, Callable[[Path, Settings, int], Writer]] = {
    "csv": CsvWriter,
    "jsonl": JsonLinesWriter,
    "tensorboard": TensorBoardWriter,
}


def open_writer(
    path: Path,
    format: Format,  # noqa: A002 - as on the command line
    metadata: Mapping[str, Any],
    *,
    keep: int = 0,
) -> Writer:
    """Start the log of a run, or go on with it.

    Parameters
    ----------
    path
        File, or folder of TensorBoard. A log that stands there is overwritten.
    format
        See the writers.
    metadata
        As `lossdoc.trainer.log.describe` gives it; written beside the log (`metadata_path`). Its
        ``hyperparameters`` also stand in the log itself, but for CSV.
    keep
        Rows of the log after which it goes on; those after them, and a torn last one, are cut off.
        They are counted, not told by their steps: those of an interrupted run occur twice.

    Raises
    ------
    UsageError
        It cannot be written, or there is no log to go on with; or tensorboardX is missing.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = _WRITERS[format](path, metadata.get("hyperparameters", {}), keep)
        write_metadata(path, metadata)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot write {path}: {reason}") from error
    return writer


def write_metadata(path: Path, metadata: Mapping[str, Any]) -> None:
    """Write what belongs to a log into the file beside it; a reader finds the old or the new."""
    replace(metadata_path(path), json.dumps(metadata, indent=2) + "\n")


def metadata_path(path: Path) -> Path:
    """Where the metadata of a log stand: ``run.meta.json`` beside ``run.csv``."""
    stem = path.stem if path.suffix in FORMATS.values() else path.name
    return path.with_name(f"{stem}.meta.json")
