"""Settings of the networks, as plain data; nothing here needs torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from lossdoc.errors import UsageError
from lossdoc.trainer.plain import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

Init = Literal["he", "xavier", "lecun", "orthogonal", "small", "large"]
Activation = Literal["relu", "tanh", "sigmoid", "gelu", "square", "identity"]
Norm = Literal["none", "layer", "batch"]

_LEAST: Mapping[str, float] = {
    "width": 1,
    "depth": 0,
    "channels": 1,
    "hidden": 1,
    "layers": 0,
    "heads": 1,
    "gain": 0,
    "last_gain": 0,
    "recurrent_gain": 0,
    "std": 0,
    "dropout": 0,
}
"""Smallest value of each setting, whichever model has it."""


class Model(Kind, frozen=True, kw_only=True):
    """Base of the networks.

    ``initial`` names the settings that only the first weights depend on: runs that differ in them
    alone are of one shape and train together. Settings out of their range raise a `UsageError`
    when the record is made.
    """

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name in _LEAST:
                self._need(
                    _LEAST[name] <= value < math.inf, f"{name} from {_LEAST[name]}, not {value}"
                )
            if name == "dropout":
                self._need(value < 1, f"dropout under 1, not {value}")

    def _need(self, ok: bool, what: str) -> None:
        """Raise a `UsageError` unless a condition holds: the model needs ``what``."""
        if not ok:
            raise UsageError(f"{type(self).__name__} needs {what}")

    @property
    def initial(self) -> tuple[str, ...]:
        """Names of the settings that matter for the initial weights alone."""
        return ()

    @property
    def has_relu(self) -> bool:
        """Whether it has hidden units that can die."""
        return False


class MLP(Model, frozen=True, kw_only=True):
    """Fully connected network; depth 0 is a linear model.

    Parameters
    ----------
    width, depth
        Units per hidden layer, number of hidden layers.
    init, gain
        Scheme of the weights; factor on the standard deviation of the hidden layers' weights.
    last_gain
        Factor on the standard deviation of the head: 0.35 lets cross-entropy start near ln(k).
    bias
        Initial bias of the hidden layers: -8 kills every ReLU, but for a ``norm`` that takes it out
        again.
    norm, residual, dropout
        Before each hidden activation; around each hidden layer of equal width; after it.
        Batch norm takes the statistics of the batch at hand, in evaluation too.
    """

    width: int = 64
    depth: int = 1
    activation: Activation = "relu"
    init: Init = "he"
    gain: float = 1.0
    last_gain: float = 0.35
    bias: float = 0.0
    norm: Norm = "none"
    residual: bool = False
    dropout: float = 0.0

    @property
    def initial(self) -> tuple[str, ...]:
        """Whatever the weights are drawn by."""
        return ("init", "gain", "last_gain", "bias")

    @property
    def has_relu(self) -> bool:
        """Where it has hidden layers with that activation."""
        return self.activation == "relu" and self.depth > 0


class CNN(Model, frozen=True, kw_only=True):
    """Two 3x3 convolutions with ReLU, each halving the image by max pooling, then the head.

    Parameters
    ----------
    channels
        Of the first convolution; the second has twice as many.
    init, gain, last_gain, bias
        As of an `MLP`, for the convolutions and the head.
    norm, dropout
        Before each ReLU; on the head's inputs. Batch norm as of an `MLP`.
    """

    channels: int = 8
    init: Init = "he"
    gain: float = 1.0
    last_gain: float = 1.0
    bias: float = 0.0
    norm: Norm = "none"
    dropout: float = 0.0

    @property
    def initial(self) -> tuple[str, ...]:
        """Whatever the weights are drawn by."""
        return ("init", "gain", "last_gain", "bias")

    @property
    def has_relu(self) -> bool:
        """Always."""
        return True


class RNN(Model, frozen=True, kw_only=True):
    """Recurrent network (tanh or GRU cell) that answers after the last element of a sequence.

    ``recurrent_gain`` is the factor on the orthogonal recurrent weights: above 1 gradients explode
    through time, below they vanish. ``last_gain`` is the factor on the head's standard deviation.
    """

    hidden: int = 24
    cell: Literal["tanh", "gru"] = "tanh"
    recurrent_gain: float = 1.0
    last_gain: float = 1.0

    @property
    def initial(self) -> tuple[str, ...]:
        """Whatever the weights are drawn by."""
        return ("recurrent_gain", "last_gain")


class GPT(Model, frozen=True, kw_only=True):
    """Tiny decoder-only transformer with learned positions.

    Parameters
    ----------
    layers, width, heads
        Blocks, dimension of the stream, attention heads per block (they share the width equally).
    norm
        ``pre``: normalised before each block part (GPT-2 on); ``post``: after the addition.
    std
        Standard deviation of the weights (GPT-2: 0.02).
    dropout
        On the embeddings, and on what each block part adds to the stream.
    """

    layers: int = 2
    width: int = 32
    heads: int = 2
    norm: Literal["pre", "post"] = "pre"
    std: float = 0.02
    dropout: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need(
            self.width % self.heads == 0,
            f"a width that its {self.heads} heads can share, not {self.width}",
        )

    @property
    def initial(self) -> tuple[str, ...]:
        """The spread of the weights."""
        return ("std",)
