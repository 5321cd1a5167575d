"""Plain measures of a log, for oracles: medians and ratios, nothing that lossdoc's rules use.

All work on the training loss unless they say otherwise, and give NaN where the log has no value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.trainer.log import RunLog

    Floats = NDArray[np.float64]


def is_finite(log: RunLog) -> bool:
    """Whether every logged loss is a finite number."""
    return bool(np.isfinite(log["train_loss"]).all() and np.isfinite(validation(log)).all())


def validation(log: RunLog) -> Floats:
    """Validation losses, where they were measured."""
    return log["val_loss"][log.evaluated]


def start(log: RunLog) -> float:
    """Median of the first five losses."""
    return float(np.median(log["train_loss"][:5]))


def end(log: RunLog, share: float = 0.1) -> float:
    """Median of the last part of the run."""
    return between(log, 1.0 - share, 1.0)


def between(log: RunLog, begin: float, stop: float, name: str = "train_loss") -> float:
    """Median of a column over a stretch of the run, given in shares of its rows."""
    values = log[name]
    a, b = (round(share * len(values)) for share in (begin, stop))
    return float(np.median(values[a : max(b, a + 1)]))


def lowest(log: RunLog, window: int = 15) -> float:
    """Lowest running median over a window of rows."""
    values = log["train_loss"]
    window = min(window, len(values))
    running = np.median(np.lib.stride_tricks.sliding_window_view(values, window), axis=1)
    return float(np.nanmin(running)) if np.isfinite(running).any() else float("nan")


def val_end(log: RunLog) -> float:
    """Median of the last three validation losses."""
    return float(np.median(validation(log)[-3:]))


def val_best(log: RunLog) -> float:
    """Lowest validation loss."""
    values = validation(log)
    finite = values[np.isfinite(values)]
    return float(finite.min()) if len(finite) else float("nan")


def val_rise(log: RunLog) -> float:
    """Validation loss at the end over its lowest, 1 where it never rose."""
    return val_end(log) / val_best(log)
