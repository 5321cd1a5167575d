"""The batches of many runs: data on the device, and which samples each step takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lossdoc.errors import UsageError
from lossdoc.trainer.streams import epoch_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.tasks.base import Data


class Batch(NamedTuple):
    """Samples of all runs: inputs ``[N, batch, ...]`` and answers ``[N, batch, ...]``."""

    x: Tensor
    y: Tensor


class Harm(NamedTuple):
    """Faults of one step, one entry per run."""

    inputs: Tensor
    targets: Tensor
    permute: Tensor


class Batches:
    """Training batches and validation samples of runs of one shape.

    Parameters
    ----------
    configs, data
        One of each per run. Runs that share their ``Data`` share its memory.

    Raises
    ------
    UsageError
        A curriculum is asked for where it can have no effect.
    """

    def __init__(
        self,
        configs: Sequence[TrainConfig],
        data: Sequence[Data],
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._configs = configs
        self._data = data
        self._device = device
        self._samples = len(data[0].x)
        self._size = min(configs[0].batch_size or self._samples, self._samples)
        self.per_epoch = self._samples // self._size
        _check_curriculum(configs, data, full=self._size == self._samples)
        shared = all(one is data[0] for one in data)
        held = data[:1] if shared else data

        def stacked(arrays: Sequence[np.ndarray]) -> Tensor:
            tensor = torch.from_numpy(np.stack(arrays)).to(device)
            return tensor.to(dtype) if tensor.is_floating_point() else tensor

        n = len(configs)
        x, y = stacked([d.x for d in held]), stacked([d.y for d in held])
        self.everything = Batch(x.expand(n, *x.shape[1:]), y.expand(n, *y.shape[1:]))
        self._flat = Batch(x.flatten(0, 1), y.flatten(0, 1))
        offsets = torch.zeros(n, 1, dtype=torch.int64, device=device)
        self._offsets = (
            offsets if shared else torch.arange(n, device=device)[:, None] * self._samples
        )
        val_x, val_y = stacked([d.x_val for d in held]), stacked([d.y_val for d in held])
        self.validation = Batch(
            val_x.expand(n, *val_x.shape[1:]), val_y.expand(n, *val_y.shape[1:])
        )
        self._epoch = (-1, -1)
        self._order = offsets
        self._faults = _faults(configs, device)

    def take(self, step: int, execution: int = 0) -> Batch:
        """Return the batch of a step, from 0; the last samples of an epoch that fill none are left."""
        return self.gather(self.rows(step, execution), self.harm(step))

    def rows(self, step: int, execution: int = 0) -> Tensor:
        """Which samples a step takes: int64[N, batch], for `gather` alone."""
        if self._size == self._samples:
            return self._order
        epoch, place = divmod(step, self.per_epoch)
        if self._epoch != (epoch, execution):
            self._order = self._orders(epoch, execution)
            self._epoch = (epoch, execution)
        return self._order[place]

    def harm(self, step: int) -> Harm | None:
        """Return the faults of a step, from 0; most have none."""
        return self._faults.get(step)

    def gather(self, rows: Tensor, harm: Harm | None = None) -> Batch:
        """Return the samples of some `rows`, with faults if there are any."""
        whole = self._size == self._samples
        batch = self.everything if whole else Batch(self._flat.x[rows], self._flat.y[rows])
        return batch if harm is None else _harmed(batch, harm)

    def _orders(self, epoch: int, execution: int) -> Tensor:
        """Rows of the samples of an epoch, int64[steps, N, batch]."""
        begin = epoch * self.per_epoch
        used = self.per_epoch * self._size
        orders = np.stack(
            [
                epoch_order(config, data, epoch, begin, execution)[:used]
                for config, data in zip(self._configs, self._data, strict=True)
            ]
        )
        rows = torch.from_numpy(orders).to(self._device) + self._offsets
        return rows.view(len(orders), self.per_epoch, self._size).transpose(0, 1).contiguous()


def _check_curriculum(configs: Sequence[TrainConfig], data: Sequence[Data], *, full: bool) -> None:
    for config, samples in zip(configs, data, strict=True):
        if config.curriculum is None:
            continue
        if full:
            raise UsageError("a curriculum chooses batches: with all samples in one there is none")
        if samples.difficulty is None:
            kind = type(config.task).__name__
            raise UsageError(f"a curriculum needs to know what is easy; {kind} does not tell")


def _faults(configs: Sequence[TrainConfig], device: torch.device) -> dict[int, Harm]:
    """Faults by step, from 0."""
    n = len(configs)
    table: dict[int, tuple[list[float], list[float], list[bool]]] = {}
    for i, config in enumerate(configs):
        for fault in config.faults:
            for step in range(fault.first - 1, min(fault.last, config.steps)):
                inputs, targets, permute = table.setdefault(
                    step, ([1.0] * n, [1.0] * n, [False] * n)
                )
                inputs[i] *= fault.inputs
                targets[i] *= fault.targets
                permute[i] = permute[i] or fault.permute
    return {
        step: Harm(*(torch.tensor(column, device=device) for column in columns))
        for step, columns in table.items()
    }


def _harmed(batch: Batch, harm: Harm) -> Batch:
    """Apply faults."""
    x, y = batch
    y = torch.where(_beside(harm.permute, y), y.roll(1, dims=1), y)
    if x.is_floating_point():
        x = x * _beside(harm.inputs, x).to(x.dtype)
    if y.is_floating_point():
        y = y * _beside(harm.targets, y).to(y.dtype)
    return Batch(x, y)


def _beside(values: Tensor, samples: Tensor) -> Tensor:
    """Shape one value per run so that it broadcasts over the samples ``[N, batch, ...]``."""
    return values.view(-1, *[1] * (samples.ndim - 1))
