"""Logs of scenarios, trained once and kept in a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import UsageError
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.log import RunLog
from lossdoc.trainer.survey import recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lossdoc.trainer.scenarios import Scenario

_EVALUATED, _ABOUT = "evaluated", "about"


def logs_of(
    scenario: Scenario,
    seeds: Sequence[int],
    folder: Path | None,
    device: str = "auto",
    *,
    train: bool = True,
) -> list[RunLog]:
    """Logs of a scenario, in the order of the seeds; what the folder does not hold is trained.

    Parameters
    ----------
    folder
        Holds one file per run, named by the fingerprint of the recipe and the seed, so that a recipe
        that was changed is trained again. Nothing is kept if None.
    device
        Where to train.
    train
        Whether to; without it all logs must be there.

    Raises
    ------
    UsageError
        A log is missing and must not be trained, or the device is not there.
    """
    paths = {seed: _path(folder, scenario, seed) for seed in seeds} if folder else {}
    found = {seed: _read(path) for seed, path in paths.items() if path.exists()}
    missing = [seed for seed in seeds if seed not in found]
    if missing and not train:
        raise UsageError(f"{folder} holds no log of {scenario.name}, seed {missing[0]}")
    if missing:
        from lossdoc.trainer.batch import run_batch

        trained = run_batch(scenario.configs(missing, device=device), device=device)
        for seed, log in zip(missing, trained, strict=True):
            found[seed] = log
            if paths:
                _write(paths[seed], log)
    return [found[seed] for seed in seeds]


def _path(folder: Path, scenario: Scenario, seed: int) -> Path:
    return folder / scenario.name / f"{recipe(scenario)}-{seed}.npz"


def _write(path: Path, log: RunLog) -> None:
    """Keep a log; a process that dies leaves no torn file under its name."""
    about = json.dumps(log.metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    torn = path.with_suffix(".part")
    with torn.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            **{_ABOUT: np.array(about), _EVALUATED: log.evaluated},
            **dict(log.columns),
        )
    torn.replace(path)


def _read(path: Path) -> RunLog:
    with np.load(path) as data:
        columns = {name: data[name] for name in data.files if name not in {_ABOUT, _EVALUATED}}
        about = json.loads(str(data[_ABOUT]))
        config = TrainConfig.from_dict(about["config"])
        return RunLog(config, columns, data[_EVALUATED], about["data"])
