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
        active = []
        for name in _LAYERS:
            weight, bias = params[f"{name}.weight"], params[f"{name}.bias"]
            # Under vmap a grouped convolution: on a CPU faster than gathered patches times weights.
            before = functional.conv2d(x, weight, bias, padding=1)
            before = functional.max_pool2d(normalise(params, name, before, self._model.norm), 2)
            x = torch.relu(before)
            active.append(x)
        features = x.flatten(1)
        if masks:
            features = features * masks[0]
        return linear(params, "head", features), dead_share(active)
