"""What sound runs look like when they look like a fault: conditions for the oracles of look-alikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.scenarios import measures

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lossdoc.trainer.log import RunLog

    Oracle = Callable[[RunLog], bool]


def all_of(*oracles: Oracle) -> Oracle:
    """Whether every one of some oracles holds."""
    return lambda log: all(oracle(log) for oracle in oracles)


def plateau_first(log: RunLog) -> bool:
    """The loss stands still from a twentieth to a fifth of the run, near its start."""
    return measures.between(log, 0.05, 0.2) > 0.8 * measures.start(log)


def flat_and_high(log: RunLog) -> bool:
    """The loss hardly moves over the second half, at a third of its start and more."""
    end = measures.between(log, 0.75, 1.0)
    return end > measures.start(log) / 3.0 and measures.between(log, 0.5, 0.75) < 1.1 * end


def val_below_train(log: RunLog) -> bool:
    """The validation loss of the second half is a fifth below the training loss."""
    return _val_half(log, 1) < 0.8 * measures.between(log, 0.5, 1.0)


def val_catches_up(log: RunLog) -> bool:
    """The validation loss is far above the training loss at first, and beside it at the end."""
    early = np.searchsorted(log["step"][log.evaluated], 0.1 * len(log))
    first = measures.validation(log)[early] / measures.between(log, 0.08, 0.12)
    return bool(first > 1.5) and measures.val_end(log) < 1.4 * measures.end(log)


def understood_late(log: RunLog) -> bool:
    """The validation loss first rises, and the accuracy follows that of training much later."""
    learned = _first(log["train_acc"] > 0.95)
    understood = _first(log["val_acc"] > 0.9)
    losses = measures.validation(log)
    return understood > 4 * learned and bool(losses.max() > 1.5 * losses[0])


def repeats_every_epoch(log: RunLog) -> bool:
    """The second half has an autocorrelation above 0.5 at a distance of one epoch."""
    per_epoch = round(log["step"][0] / log["epoch"][0])
    losses = np.log(log["train_loss"][len(log) // 2 :])
    times = np.arange(len(losses))
    residual = losses - np.polyval(np.polyfit(times, losses, 1), times)
    return bool(np.corrcoef(residual[:-per_epoch], residual[per_epoch:])[0, 1] > 0.5)


def noisy_but_steady(log: RunLog) -> bool:
    """From row to row the training loss changes by half, the validation loss by a twentieth."""
    half = len(log) // 2
    evaluated = log.evaluated[half:]
    train, val = log["train_loss"][half:], log["val_loss"][half:][evaluated]
    return _jitter(train) > 0.5 and _jitter(val) < 0.05


def jumps(after: int, factor: float) -> Oracle:
    """The loss rises by a factor after a step: medians of ten rows before and after."""

    def oracle(log: RunLog) -> bool:
        before, behind = log["train_loss"][after - 10 : after], log["train_loss"][after:][:10]
        return bool(np.median(behind) > factor * np.median(before))

    return oracle


def drops(after: int, factor: float) -> Oracle:
    """The validation loss falls to a share of it after a step: medians of five evaluations."""

    def oracle(log: RunLog) -> bool:
        losses = measures.validation(log)
        place = int(np.searchsorted(log["step"][log.evaluated], after, side="right"))
        before, behind = losses[place - 5 : place], losses[place + 1 : place + 6]
        return bool(np.median(behind) < factor * np.median(before))

    return oracle


def descends_after(step: int) -> Oracle:
    """Ten rows after a step the training loss is well above its end."""

    def oracle(log: RunLog) -> bool:
        return bool(np.median(log["train_loss"][step : step + 10]) > 1.2 * measures.end(log))

    return oracle


def went_back(log: RunLog) -> bool:
    """The steps go back once."""
    return int((np.diff(log["step"]) < 0).sum()) == 1


def hump(log: RunLog) -> bool:
    """The validation loss falls, rises by a twentieth while the rate is high, and falls below."""
    losses = measures.validation(log)
    dip = losses[: len(losses) // 5].min()
    top = np.median(losses[len(losses) // 5 : 2 * len(losses) // 5])
    return bool(top > 1.05 * dip) and measures.val_end(log) < dip


def stopped_early(log: RunLog) -> bool:
    """The run ended before its time, after its best validation loss."""
    return len(log) < log.config.steps and measures.validation(log)[-1] > measures.val_best(log)


def overflows_first(log: RunLog) -> bool:
    """The first norm of the gradient is infinite, and nearly all others are finite."""
    norms = log["grad_norm"]
    return bool(np.isinf(norms[0])) and bool(np.isfinite(norms).mean() > 0.9)


def _first(holds: NDArray[np.bool_]) -> int:
    """Index of the first true entry; the length where there is none."""
    return int(holds.argmax()) if holds.any() else len(holds)


def _val_half(log: RunLog, half: int) -> float:
    """Median validation loss of the first (0) or second (1) half of the evaluations."""
    return float(np.median(np.array_split(measures.validation(log), 2)[half]))


def _jitter(losses: NDArray[np.float64]) -> float:
    """Median change from one value to the next, as a logarithm."""
    return float(np.median(np.abs(np.diff(np.log(losses)))))
