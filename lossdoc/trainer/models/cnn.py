"""A small convolutional network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from lossdoc.errors import UsageError
from lossdoc.trainer.models.inits import SCHEMES
from lossdoc.trainer.models.layers import (
    DeclaredNetwork,
    Parameter,
    affine,
    dead_share,
    linear,
    normalisation,
    normalise,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.models.base import Parameters
    from lossdoc.trainer.models.specs import CNN
    from lossdoc.trainer.tasks.base import Problem

_LAYERS = ("conv1", "conv2")


class ConvNet(DeclaredNetwork):
    """Two blocks of 3x3 convolution, normalisation, ReLU and 2x2 max pooling, then the head.

    The second block has twice the channels of the first. Dropout acts on the head's inputs.
    """

    def __init__(self, model: CNN, problem: Problem) -> None:
        inputs, rows, columns = problem.inputs
        if min(rows, columns) < 4:
            raise UsageError(f"CNN halves images twice, {rows}x{columns} pixels are too few")
        self._model = model
        self._channels = (inputs, model.channels, 2 * model.channels)
        self._features = self._channels[-1] * (rows // 4) * (columns // 4)
        super().__init__(self._declare(problem.outputs), dropout=model.dropout)

    def _declare(self, outputs: int) -> dict[str, Parameter]:
        model, scheme = self._model, SCHEMES[self._model.init]
        declared: dict[str, Parameter] = {}
        for name, inputs, channels in zip(
            _LAYERS, self._channels, self._channels[1:], strict=False
        ):
            weights = partial(scheme, gain=model.gain)
            declared |= affine(name, (channels, inputs, 3, 3), weights, model.bias)
            if model.norm != "none":
                declared |= normalisation(name, channels)
        head = partial(scheme, gain=model.last_gain)
        return declared | affine("head", (outputs, self._features), head)

    def masks(self, batch: int) -> list[tuple[int, ...]]:
        """One, on the inputs of the head."""
        return [(batch, self._features)] if self.dropout else []

    def forward(
        self, params: Parameters, x: Tensor, masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Both blocks, then the head."""
        # Channels stand last: a convolution is then one matrix product per run.
        x = x.movedim(1, -1)
        active = []
        for name in _LAYERS:
            before = normalise(params, name, convolve(params, name, x), self._model.norm)
            x = torch.relu(pool(before))
            active.append(x)
        features = x.flatten(1)
        if masks:
            features = features * masks[0]
        return linear(params, "head", features), dead_share(active)


def convolve(params: Parameters, name: str, x: Tensor) -> Tensor:
    """Convolve ``[batch, rows, columns, channels]`` with 3x3 kernels, zeros around the image.

    Gathers the nine neighbours of every pixel and multiplies once: under ``vmap`` a batched
    matrix product, where ``conv2d`` becomes a grouped convolution that is slower on a CPU.
    """
    rows, columns = x.shape[1:3]
    padded = functional.pad(x, (0, 0, 1, 1, 1, 1))
    neighbours = [padded[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    kernel = params[f"{name}.weight"].permute(0, 2, 3, 1).flatten(1)
    return functional.linear(torch.cat(neighbours, dim=-1), kernel, params[f"{name}.bias"])


def pool(x: Tensor) -> Tensor:
    """Take the maximum of 2x2 pixels of ``[batch, rows, columns, channels]``."""
    rows, columns = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    x = x[:, :rows, :columns]
    wide = torch.maximum(x[:, ::2], x[:, 1::2])
    return torch.maximum(wide[:, :, ::2], wide[:, :, 1::2])
