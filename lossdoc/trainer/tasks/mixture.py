"""Gaussian classes that overlap: the smallest possible loss is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import entropy, generator, surprise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]


class Mixture(Task, frozen=True, kw_only=True):
    """Tell equally likely Gaussians apart, of unit covariance and random means.

    Parameters
    ----------
    classes, dimensions
        Number of Gaussians, and of inputs.
    spread
        Root mean square of the coordinates of the means, whose centre is 0; the smaller, the more
        the classes overlap. 0.7 gives a Bayes floor of 0.37 to 0.49 nats, depending on the seed.
    n_train, n_val
        Samples.

    Notes
    -----
    Facts, of the true posterior on the validation samples: ``bayes_floor``, its cross-entropy in
    nats, which no model beats but by chance; ``bayes_accuracy``. The difficulty of a sample is
    the true posterior's loss on it.
    """

    classes: int = 10
    dimensions: int = 16
    spread: float = 0.7
    n_train: int = 4000
    n_val: int = 1000

    def __post_init__(self) -> None:
        require(
            self,
            classes=(2, math.inf),
            dimensions=(1, math.inf),
            spread=(0, math.inf),
            n_train=(1, math.inf),
            n_val=(1, math.inf),
        )

    @property
    def problem(self) -> Problem:
        """Numbers in, classes out."""
        return Problem(inputs=(self.dimensions,), outputs=self.classes)

    def make(self, seed: int) -> Data:
        """Return the samples of a seed; see `Task.make`."""
        rng = generator(seed)
        means = rng.standard_normal((self.classes, self.dimensions))
        means -= means.mean(axis=0)
        means *= self.spread / np.sqrt(np.square(means).mean())
        y = rng.integers(self.classes, size=self.n_train + self.n_val)
        x = means[y] + rng.standard_normal((len(y), self.dimensions))
        surprises = surprise(_log_likelihoods(x, means))
        losses = surprises[np.arange(len(y)), y]
        right = surprises.argmin(axis=1) == y
        n = self.n_train
        return Data(
            x=x[:n].astype(np.float32),
            y=y[:n],
            x_val=x[n:].astype(np.float32),
            y_val=y[n:],
            chance=entropy(y[n:]),
            measure_difficulty=lambda: losses[:n].astype(np.float32),
            facts={
                "bayes_floor": float(losses[n:].mean()),
                "bayes_accuracy": float(right[n:].mean()),
            },
        )


def _log_likelihoods(x: Doubles, means: Doubles) -> Doubles:
    """Log-density of x[n, d] in each class, up to a term of x alone, [n, classes]."""
    likelihoods: Doubles = x @ means.T - 0.5 * np.square(means).sum(axis=1)
    return likelihoods
