"""The weights of many runs as one matrix, and their names as views of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor


class Layout:
    """Where each parameter lies in a row of ``[N, P]``.

    One matrix lets an optimizer work on all parameters of all runs with a handful of kernels.

    Parameters
    ----------
    shapes
        Shape of each parameter of one run.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = dict(shapes)
        sizes = [math.prod(shape) for shape in self.shapes.values()]
        ends = np.cumsum(sizes).tolist()
        self.slices = {
            name: slice(end - size, end)
            for name, size, end in zip(self.shapes, sizes, ends, strict=True)
        }
        self.size = int(ends[-1])

    def views(self, matrix: Tensor) -> dict[str, Tensor]:
        """Return the parameters ``[N, *shape]`` that share the memory of ``[N, P]``."""
        return {
            name: matrix[:, self.slices[name]].view(-1, *shape)
            for name, shape in self.shapes.items()
        }

    def join(self, parts: Mapping[str, Tensor]) -> Tensor:
        """Copy tensors ``[N, *shape]`` into one ``[N, P]``."""
        return torch.cat([parts[name].flatten(1) for name in self.shapes], dim=1)

    def row(self, arrays: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Copy the parameters of one run into a row of P numbers."""
        return np.concatenate([arrays[name].ravel() for name in self.shapes])
