"""Launch the kernels of an update as one CUDA graph.

An update of small networks is a hundred small kernels or more, and a GPU is done with one before
the next has been launched. A graph launches them all at once, on the memory that they had when it
was recorded (Gray 2019, Getting Started with CUDA Graphs, NVIDIA developer blog). Whatever Python
decided while it was recorded stays decided: so nothing may depend on a step but through tensors.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    Function = Callable[..., Tensor]

_WORTH = 100
"""Updates from which on a graph is recorded. Recording and its check take the time of ten updates and
some memory management; on no GPU has it been measured yet from where on that pays."""

_WARM_UP = 3
"""Calls before a recording, as PyTorch's manual advises: libraries set themselves up in them."""

_TOLERANCE = 1e-3
"""Difference, as a share of the norm, that sums in another order may make in one update."""


def pays(device: torch.device, updates: int) -> bool:
    """Tell whether a job of so many updates is recorded on a device."""
    return device.type == "cuda" and updates >= _WORTH


def record(function: Function, inputs: tuple[Tensor, ...]) -> tuple[Callable[[], None], Tensor]:
    """Record the kernels that a function launches on a GPU; warming up, it is called for real.

    Returns
    -------
    launch, output
        What launches the kernels again, and the tensor in which they leave what was returned.

    Raises
    ------
    RuntimeError
        The function does what a graph cannot hold.
    """
    with torch.cuda.device(inputs[0].device):
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                function(*inputs)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            output = function(*inputs)
    return graph.replay, output


class Recorded:
    """A function that is recorded in its first call, checked in its second, then only launched.

    A graph that gives anything else than the function is not used, and a warning says so: the
    function is then called as ever.

    Parameters
    ----------
    function
        Of tensors that have the same shapes in each call; it may change ``state`` in place.
    state
        All that the function changes.
    """

    def __init__(self, function: Function, state: Mapping[str, Tensor]) -> None:
        self._function = function
        self._state = state
        self._now: Function = self._first

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Call the function, or what was recorded of it."""
        return self._now(*inputs)

    @property
    def launched(self) -> bool:
        """Whether calls launch what was recorded."""
        return self._now == self._replay

    def _first(self, *inputs: Tensor) -> Tensor:
        """Call the function, and record it from the same state."""
        before, places = self._kept(), dict(self._state)
        output = self._function(*inputs)
        after = self._kept()
        self._restore(before)
        self._inputs = tuple(tensor.clone() for tensor in inputs)
        try:
            self._launch, self._output = record(self._function, self._inputs)
        except RuntimeError as error:
            self._give_up(f"it could not be recorded: {error}")
        else:
            self._now = self._second
        if any(self._state[name] is not place for name, place in places.items()):
            self._give_up("its state moves in memory")
        self._restore(after)
        return output

    def _second(self, *inputs: Tensor) -> Tensor:
        """Call the function, and compare what the graph makes of the same state and inputs."""
        before = self._kept()
        found = self._replay(*inputs)
        replayed = self._kept()
        self._restore(before)
        output = self._function(*inputs)
        pairs = [(found, output), *((replayed[name], v) for name, v in self._state.items())]
        if all(_close(one, other) for one, other in pairs):
            self._now = self._replay
        else:
            self._give_up("it gave other numbers")
        return output

    def _replay(self, *inputs: Tensor) -> Tensor:
        """Launch what was recorded, on new inputs."""
        for own, given in zip(self._inputs, inputs, strict=True):
            own.copy_(given)
        self._launch()
        return self._output.clone()

    def _kept(self) -> dict[str, Tensor]:
        return {name: values.clone() for name, values in self._state.items()}

    def _restore(self, kept: Mapping[str, Tensor]) -> None:
        for name, values in self._state.items():
            values.copy_(kept[name])

    def _give_up(self, why: str) -> None:
        warnings.warn(
            f"updates are not run as a CUDA graph, only slower: {why}", RuntimeWarning, stacklevel=4
        )
        self._now = self._function


def _close(found: Tensor, expected: Tensor) -> bool:
    """Tell whether two tensors are the same but for rounding; NaN is like NaN."""
    found, expected = found.double(), expected.double()
    alike = (found == expected) | (found.isnan() & expected.isnan())
    gap = torch.where(alike, 0.0, found - expected).norm()
    return bool(gap <= _TOLERANCE * expected.nan_to_num(0.0, 0.0, 0.0).norm())
