"""The logs that ``lossdoc reproduce`` writes while runs train."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from lossdoc.errors import UsageError
from lossdoc.trainer.log import describe, facts_of
from lossdoc.trainer.writers import metadata_path, open_writer, write_metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from lossdoc.trainer import TrainConfig
    from lossdoc.trainer.log import Row
    from lossdoc.trainer.writers import Format, Writer


@dataclass
class Logs:
    """One log per run; a file is opened when its first row comes.

    Parameters
    ----------
    scenario
        Name that is told beside the logs.
    configs, paths
        One of each per run.
    format
        Of all logs.
    checkpoint
        Where the state of the training is kept until it ends.
    keep
        Rows after which the logs that are there go on; 0 starts anew.
    pace
        Rows of a log per second, at most; None does not wait.
    """

    scenario: str
    configs: Sequence[TrainConfig]
    paths: Sequence[Path]
    format: Format
    checkpoint: Path
    keep: int = 0
    pace: float | None = None
    _writers: dict[int, Writer] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, index: int, rows: Sequence[Row]) -> None:
        """Write new rows of one run.

        Raises
        ------
        UsageError
            The file cannot be written.
        """
        if index not in self._writers:
            config = self.configs[index]
            told = {"scenario": self.scenario, "seed": config.seed, "finished": False}
            self._writers[index] = open_writer(
                self.paths[index],
                self.format,
                told | describe(config, facts_of(config)),
                keep=self.keep,
            )
        for row in rows:
            self._writers[index].write(row)
        if self.pace is not None and index == 0:  # all runs come in turn
            time.sleep(len(rows) / self.pace)

    def finish(self) -> None:
        """Note beside the logs that they are whole."""
        for path in self.paths:
            write_metadata(path, noted(path) | {"finished": True})

    def finished(self) -> bool:
        """Whether all logs are there and whole.

        Raises
        ------
        UsageError
            What stands in the place of a log is not that of the same run.
        """
        there = [path.exists() for path in self.paths]
        for path, config, is_there in zip(self.paths, self.configs, there, strict=True):
            if is_there and noted(path).get("config") != json.loads(json.dumps(config.to_dict())):
                raise UsageError(
                    f"{path} is not the log of this run with these settings",
                    hint="--force without --resume overwrites it",
                )
        return all(there) and all(noted(path).get("finished") for path in self.paths)


def noted(path: Path) -> dict[str, Any]:
    """Return what is noted beside a log; nothing where there is none."""
    try:
        found: dict[str, Any] = json.loads(metadata_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
