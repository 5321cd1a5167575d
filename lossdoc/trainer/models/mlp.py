"""Fully connected networks: linear models, deep sigmoids, residual and normalised ones."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from lossdoc.trainer.models.inits import SCHEMES
from lossdoc.trainer.models.layers import (
    ACTIVATIONS,
    DeclaredNetwork,
    Parameter,
    affine,
    dead_share,
    linear,
    normalisation,
    normalise,
    not_measured,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.models.base import Parameters
    from lossdoc.trainer.models.specs import MLP
    from lossdoc.trainer.tasks.base import Problem


class Perceptron(DeclaredNetwork):
    """Hidden layers of one width, then the head; inputs of any shape are flattened.

    A hidden layer is: affine map, normalisation, activation, dropout, and the layer's input added
    where the network is residual and the widths agree.
    """

    def __init__(self, model: MLP, problem: Problem) -> None:
        self._model = model
        inputs = math.prod(problem.inputs)
        self._widths = [inputs, *[model.width] * model.depth]
        self._hidden = [f"hidden{i}" for i in range(1, model.depth + 1)]
        super().__init__(self._declare(problem.outputs), dropout=model.dropout)

    def _declare(self, outputs: int) -> dict[str, Parameter]:
        model, scheme = self._model, SCHEMES[self._model.init]
        declared: dict[str, Parameter] = {}
        for name, inputs in zip(self._hidden, self._widths, strict=False):
            weights = partial(scheme, gain=model.gain)
            declared |= affine(name, (model.width, inputs), weights, model.bias)
            if model.norm != "none":
                declared |= normalisation(name, model.width)
        head = partial(scheme, gain=model.last_gain)
        return declared | affine("head", (outputs, self._widths[-1]), head)

    def masks(self, batch: int) -> list[tuple[int, ...]]:
        """One per hidden layer, on its units."""
        if not self.dropout:
            return []
        return [(batch, self._model.width)] * self._model.depth

    def forward(
        self, params: Parameters, x: Tensor, masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Flatten, then layer after layer."""
        model = self._model
        x = x.flatten(1)
        active = []
        for i, name in enumerate(self._hidden):
            before = normalise(params, name, linear(params, name, x), model.norm)
            after = ACTIVATIONS[model.activation](before)
            active.append(after)
            if masks:
                after = after * masks[i]
            same_width = self._widths[i] == model.width
            x = x + after if model.residual and same_width else after
        dead = dead_share(active) if model.has_relu else not_measured(x)
        return linear(params, "head", x), dead
