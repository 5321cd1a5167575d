"""First weights, drawn by NumPy so that a seed gives the same numbers on every device.

All schemes draw from a normal distribution; the papers that drew uniformly gave the same standard
deviations. A weight is ``[out, in]``, or ``[out, in, rows, columns]`` of a convolution, whose
receptive field counts to its fans.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lossdoc.trainer.models.specs import Init

    Floats = NDArray[np.float32]
    Shape = tuple[int, ...]


class Scheme(Protocol):
    """Draws a weight of a shape; ``gain`` is a factor on its standard deviation."""

    def __call__(self, rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
        """Draw float32 of the shape."""
        ...


def fans(shape: Shape) -> tuple[int, int]:
    """Inputs that one output sums over, and outputs that one input reaches."""
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def normal(rng: np.random.Generator, shape: Shape, std: float) -> Floats:
    """Draw from a normal distribution around zero."""
    return rng.normal(0.0, std, shape).astype(np.float32)


def constant(rng: np.random.Generator, shape: Shape, value: float = 0.0) -> Floats:
    """Fill with one value; draws nothing."""
    del rng
    return np.full(shape, value, np.float32)


def he(rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
    """Standard deviation sqrt(2 / fan-in): ReLU layers keep the size of activations.

    He et al. 2015, Delving Deep into Rectifiers, equation 10.
    """
    return normal(rng, shape, gain * math.sqrt(2.0 / fans(shape)[0]))


def xavier(rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
    """Standard deviation sqrt(2 / (fan-in + fan-out)), between activations and gradients.

    Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural
    networks, equation 12.
    """
    return normal(rng, shape, gain * math.sqrt(2.0 / sum(fans(shape))))


def lecun(rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
    """Standard deviation sqrt(1 / fan-in): linear layers keep the size of activations.

    LeCun et al. 1998, Efficient BackProp, equation 16.
    """
    return normal(rng, shape, gain * math.sqrt(1.0 / fans(shape)[0]))


def orthogonal(rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
    """Orthonormal rows or columns, whichever are fewer: every singular value is the gain.

    Saxe et al. 2014, Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks.
    """
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    # Without the signs of r the matrix would not be uniform over all orthogonal ones.
    q = q * np.sign(np.diag(r))
    return (gain * (q if rows >= columns else q.T)).reshape(shape).astype(np.float32)


def small(rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
    """Standard deviation 0.001 whatever the fans: signals vanish from layer to layer."""
    return normal(rng, shape, gain * 1e-3)


def large(rng: np.random.Generator, shape: Shape, gain: float = 1.0) -> Floats:
    """Twice the standard deviation of `he`: every ReLU layer doubles signals and gradients."""
    return he(rng, shape, 2.0 * gain)


SCHEMES: Mapping[Init, Scheme] = {
    "he": he,
    "xavier": xavier,
    "lecun": lecun,
    "orthogonal": orthogonal,
    "small": small,
    "large": large,
}
