"""What the networks share: declared parameters, and layers as functions of them.

The layers are functions of one run's tensors that ``torch.func.vmap`` turns into a few large
kernels over all runs.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional

from lossdoc.trainer.models import inits
from lossdoc.trainer.models.base import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from lossdoc.trainer.models.base import Parameters, Shapes
    from lossdoc.trainer.models.specs import Activation, Norm

_EPS = 1e-5
"""Added to a variance before its root; the default of torch.nn."""

ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": functional.gelu,
    "square": torch.square,
    "identity": lambda x: x,
}


class Parameter(NamedTuple):
    """Shape of a parameter and how its first values are drawn."""

    shape: tuple[int, ...]
    draw: Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float32]]


class DeclaredNetwork(Network):
    """A network that lists its parameters in one place.

    Parameters
    ----------
    parameters
        By name ``layer.parameter``, in the order in which the input meets them. The head is the
        layer ``head``.
    dropout
        Share of units that dropout sets to zero.
    """

    def __init__(self, parameters: Mapping[str, Parameter], *, dropout: float = 0.0) -> None:
        self._parameters = parameters
        self._dropout = dropout
        self._shapes = {name: parameter.shape for name, parameter in parameters.items()}

    @property
    def shapes(self) -> Shapes:
        """Those of the declaration."""
        return self._shapes

    @property
    def first(self) -> str:
        """The first that was declared."""
        return next(iter(self._shapes))

    @property
    def last(self) -> str:
        """Weight of the head."""
        return "head.weight"

    @property
    def dropout(self) -> float:
        """Share of units that dropout sets to zero."""
        return self._dropout

    def init(self, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """Draw them in the order of the declaration."""
        return {name: p.draw(rng, p.shape) for name, p in self._parameters.items()}


def affine(
    name: str,
    shape: tuple[int, ...],
    draw: Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float32]],
    bias: float = 0.0,
) -> dict[str, Parameter]:
    """Declare a weight ``[out, ...]`` and its bias ``[out]``."""
    return {
        f"{name}.weight": Parameter(shape, draw),
        f"{name}.bias": Parameter(shape[:1], partial(inits.constant, value=bias)),
    }


def normalisation(name: str, width: int) -> dict[str, Parameter]:
    """Declare the scale and shift of a normalisation, 1 and 0 at first."""
    return {
        f"{name}.scale": Parameter((width,), partial(inits.constant, value=1.0)),
        f"{name}.shift": Parameter((width,), inits.constant),
    }


def linear(params: Parameters, name: str, x: Tensor) -> Tensor:
    """Affine map of the last dimension: ``x @ weight.T + bias``."""
    return functional.linear(x, params[f"{name}.weight"], params[f"{name}.bias"])


def normalise(params: Parameters, name: str, x: Tensor, kind: Norm) -> Tensor:
    """Normalise ``[batch, units, ...]``, then scale and shift each unit.

    ``batch`` takes mean and variance of each unit over the batch and all positions (Ioffe and
    Szegedy 2015), ``layer`` those of each sample over its units and positions (Ba et al. 2016).

    Batch norm uses the statistics of the batch at hand in evaluation too: there are no running
    averages, so that the answer to a sample depends on the samples beside it, and a batch of one
    sample is normalised to nothing.
    """
    if kind == "none":
        return x
    if kind == "layer":
        normal = functional.layer_norm(x, x.shape[1:])
    else:
        # Not the function of torch.nn, which refuses a batch of one sample.
        normal = torch.batch_norm(
            x, None, None, None, None, training=True, momentum=0, eps=_EPS, cudnn_enabled=True
        )
    per_unit = (-1, *[1] * (x.ndim - 2))
    scale, shift = params[f"{name}.scale"], params[f"{name}.shift"]
    return normal * scale.view(per_unit) + shift.view(per_unit)


def dead_share(hidden: Sequence[Tensor]) -> Tensor:
    """Share of ReLU units that are zero for the whole batch and at every position.

    Parameters
    ----------
    hidden
        Outputs of the ReLU layers, ``[batch, units, ...]`` each. A channel of an image is one
        unit.

    Returns
    -------
    Scalar.
    """
    dead = [h.detach().amax(dim=[i for i in range(h.ndim) if i != 1]) <= 0 for h in hidden]
    return torch.cat(dead).to(hidden[0].dtype).mean()


def not_measured(x: Tensor) -> Tensor:
    """Return NaN beside a tensor: the share of dead units where there is no ReLU."""
    return torch.full((), math.nan, dtype=x.dtype, device=x.device)
