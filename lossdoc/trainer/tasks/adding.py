"""The adding problem: remember two numbers of a long sequence."""

from __future__ import annotations

import math

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import generator, variance


class Adding(Task, frozen=True, kw_only=True):
    """Add the two marked numbers of a sequence (Hochreiter and Schmidhuber 1997).

    Every element is a number from [0, 1) and a marker, 1 at one place of each half and otherwise
    0 (the variant of Le et al. 2015). The best constant answer is 1, with a squared error of 1/6.

    Parameters
    ----------
    length
        Elements of a sequence; the longer, the longer the memory that is needed.
    n_train, n_val
        Sequences.
    """

    length: int = 12
    n_train: int = 1024
    n_val: int = 512

    def __post_init__(self) -> None:
        require(self, length=(2, math.inf), n_train=(1, math.inf), n_val=(1, math.inf))

    @property
    def problem(self) -> Problem:
        """A sequence of number and marker in, one number out, squared error."""
        return Problem(inputs=(self.length, 2), outputs=1, loss="squared_error")

    def make(self, seed: int) -> Data:
        """Return the sequences of a seed; see `Task.make`."""
        rng = generator(seed)
        n, total = self.n_train, self.n_train + self.n_val
        half = self.length // 2
        rows = np.arange(total)
        x = np.zeros((total, self.length, 2), dtype=np.float32)
        x[:, :, 0] = rng.random((total, self.length))
        x[rows, rng.integers(half, size=total), 1] = 1.0
        x[rows, rng.integers(half, self.length, size=total), 1] = 1.0
        y = (x[:, :, 0] * x[:, :, 1]).sum(axis=1, keepdims=True)
        return Data(x=x[:n], y=y[:n], x_val=x[n:], y_val=y[n:], chance=variance(y[n:]))
