"""The reference trainer: makes every scenario on demand, in batches of runs.

Settings and scenarios need NumPy alone; training needs ``pip install "lossdoc[trainer]"``.

>>> from lossdoc.trainer import SCENARIOS, TrainConfig
>>> config = SCENARIOS["divergence-sgd"].config
>>> TrainConfig.from_dict(config.to_dict()) == config
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from lossdoc.trainer.batch import run_batch
    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.hessian import sharpness
    from lossdoc.trainer.log import RunLog
    from lossdoc.trainer.rate_range import RateCurve, range_test
    from lossdoc.trainer.scenarios import SCENARIOS, Scenario

__all__ = [
    "SCENARIOS",
    "RateCurve",
    "RunLog",
    "Scenario",
    "TrainConfig",
    "range_test",
    "run_batch",
    "sharpness",
]

_HOMES = {
    "SCENARIOS": "scenarios",
    "RateCurve": "rate_range",
    "RunLog": "log",
    "Scenario": "scenarios",
    "TrainConfig": "config",
    "range_test": "rate_range",
    "run_batch": "batch",
    "sharpness": "hessian",
}

EXTRA = "pip install 'lossdoc[trainer]'"
"""What installs everything that the trainer needs."""


def missing(error: ModuleNotFoundError) -> UsageError:
    """Say how to install what an import did not find.

    Raises
    ------
    ModuleNotFoundError
        It was no part of the extra: a bug, or a broken installation.
    """
    if (error.name or "").partition(".")[0] not in {"torch", "sklearn", "tensorboardX"}:
        raise error
    return UsageError(f"the reference trainer needs PyTorch and scikit-learn: {EXTRA}")


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: settings do not need torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lossdoc.trainer' has no attribute {name!r}")
    try:
        home = importlib.import_module(f"lossdoc.trainer.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return getattr(home, name)


def __dir__() -> list[str]:
    return sorted(__all__)
