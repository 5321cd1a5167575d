"""Linear regression whose Hessian has a known spectrum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import generator, variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]

_LARGEST = 2.0


class LeastSquares(Task, frozen=True, kw_only=True):
    """Linear regression with an exact condition number.

    The loss is the mean over samples of (f(x) - y)², without a factor 1/2. The Hessian of a linear
    model's training loss is 2 XᵀX / n: its eigenvalues are spaced geometrically from 2 down to
    2 / ``condition``, exact up to the rounding of X to float32. The inputs have mean 0, so that a
    bias is decoupled from the weights and has eigenvalue 2 too. Full-batch gradient descent is
    stable below a rate of 1, and with momentum β below 1 + β.

    Every direction of the spectrum holds the same share of the signal, whose variance is 1: from
    zero weights, without noise, the training loss after t steps of rate η is the mean of
    (1 - ηλ)²ᵗ over the eigenvalues λ.

    Parameters
    ----------
    dimensions
        Inputs.
    condition
        Largest over smallest eigenvalue of the Hessian.
    noise
        Standard deviation of Gaussian noise on the targets.
    n_train, n_val
        Samples. Validation inputs are Gaussian with the covariance of the training inputs.

    Notes
    -----
    Facts: ``condition``, ``largest_eigenvalue``, and ``loss_floor``, the smallest training loss of
    a linear model with bias.
    """

    dimensions: int = 20
    condition: float = 100.0
    noise: float = 0.1
    n_train: int = 512
    n_val: int = 512

    def __post_init__(self) -> None:
        require(
            self,
            dimensions=(2, math.inf),
            condition=(1, 1e6),  # float32 inputs hold no more
            noise=(0, math.inf),
            n_train=(self.dimensions + 1, math.inf),
            n_val=(1, math.inf),
        )

    @property
    def problem(self) -> Problem:
        """Numbers in, one number out, squared error."""
        return Problem(inputs=(self.dimensions,), outputs=1, loss="squared_error")

    def make(self, seed: int) -> Data:
        """Return the samples of a seed; see `Task.make`."""
        rng = generator(seed)
        d = self.dimensions
        eigenvalues = _LARGEST * np.geomspace(1.0, 1.0 / self.condition, d)
        scales = np.sqrt(eigenvalues / 2.0)
        centred = rng.standard_normal((self.n_train, d))
        centred -= centred.mean(axis=0)
        axes = _orthonormal(rng.standard_normal((d, d)))
        x = math.sqrt(self.n_train) * _orthonormal(centred) * scales @ axes.T
        x_val = rng.standard_normal((self.n_val, d)) * scales @ axes.T
        weights = axes @ (rng.choice([-1.0, 1.0], size=d) / scales) / math.sqrt(d)
        y = (x @ weights + self.noise * rng.standard_normal(self.n_train))[:, None]
        y_val = (x_val @ weights + self.noise * rng.standard_normal(self.n_val))[:, None]
        return Data(
            x=x.astype(np.float32),
            y=y.astype(np.float32),
            x_val=x_val.astype(np.float32),
            y_val=y_val.astype(np.float32),
            chance=variance(y_val),
            facts={
                "condition": self.condition,
                "largest_eigenvalue": _LARGEST,
                "loss_floor": _smallest_loss(x, y),
            },
        )


def _orthonormal(columns: Doubles) -> Doubles:
    """Orthonormal basis of the span of the columns, the same with every LAPACK.

    The diagonal of R is made positive: QR is unique then, and Gaussian columns give a uniformly
    distributed rotation (Mezzadri 2007).
    """
    q, r = np.linalg.qr(columns)
    signs: Doubles = np.sign(np.diag(r))
    return q * signs


def _smallest_loss(x: Doubles, y: Doubles) -> float:
    """Mean squared residual of the best linear model with bias."""
    design = np.hstack([np.ones((len(x), 1)), x])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    return float(np.square(y - design @ best).mean())
