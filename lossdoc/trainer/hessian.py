"""Sharpness: the largest eigenvalue of the Hessian of the training loss.

Gradient descent on a quadratic diverges above a rate of 2 / λ; full-batch descent of a network
settles at that edge (Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the
Edge of Stability).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.func import grad, vmap

from lossdoc.trainer import objective
from lossdoc.trainer.batch import choose_device, prepared
from lossdoc.trainer.shapes import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.engine import Training

ITERATIONS = 60
"""Steps of the power iteration: they tell the eigenvalue to about 1 % where the next one is 5 % off."""


def sharpness(
    configs: Sequence[TrainConfig], *, device: str = "auto", chunk_size: int = 64
) -> list[float]:
    """Measure the sharpness at the first weights of each run, over its whole training data.

    Parameters
    ----------
    configs, device, chunk_size
        As in `run_batch`.
    """
    at = choose_device(device)
    found: dict[int, float] = {}
    for chunk in chunks(configs, chunk_size):
        training = prepared([configs[i] for i in chunk], at)
        found |= dict(zip(chunk, largest_eigenvalues(training).tolist(), strict=True))
    return [found[i] for i in range(len(configs))]


def largest_eigenvalues(training: Training, iterations: int = ITERATIONS) -> Tensor:
    """Largest eigenvalue by size, of each run's Hessian at its present weights: ``[N]``.

    Power iteration on products of the Hessian with a vector, which are gradients of the gradient's
    component along it (Pearlmutter 1994).
    """
    network, layout = training.network, training.layout
    problem = training.configs[0].task.problem
    x, y = training.batches.everything
    none = torch.zeros((), device=x.device)

    def loss(row: Tensor, x: Tensor, y: Tensor) -> Tensor:
        params = {name: values[0] for name, values in layout.views(row[None]).items()}
        return objective.loss(problem, network.forward(params, x, ())[0], y, none)

    def product(row: Tensor, vector: Tensor, x: Tensor, y: Tensor) -> Tensor:
        def along(at: Tensor) -> Tensor:
            component: Tensor = grad(loss)(at, x, y) @ vector
            return component

        image: Tensor = grad(along)(row)
        return image

    products = vmap(product)
    weights = training.state["weights"]
    rng = torch.Generator().manual_seed(0)
    first = torch.randn(weights.shape[1], generator=rng, dtype=weights.dtype)
    vector = first.to(weights.device).expand_as(weights)
    value = weights.new_zeros(len(weights))
    for _ in range(iterations):
        vector = vector / torch.linalg.vector_norm(vector, dim=1, keepdim=True)
        image = products(weights, vector, x, y)
        value = (vector * image).sum(dim=1)
        vector = image
    return value
