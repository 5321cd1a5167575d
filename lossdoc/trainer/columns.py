"""Settings in which runs of one shape may differ, as tensors beside their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lossdoc.trainer import optimizers
from lossdoc.trainer.guards import column
from lossdoc.trainer.schedules import rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig


class Columns(NamedTuple):
    """One row for each run.

    Parameters
    ----------
    hyper
        Of the optimizer.
    rates
        ``[T, N, 1]``.
    limits, ema_decay
        ``[N, 1]``: largest norm of the gradient (infinity: none); decay of the averaged weights.
    smoothing
        ``[N]``: label smoothing.
    """

    hyper: optimizers.Hyper
    rates: Tensor
    limits: Tensor
    ema_decay: Tensor
    smoothing: Tensor

    @classmethod
    def of(cls, configs: Sequence[TrainConfig], weights: Tensor) -> Columns:
        """Lay out the settings on the device of the weights."""
        table = torch.from_numpy(np.stack([rates(c) for c in configs], axis=1))
        return cls(
            hyper=optimizers.hyper(configs, weights),
            rates=table.to(weights)[:, :, None],
            limits=column([c.clip_grad_norm or float("inf") for c in configs], weights),
            ema_decay=column([c.ema_decay or 0.0 for c in configs], weights),
            smoothing=column([c.label_smoothing for c in configs], weights)[:, 0],
        )
