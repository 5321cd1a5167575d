"""What a run of the trainer measured, as columns, as rows, and as a run that lossdoc judges."""

from __future__ import annotations

import dataclasses
import platform
from dataclasses import dataclass, field
from importlib import metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lossdoc import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from lossdoc.model import Run
    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.tasks.base import Data

    Row = dict[str, float | None]

MEASURED = (
    "train_loss",
    "val_loss",
    "train_acc",
    "val_acc",
    "lr",
    "grad_norm",
    "clip_coef",
    "grad_norm_first",
    "grad_norm_last",
    "update_ratio",
    "dead_frac",
    "loss_scale",
)
"""What is measured of each run at each step."""

COLUMNS = ("step", "epoch", *MEASURED, "wall_time")
"""Every column, in the order of the log; those that say nothing about a run are left out of it."""

VALIDATION = frozenset({"val_loss", "val_acc"})
"""Columns that are measured at evaluations alone."""

_NO_FACTS: Mapping[str, float | str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class RunLog:
    """Log of one run.

    Parameters
    ----------
    config
        What was run.
    columns
        Name -> float64[n], names of `COLUMNS`. NaN and infinities were measured so; in columns of
        the validation NaN also stands where nothing was measured. ``step`` counts from 1, after the
        update, and goes back where an interrupted job went on from a checkpoint; ``wall_time`` is
        in seconds; ``grad_norm`` is that before clipping.
    evaluated
        bool[n]: rows in which the validation was measured.
    facts
        What is known of the data (`facts_of`).
    """

    config: TrainConfig
    columns: Mapping[str, NDArray[np.float64]]
    evaluated: NDArray[np.bool_]
    facts: Mapping[str, float | str] = field(default_factory=lambda: _NO_FACTS)

    def __len__(self) -> int:
        return len(self.evaluated)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Column of a name, float64[n]; KeyError where the log has none."""
        return self.columns[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that this log has, in the order of `COLUMNS`."""
        return tuple(name for name in COLUMNS if name in self.columns)

    @property
    def metadata(self) -> dict[str, Any]:
        """Everything beside the numbers; see `describe`."""
        return describe(self.config, self.facts)

    def rows(self) -> Iterator[Row]:
        """One row per update; None where nothing was measured."""
        names = self.names
        cells = np.array([self.columns[name] for name in names]).T.tolist()
        for values, evaluated in zip(cells, self.evaluated.tolist(), strict=True):
            row: Row = dict(zip(names, values, strict=True))
            if not evaluated:
                row |= dict.fromkeys(VALIDATION.intersection(names))
            yield row

    def run(self) -> Run:
        """Return the run as lossdoc reads it, with the hyper-parameters of the config.

        Raises
        ------
        NoUsableMetric
            The log has no rows.
        """
        from lossdoc.api import load
        from lossdoc.sources.hyperparameters import collect

        table = {name: self._cells(name) for name in self.names}
        run = load(table)
        return dataclasses.replace(run, context=collect(hyperparameters(self.config).items()))

    def _cells(self, name: str) -> list[float | None]:
        """Column with None where nothing was measured."""
        cells: list[float | None] = self.columns[name].tolist()
        if name not in VALIDATION:
            return cells
        return [v if e else None for v, e in zip(cells, self.evaluated.tolist(), strict=True)]


def hyperparameters(config: TrainConfig) -> dict[str, float | str | None]:
    """Settings of a run under the names by which lossdoc knows them; None where not in use."""
    return {
        "learning_rate": config.lr,
        "batch_size": config.batch_size,
        "optimizer": config.optimizer,
        "momentum": config.momentum,
        "weight_decay": config.weight_decay,
        "clip_grad_norm": config.clip_grad_norm,
        "warmup_steps": config.warmup_steps,
        "total_steps": config.steps,
    }


def facts_of(config: TrainConfig, data: Data | None = None) -> dict[str, float | str]:
    """Facts of the data of a run: ``chance``, the numbers of samples, and what its task tells.

    ``chance`` is the validation loss of the best answer that does not look at the input. The data
    are made if they are not given.
    """
    if data is None:
        data = config.task.make(config.seed if config.data_seed is None else config.data_seed)
    n = len(data.x)
    batch = min(config.batch_size or n, n)
    sizes = {"n_train": n, "n_val": len(data.x_val), "steps_per_epoch": n // batch}
    return {"chance": data.chance, **sizes, **data.facts}


def describe(config: TrainConfig, facts: Mapping[str, float | str]) -> dict[str, Any]:
    """Return what one must know to make a run again, as JSON has it.

    Keys: ``hyperparameters`` (those in use), ``config`` (`TrainConfig.from_dict` reads it),
    ``data`` (the facts), ``versions``.
    """
    used = {name: value for name, value in hyperparameters(config).items() if value is not None}
    return {
        "hyperparameters": used,
        "config": config.to_dict(),
        "data": dict(facts),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of what the numbers of a run depend on; packages that are missing are left out."""
    found = {"lossdoc": __version__, "python": platform.python_version()}
    for package in ("numpy", "scikit-learn", "torch"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
