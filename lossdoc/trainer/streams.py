"""Random streams of the runs: order of the data and dropout masks.

Every draw is a function of the run's seed and of the place where it is used (epoch; step, layer),
not of a state. A run therefore does not depend on its neighbours in the batch, a resumed run goes
on exactly where it stopped, and there is no generator to save.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.tasks.base import Data

WEIGHTS, ORDER = 0, 1
"""Purposes of the generators of a seed."""


def generator(seed: int, purpose: int, *place: int) -> np.random.Generator:
    """Return the generator of one purpose of one seed."""
    return np.random.default_rng([seed, purpose, *place])


def epoch_order(
    config: TrainConfig, data: Data, epoch: int, step: int, execution: int = 0
) -> NDArray[np.int64]:
    """Order in which an epoch visits the training samples, int64[n].

    Parameters
    ----------
    epoch
        From 0.
    step
        First step of the epoch: a curriculum that ends within an epoch ends after it.
    execution
        How often the job was started again: a restarted job shuffles anew, if it shuffles.
    """
    n = len(data.x)
    if config.order == "sorted":
        answers = data.y.reshape(n, -1)[:, 0]
        return np.argsort(answers, kind="stable")
    shuffle = (0, 0) if config.order == "fixed" else (epoch, execution)
    rng = generator(config.seed, ORDER, *shuffle)
    curriculum = config.curriculum
    if curriculum is None or step >= curriculum.until or data.difficulty is None:
        return rng.permutation(n)
    easy = np.argsort(data.difficulty, kind="stable")[: max(1, round(curriculum.share * n))]
    return np.resize(rng.permutation(easy), n)


def _signed(constant: int) -> int:
    """Return the lowest 64 bits as a signed number, which is what PyTorch has."""
    constant &= (1 << 64) - 1
    return constant - (1 << 64) if constant >= 1 << 63 else constant


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_MIX = (
    (30, _signed(0xBF58476D1CE4E5B9)),
    (27, _signed(0x94D049BB133111EB)),
)


def _scramble(z: Tensor) -> Tensor:
    """Mix the bits of int64 numbers (SplitMix64: Steele, Lea and Flood 2014)."""
    for shift, factor in _MIX:
        z = (z ^ ((z >> shift) & ((1 << (64 - shift)) - 1))) * factor
    return z ^ ((z >> 31) & ((1 << 33) - 1))


def uniform(seeds: Tensor, step: Tensor, layer: int, shape: Sequence[int]) -> Tensor:
    """Draw numbers in [0, 1), the same on every device.

    Parameters
    ----------
    seeds
        int64[N].
    step
        int64 scalar, on the same device.
    layer
        Which of several draws of a step.
    shape
        Of one run's draw.

    Returns
    -------
    float32[N, *shape]
    """
    start = _scramble(_scramble(seeds + _signed(_GOLDEN * (layer + 1))) + _GOLDEN * step)
    cells = torch.arange(1, math.prod(shape) + 1, device=seeds.device)
    bits = _scramble(start[:, None] + _GOLDEN * cells)
    # 24 bits fill the significand of a float32: no rounding up to 1.
    return ((bits >> 40) & 0xFFFFFF).float().mul_(2.0**-24).view(-1, *shape)


def masks(seeds: Tensor, step: Tensor, shapes: Sequence[Sequence[int]], p: float) -> list[Tensor]:
    """Dropout masks of one step: 0 with probability p, otherwise 1 / (1 - p).

    One tensor ``[N, *shape]`` per shape.
    """
    return [
        (uniform(seeds, step, layer, shape) >= p).float().div_(1.0 - p)
        for layer, shape in enumerate(shapes)
    ]
