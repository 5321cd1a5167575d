"""A student network learns the answers of a random network."""

from __future__ import annotations

import math

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import generator, variance

_GAIN = 2.0
"""Standard deviation of the input of a hidden unit: high enough for tanh to saturate."""


class Teacher(Task, frozen=True, kw_only=True):
    """Regression on a random network with one hidden layer of tanh units.

    Inputs are standard normal. The teacher's answers are scaled to variance 1 over the training
    inputs, so that the best constant answer has a loss of about 1 + ``noise``².

    Parameters
    ----------
    dimensions, units
        Inputs and hidden units of the teacher.
    noise
        Standard deviation of Gaussian noise on the targets, of training and validation alike.
    n_train, n_val
        Samples.

    Notes
    -----
    Facts: ``loss_floor``, the validation loss of the teacher itself.
    """

    dimensions: int = 20
    units: int = 20
    noise: float = 0.1
    n_train: int = 1024
    n_val: int = 512

    def __post_init__(self) -> None:
        require(
            self,
            dimensions=(1, math.inf),
            units=(1, math.inf),
            noise=(0, math.inf),
            n_train=(2, math.inf),
            n_val=(1, math.inf),
        )

    @property
    def problem(self) -> Problem:
        """Numbers in, one number out, squared error."""
        return Problem(inputs=(self.dimensions,), outputs=1, loss="squared_error")

    def make(self, seed: int) -> Data:
        """Return the samples of a seed; see `Task.make`."""
        rng = generator(seed)
        n = self.n_train
        scale = _GAIN / math.sqrt(self.dimensions)
        hidden = scale * rng.standard_normal((self.dimensions, self.units))
        head = rng.standard_normal((self.units, 1))
        x = rng.standard_normal((n + self.n_val, self.dimensions))
        answers = np.tanh(x @ hidden) @ head
        answers /= answers[:n].std()
        y = answers + self.noise * rng.standard_normal(answers.shape)
        return Data(
            x=x[:n].astype(np.float32),
            y=y[:n].astype(np.float32),
            x_val=x[n:].astype(np.float32),
            y_val=y[n:].astype(np.float32),
            chance=variance(y[n:]),
            facts={"loss_floor": float(np.square(y[n:] - answers[n:]).mean())},
        )
