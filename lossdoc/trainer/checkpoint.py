"""Checkpoints of runs that train together: what is needed to go on as if nothing had happened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import torch

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lossdoc.trainer.engine import Training


class Record(NamedTuple):
    """What consecutive updates measured.

    Parameters
    ----------
    first
        Index of the first update.
    values
        float64[updates, measures, N].
    times
        float64[updates]: seconds since the training began.
    """

    first: int
    values: NDArray[np.float64]
    times: NDArray[np.float64]

    @property
    def clock(self) -> float:
        """Seconds until the last update."""
        return float(self.times[-1]) if len(self.times) else 0.0

    @classmethod
    def joined(cls, records: Sequence[Self]) -> Self:
        """Return one record of several that follow each other."""
        return cls(
            records[0].first,
            np.concatenate([record.values for record in records]),
            np.concatenate([record.times for record in records]),
        )


class Saver:
    """Writes the checkpoint of some runs now and then, and reads it at the start.

    Parameters
    ----------
    path
        The file.
    every
        Updates between two checkpoints.
    resume
        Whether to start from the file, if there is one.
    """

    def __init__(self, path: Path, every: int, *, resume: bool) -> None:
        self.every = every
        self._path = path
        self._resume = resume
        self._saved = 0

    def load(self, training: Training) -> Record | None:
        """Put runs where their checkpoint left them; return what they measured until then.

        None where there is no checkpoint to go on from.

        Raises
        ------
        UsageError
            The file is no checkpoint, or one of other runs.
        """
        if not self._resume or not self._path.exists():
            return None
        content = _read(self._path, training.state["weights"].device)
        configs, state, kept = content["configs"], content["state"], content["kept"]
        record = Record(0, content["values"].cpu().numpy(), content["times"].cpu().numpy())
        if configs != _plain(training):
            raise UsageError(
                f"{self._path} is the checkpoint of other runs, or of other settings",
                hint="resume with the same command, or write to another place",
            )
        training.restore(state)
        training.checkpoint = kept
        self._saved = len(record.times)
        return record

    def offer(self, training: Training, records: Sequence[Record]) -> None:
        """Write a checkpoint if one is due; a reader finds the old file or the new one, whole."""
        done = records[-1].first + len(records[-1].times)
        finished = done == len(training.places)
        if done // self.every <= self._saved // self.every and not finished:
            return
        record = Record.joined(records)
        part = self._path.with_name(f"{self._path.name}.part")
        content = {
            "configs": _plain(training),
            "state": training.state,
            "kept": training.checkpoint,
            "values": torch.from_numpy(record.values),
            "times": torch.from_numpy(record.times),
        }
        with part.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._saved = done


def saved_updates(path: Path) -> int:
    """Updates that were made until a checkpoint; 0 where there is none.

    Raises
    ------
    UsageError
        The file is no checkpoint.
    """
    return len(_read(path, torch.device("cpu"))["times"]) if path.exists() else 0


def _read(path: Path, device: torch.device) -> dict[str, Any]:
    """Return the content of a checkpoint, with its tensors on a device."""
    try:
        content: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        return {name: content[name] for name in ("configs", "state", "kept", "values", "times")}
    except Exception as error:
        raise UsageError(
            f"{path} is no checkpoint of lossdoc: {error}", hint="remove it to start again"
        ) from error


def _plain(training: Training) -> list[dict[str, object]]:
    """Settings of the runs, as they are kept in the file."""
    return [config.to_dict() for config in training.configs]
