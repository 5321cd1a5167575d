"""Recurrent networks: a tanh cell and a gated recurrent unit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from lossdoc.trainer.models import inits
from lossdoc.trainer.models.layers import (
    DeclaredNetwork,
    Parameter,
    affine,
    linear,
    not_measured,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.models.base import Parameters
    from lossdoc.trainer.models.specs import RNN
    from lossdoc.trainer.tasks.base import Problem


class Recurrent(DeclaredNetwork):
    """A cell that reads a sequence from left to right, and a head on its last state.

    The tanh cell is Elman's (1990): ``h = tanh(input + recurrent(h))``. The gated recurrent unit is
    that of cuDNN and torch.nn (Cho et al. 2014, reset gate after the product). Both have one bias,
    at the input.
    """

    def __init__(self, model: RNN, problem: Problem) -> None:
        self._model = model
        hidden, gates = model.hidden, 3 if model.cell == "gru" else 1
        recurrent = partial(_gates, gates=gates, gain=model.recurrent_gain)
        head = partial(inits.lecun, gain=model.last_gain)
        super().__init__(
            affine("input", (gates * hidden, problem.inputs[1]), inits.lecun)
            | {"recurrent.weight": Parameter((gates * hidden, hidden), recurrent)}
            | affine("head", (problem.outputs, hidden), head)
        )

    def forward(
        self, params: Parameters, x: Tensor, masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Read the sequence element by element."""
        del masks
        cell = _gru if self._model.cell == "gru" else _tanh
        recurrent = params["recurrent.weight"].T
        state = x.new_zeros(x.shape[0], self._model.hidden)
        for element in linear(params, "input", x).unbind(1):
            state = cell(element, state, recurrent)
        return linear(params, "head", state), not_measured(x)


def _gates(
    rng: np.random.Generator, shape: tuple[int, ...], gates: int, gain: float
) -> inits.Floats:
    """Draw an orthogonal matrix for each gate."""
    square = (shape[1], shape[1])
    return np.concatenate([inits.orthogonal(rng, square, gain) for _ in range(gates)])


def _tanh(element: Tensor, state: Tensor, recurrent: Tensor) -> Tensor:
    """Next state ``[batch, hidden]``; the recurrent weight is ``[hidden, hidden]``."""
    return torch.tanh(element + state @ recurrent)


def _gru(element: Tensor, state: Tensor, recurrent: Tensor) -> Tensor:
    """Next state ``[batch, hidden]``; reset, update and new stand side by side (3 hidden)."""
    hidden = state.shape[1]
    product = state @ recurrent
    gates = torch.sigmoid(element[:, : 2 * hidden] + product[:, : 2 * hidden])
    reset, update = gates[:, :hidden], gates[:, hidden:]
    new = torch.tanh(element[:, 2 * hidden :] + reset * product[:, 2 * hidden :])
    return new + update * (state - new)
