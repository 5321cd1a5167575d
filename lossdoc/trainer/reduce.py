"""Lower the rates of runs whose validation loss does not improve, for many runs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lossdoc.trainer.schedules import ReduceOnPlateau

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig

    State = dict[str, Tensor]


class ReduceState:
    """Reduce on plateau, as ``torch.optim.lr_scheduler.ReduceLROnPlateau`` does it.

    Its rows of the state are ``reduce.best`` (loss), ``reduce.bad`` (evaluations without
    improvement) and ``reduce.share`` (of the rate), each ``[N, 1]``. The share of runs with another
    schedule stays 1. PyTorch's ``eps``, below which it changes no rate, is 0 here.

    Parameters
    ----------
    configs
        At least one with a `ReduceOnPlateau`.
    weights
        ``[N, P]``: gives the device and the precision.
    state
        Gets the rows.
    """

    def __init__(self, configs: Sequence[TrainConfig], weights: Tensor, state: State) -> None:
        # Patience without end: runs with another schedule are never reduced.
        settings = [
            (s.factor, float(s.patience), s.threshold, s.min_share)
            if isinstance(s := config.schedule, ReduceOnPlateau)
            else (1.0, torch.inf, 0.0, 1.0)
            for config in configs
        ]
        table = torch.tensor(settings, dtype=torch.float64).to(weights)[:, :, None]
        self._factor, self._patience, self._threshold, self._min_share = table.unbind(dim=1)
        state["reduce.best"] = torch.full_like(self._factor, torch.inf)
        state["reduce.bad"] = torch.zeros_like(self._factor)
        state["reduce.share"] = torch.ones_like(self._factor)

    def __call__(self, val_losses: Tensor, state: State) -> None:
        """Take note of an evaluation: losses ``[N, 1]``; NaN is no improvement."""
        best, bad, share = (state[f"reduce.{name}"] for name in ("best", "bad", "share"))
        better = val_losses < best * (1.0 - self._threshold)
        best.copy_(torch.where(better, val_losses, best))
        bad.add_(1.0).masked_fill_(better, 0.0)
        late = bad > self._patience
        bad.masked_fill_(late, 0.0)
        lower = torch.maximum(share * self._factor, self._min_share)
        share.copy_(torch.where(late, lower, share))

    def share(self, state: State) -> Tensor:
        """Return the share of the scheduled rate that each run uses now, ``[N, 1]``."""
        return state["reduce.share"]
