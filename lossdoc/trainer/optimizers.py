"""The five update rules of ``torch.optim`` that training logs are made with, for many runs at once.

``torch.optim`` takes one rate for all rows of a tensor. Here every hyper-parameter is a column
``[N, 1]``: run n has its own. The rules are those of PyTorch 2, written with element-wise kernels
that change the weights in place; nothing is read back from the device, and no row depends on
another. Where PyTorch leaves an infinite weight, it may be NaN here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig

    State = Mapping[str, Tensor]

Name = Literal["sgd", "adagrad", "rmsprop", "adam", "adamw"]


class Hyper(NamedTuple):
    """Hyper-parameters of N runs beside the rate, each ``[N, 1]``; a rule takes what it uses.

    Parameters
    ----------
    nesterov
        0 or 1.
    rest1, rest2
        1 - beta1 and 1 - beta2: near 1, the difference in single precision would have lost half
        of its digits.
    """

    momentum: Tensor
    beta1: Tensor
    beta2: Tensor
    eps: Tensor
    weight_decay: Tensor
    nesterov: Tensor
    rest1: Tensor
    rest2: Tensor


def hyper(configs: Sequence[TrainConfig], like: Tensor) -> Hyper:
    """Return the hyper-parameters of some runs, with the device and the precision of a tensor."""
    settings = ("momentum", "beta1", "beta2", "eps", "weight_decay", "nesterov")
    rows = [
        [*(float(getattr(c, name)) for name in settings), 1.0 - c.beta1, 1.0 - c.beta2]
        for c in configs
    ]
    table = torch.tensor(rows, dtype=torch.float64)
    return Hyper(*table.to(like)[:, :, None].unbind(dim=1))


def state(kind: Name, weights: Tensor) -> dict[str, Tensor]:
    """Return what a rule remembers between updates, before the first one.

    Parameters
    ----------
    weights
        ``[N, P]``.

    Returns
    -------
    Zeros by name: ``[N, P]``, and the number of updates ``steps`` as ``[N, 1]`` floats.
    """
    slots = {name: torch.zeros_like(weights) for name in _SLOTS[kind]}
    if kind in ("adam", "adamw"):
        slots["steps"] = weights.new_zeros(len(weights), 1)
    return slots


def update(  # noqa: PLR0917 - the six nouns of an update
    kind: Name, weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper
) -> None:
    """Make one update: ``weights`` and ``state`` change in place.

    Parameters
    ----------
    weights, grads
        ``[N, P]``.
    state
        What `state` returned, and earlier updates changed.
    rate
        Learning rates ``[N, 1]``.
    """
    _RULES[kind](weights, grads, state, rate, hyper)


def _sgd(weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper) -> None:
    """Stochastic gradient descent with momentum (Polyak 1964; Sutskever et al. 2013).

    b = momentum * b + g; w -= rate * b, or with Nesterov w -= rate * (g + momentum * b).
    """
    grads = _decayed(weights, grads, hyper)
    momentum = state["momentum"].mul_(hyper.momentum).add_(grads)
    # One sum for both forms: choosing between two tensors takes several times as long.
    share = 1.0 - hyper.nesterov * (1.0 - hyper.momentum)
    weights.addcmul_(momentum, -rate * share).addcmul_(grads, -rate * hyper.nesterov)


def _adagrad(weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper) -> None:
    """Divide by the root of the sum of all squares (Duchi et al. 2011)."""
    grads = _decayed(weights, grads, hyper)
    squares = state["squares"].addcmul_(grads, grads)
    weights.addcdiv_(grads * -rate, squares.sqrt().add_(hyper.eps))


def _rmsprop(weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper) -> None:
    """Divide by the root of the mean square (Tieleman and Hinton 2012); ``beta2`` is its decay."""
    grads = _decayed(weights, grads, hyper)
    squares = _mean_square(state["squares"], grads, hyper)
    weights.addcdiv_(grads * -rate, squares.sqrt().add_(hyper.eps))


def _adam(weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper) -> None:
    """Adam (Kingma and Ba 2015) with weight decay as part of the gradient."""
    _moments(weights, _decayed(weights, grads, hyper), state, rate, hyper)


def _adamw(weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper) -> None:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""
    weights.mul_(1.0 - rate * hyper.weight_decay)
    _moments(weights, grads, state, rate, hyper)


def _moments(weights: Tensor, grads: Tensor, state: State, rate: Tensor, hyper: Hyper) -> None:
    """Divide the mean of the gradients by the root of their mean square, both without bias."""
    steps = state["steps"].add_(1.0)
    mean = state["mean"].lerp_(grads, hyper.rest1)
    squares = _mean_square(state["squares"], grads, hyper)
    rate = rate / _unbiased(hyper.rest1, steps)
    scale = _unbiased(hyper.rest2, steps).rsqrt()
    weights.addcdiv_(mean * -rate, torch.addcmul(hyper.eps, squares.sqrt(), scale))


def _decayed(weights: Tensor, grads: Tensor, hyper: Hyper) -> Tensor:
    """Return the gradients with that of half the squared norm, the L2 form of weight decay."""
    return torch.addcmul(grads, weights, hyper.weight_decay)


def _mean_square(squares: Tensor, grads: Tensor, hyper: Hyper) -> Tensor:
    """Follow the mean square, in place.

    Not by ``lerp_``, which makes NaN of a square that overflowed: as in PyTorch it stays infinite,
    and the weight does not move any more.
    """
    return squares.mul_(hyper.beta2).addcmul_(grads, grads * hyper.rest2)


def _unbiased(rest: Tensor, steps: Tensor) -> Tensor:
    """1 - beta ** steps, to full precision where beta is near 1."""
    return torch.expm1(steps * torch.log1p(-rest)).neg_()


_SLOTS: Mapping[Name, tuple[str, ...]] = {
    "sgd": ("momentum",),
    "adagrad": ("squares",),
    "rmsprop": ("squares",),
    "adam": ("mean", "squares"),
    "adamw": ("mean", "squares"),
}

_RULES: Mapping[Name, Callable[[Tensor, Tensor, State, Tensor, Hyper], None]] = {
    "sgd": _sgd,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adamw,
}
