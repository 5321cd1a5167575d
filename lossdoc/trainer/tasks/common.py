"""What several tasks share: random numbers, constant answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DATA = 2
"""Purpose of these generators; a run's weights and order of data use 0 and 1 of the same seed."""


def generator(seed: int, *place: int) -> np.random.Generator:
    """Return the generator of the data of a seed, independent of the run's other generators."""
    return np.random.default_rng([seed, _DATA, *place])


def entropy(labels: Ints) -> float:
    """Entropy in nats of the shares of labels, int64[...].

    It is the cross-entropy on these labels of the best answer that is the same for every input.
    """
    counts = np.unique(labels, return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def variance(targets: ArrayLike) -> float:
    """Squared error of the best constant answer to float[n, outputs]: the mean of the targets."""
    return float(np.asarray(targets, dtype=np.float64).var(axis=0).mean())


def surprise(logits: Doubles) -> Doubles:
    """Cross-entropy in nats of each possible label, float64[n, classes], given log-odds.

    Parameters
    ----------
    logits
        float64[n, classes]: log-likelihoods, for equally likely classes.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    surprises: Doubles = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted
    return surprises


def relabel(labels: Ints, share: float, classes: int, rng: np.random.Generator) -> Ints:
    """Give a share of the labels, rounded to whole samples, to another class.

    Every other class is equally likely: symmetric label noise (Zhang et al. 2017).
    """
    noisy = labels.copy()
    picked = rng.choice(len(labels), size=round(share * len(labels)), replace=False)
    noisy[picked] = (labels[picked] + rng.integers(1, classes, size=len(picked))) % classes
    return noisy
