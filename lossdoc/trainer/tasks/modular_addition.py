"""Addition modulo a number: networks memorise it first and understand it much later."""

from __future__ import annotations

import math

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import entropy, generator


class ModularAddition(Task, frozen=True, kw_only=True):
    """Answer (a + b) mod p: the classical case of grokking (Power et al. 2022).

    The input is a and b, each one-hot. All p² pairs are dealt by the seed: a share for training,
    the rest for validation.

    Parameters
    ----------
    modulus
        p.
    train_share
        Share of the pairs for training; the smaller, the later a network generalises. Either side
        has at least one pair.
    """

    modulus: int = 47
    train_share: float = 0.5

    def __post_init__(self) -> None:
        require(self, modulus=(2, math.inf), train_share=(0, 1))

    @property
    def problem(self) -> Problem:
        """Two one-hot numbers in, p classes out."""
        return Problem(inputs=(2 * self.modulus,), outputs=self.modulus)

    def make(self, seed: int) -> Data:
        """Return the pairs of a seed; see `Task.make`."""
        p = self.modulus
        dealt = generator(seed).permutation(p * p)
        a, b = np.divmod(dealt, p)
        x = np.hstack([np.eye(p, dtype=np.float32)[a], np.eye(p, dtype=np.float32)[b]])
        y = (a + b) % p
        n = min(max(round(self.train_share * p * p), 1), p * p - 1)
        return Data(x=x[:n], y=y[:n], x_val=x[n:], y_val=y[n:], chance=entropy(y[n:]))
