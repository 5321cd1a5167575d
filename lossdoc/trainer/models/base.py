"""What a network is to the engine: parameters by name, and a function of them.

A network knows one run. The engine maps it over many with ``torch.func``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Shapes = Mapping[str, tuple[int, ...]]
    Parameters = Mapping[str, Tensor]


class Network(ABC):
    """A model for one problem; pure functions of its parameters.

    Everything in ``forward`` must pass ``torch.func.vmap`` and ``grad``: no ``.item()``, no branch
    on a value, no random numbers, no buffers that are written.
    """

    @property
    @abstractmethod
    def shapes(self) -> Shapes:
        """Shape of each parameter, in the order in which the input meets them."""

    @property
    @abstractmethod
    def first(self) -> str:
        """Name of the weight nearest to the input."""

    @property
    @abstractmethod
    def last(self) -> str:
        """Name of the weight that makes the answer (the head)."""

    @abstractmethod
    def init(self, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """Draw the parameters of one run; keys and shapes as in ``shapes``.

        NumPy's generator gives the same numbers on every device.
        """

    def masks(self, batch: int) -> Sequence[tuple[int, ...]]:
        """Shapes of the dropout masks of one run and one batch; none without dropout."""
        del batch
        return ()

    @property
    def dropout(self) -> float:
        """Share of units that dropout sets to zero."""
        return 0.0

    @abstractmethod
    def forward(
        self, params: Parameters, x: Tensor, masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Answer a batch.

        Parameters
        ----------
        params
            Tensors by name, of the shapes in ``shapes``.
        x
            ``[batch, *inputs]``.
        masks
            Factors for the units (0, or 1 / (1 - p)), of the shapes in ``masks``; empty when the
            network is evaluated: no dropout then.

        Returns
        -------
        output
            ``[batch, outputs]``, or ``[batch, time, outputs]`` per token.
        dead
            Scalar: share of hidden ReLU units that are zero for the whole batch; NaN where there
            is no ReLU.
        """
