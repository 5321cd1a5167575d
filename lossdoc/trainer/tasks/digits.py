"""Real handwritten digits, from scikit-learn."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import UsageError
from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import entropy, generator, relabel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

_CLASSES = 10
_N_VAL = 500
_MOST = 1297


class Digits(Task, frozen=True, kw_only=True):
    """Handwritten digits of 8 by 8 pixels (Alpaydin and Kaynak 1998), 1797 in all.

    A seed deals them anew: 500 for validation, ``n_train`` for training. All pixels are shifted and
    scaled by the mean and the standard deviation of all training pixels together: with one
    deviation per pixel the strokes that seldom reach the border would be outliers.

    Parameters
    ----------
    n_train
        Training samples, at most 1297.
    label_noise
        Share of the training labels that is replaced by another, random class. Validation labels
        are right.
    image
        Whether inputs are images ``(1, 8, 8)`` or 64 numbers.

    Notes
    -----
    Facts: ``label_noise``, as it is after rounding to whole samples. The difficulty of a sample is
    its distance to the mean of its labelled class over that to the nearest other mean: above 1 it
    lies nearer to another class, as wrongly labelled samples do.
    """

    n_train: int = _MOST
    label_noise: float = 0.0
    image: bool = False

    def __post_init__(self) -> None:
        require(self, n_train=(1, _MOST), label_noise=(0, 1))

    @property
    def problem(self) -> Problem:
        """An image or 64 numbers in, ten classes out."""
        return Problem(inputs=(1, 8, 8) if self.image else (64,), outputs=_CLASSES)

    def make(self, seed: int) -> Data:
        """Return the samples of a seed; see `Task.make`."""
        pixels, labels = _load()
        rng = generator(seed)
        dealt = rng.permutation(len(labels))
        val, train = dealt[:_N_VAL], dealt[_N_VAL : _N_VAL + self.n_train]
        x, x_val = _standardise(pixels[train], pixels[val])
        y = relabel(labels[train], self.label_noise, _CLASSES, rng)
        return Data(
            x=x.reshape(-1, *self.problem.inputs),
            y=y,
            x_val=x_val.reshape(-1, *self.problem.inputs),
            y_val=labels[val],
            chance=entropy(labels[val]),
            measure_difficulty=partial(_difficulty, x, y),
            facts={"label_noise": float((y != labels[train]).mean())},
        )


@lru_cache(maxsize=1)
def _load() -> tuple[Floats, Ints]:
    """All pixels float32[1797, 64] from 0 to 16, and labels int64[1797]."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise UsageError(
            "Digits: the data come with scikit-learn, which is not installed",
            hint="pip install 'lossdoc[trainer]'",
        ) from error
    pixels, labels = load_digits(return_X_y=True)
    return pixels.astype(np.float32), labels.astype(np.int64)


def _standardise(train: Floats, val: Floats) -> tuple[Floats, Floats]:
    """Shift and scale all pixels by one mean and one deviation, those of the training samples."""
    mean, deviation = train.mean(), train.std()
    return (train - mean) / deviation, (val - mean) / deviation


def _difficulty(x: Floats, y: Ints) -> Floats:
    """Distance to the own class's mean relative to the nearest other mean, float32[n]."""
    present = np.unique(y)
    means = np.stack([x[y == label].mean(axis=0) for label in present])
    distances = np.linalg.norm(x[:, None] - means, axis=2)
    own = present == y[:, None]
    nearest_other = np.where(own, math.inf, distances).min(axis=1)
    return np.asarray(distances[own] / nearest_other, dtype=np.float32)
