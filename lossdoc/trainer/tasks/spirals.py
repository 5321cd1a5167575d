"""Two spirals in the plane: easy for a network with hidden layers, impossible for a linear one."""

from __future__ import annotations

import math

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import entropy, generator


class Spirals(Task, frozen=True, kw_only=True):
    """Two interleaved spirals, one class each (after Lang and Witbrock 1988).

    Both coordinates have a variance of about 1.

    Parameters
    ----------
    turns
        How often a spiral goes round; more is harder.
    noise
        Standard deviation of Gaussian noise on both coordinates; the arms are 1.2 / ``turns``
        apart.
    n_train, n_val
        Samples.
    """

    turns: float = 1.5
    noise: float = 0.03
    n_train: int = 1000
    n_val: int = 1000

    def __post_init__(self) -> None:
        require(
            self,
            turns=(0.1, math.inf),
            noise=(0, math.inf),
            n_train=(1, math.inf),
            n_val=(1, math.inf),
        )

    @property
    def problem(self) -> Problem:
        """Two coordinates in, two classes out."""
        return Problem(inputs=(2,), outputs=2)

    def make(self, seed: int) -> Data:
        """Return the samples of a seed; see `Task.make`."""
        rng = generator(seed)
        n = self.n_train
        y = rng.integers(2, size=n + self.n_val)
        radius = rng.uniform(0.1, 1.0, size=len(y))
        angle = 2.0 * np.pi * self.turns * radius + np.pi * y
        x = 2.4 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        x = (x + self.noise * rng.standard_normal(x.shape)).astype(np.float32)
        return Data(x=x[:n], y=y[:n], x_val=x[n:], y_val=y[n:], chance=entropy(y[n:]))
