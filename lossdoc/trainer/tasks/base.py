"""What a task is: data made from a seed, and the shape of the question."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from lossdoc.trainer.plain import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

_NO_FACTS: Mapping[str, float | str] = MappingProxyType({})


class Problem(NamedTuple):
    """Shape of a question and its answer: all that a model must know of a task.

    Parameters
    ----------
    inputs
        Shape of one input: ``(d,)`` numbers, ``(channels, rows, columns)`` of an image,
        ``(time, d)`` of a sequence, or ``(time,)`` of tokens where ``vocabulary`` is set.
    outputs
        Numbers per answer: classes, or dimensions of a regression.
    loss
        ``cross_entropy`` or ``squared_error`` (mean over samples and outputs).
    per_token
        Whether every position of a sequence has an answer of its own (language model).
    vocabulary
        Number of different tokens where the inputs are tokens, otherwise 0.
    """

    inputs: tuple[int, ...]
    outputs: int
    loss: Literal["cross_entropy", "squared_error"] = "cross_entropy"
    per_token: bool = False
    vocabulary: int = 0


@dataclass(frozen=True, eq=False)
class Data:
    """Training and validation samples of one seed.

    Parameters
    ----------
    x, x_val
        float32[n, *inputs], or int64[n, time] where the inputs are tokens.
    y, y_val
        float32[n, outputs] for a regression, int64[n] for classes, int64[n, time] per token.
    chance
        Validation loss of the best answer that does not look at the input.
    measure_difficulty
        Tells the `difficulty`; None where the task has no such order.
    facts
        What else is known of these data: Bayes floor, hash of a text, condition number.
    """

    x: Floats | Ints
    y: Floats | Ints
    x_val: Floats | Ints
    y_val: Floats | Ints
    chance: float
    measure_difficulty: Callable[[], Floats] | None = None
    facts: Mapping[str, float | str] = field(default_factory=lambda: _NO_FACTS)

    @cached_property
    def difficulty(self) -> Floats | None:
        """How hard each sample is, float32[n]: larger is harder. Few runs ask, so it is made late."""
        return None if self.measure_difficulty is None else self.measure_difficulty()


class Task(Kind, frozen=True, kw_only=True):
    """One kind of task with its options. The same seed gives the same data on every machine."""

    @property
    @abstractmethod
    def problem(self) -> Problem:
        """Shape of the question, whatever the seed."""

    @abstractmethod
    def make(self, seed: int) -> Data:
        """Return the samples of a seed.

        Raises
        ------
        UsageError
            An option is out of its range, or the task needs an extra that is not installed.
        """
