"""Losses and accuracies of one run's batch, to be mapped over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from lossdoc.trainer.tasks.base import Problem


def loss(problem: Problem, output: Tensor, target: Tensor, smoothing: Tensor) -> Tensor:
    """Mean loss of a batch.

    Parameters
    ----------
    output
        ``[..., outputs]``.
    target
        ``[..., outputs]`` of a regression, int64 ``[...]`` of classes.
    smoothing
        Share of a class's target that is spread over all classes (Szegedy et al. 2016); scalar.
    """
    if problem.loss == "squared_error":
        return (output - target).square().mean()
    log_shares = torch.log_softmax(output, dim=-1)
    right = log_shares.gather(-1, target.unsqueeze(-1)).mean()
    return -(right + smoothing * (log_shares.mean() - right))


def accuracy(output: Tensor, target: Tensor) -> Tensor:
    """Share of right answers per run: output ``[N, ..., outputs]``, target ``[N, ...]``."""
    return (output.argmax(dim=-1) == target).flatten(1).float().mean(dim=1)
