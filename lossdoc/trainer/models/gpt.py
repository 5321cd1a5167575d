"""A tiny decoder-only transformer."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from lossdoc.trainer.models import inits
from lossdoc.trainer.models.layers import (
    DeclaredNetwork,
    Parameter,
    affine,
    linear,
    normalisation,
    not_measured,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from lossdoc.trainer.models.base import Parameters
    from lossdoc.trainer.models.specs import GPT
    from lossdoc.trainer.tasks.base import Problem


class Transformer(DeclaredNetwork):
    """Blocks of causal self-attention and a GELU layer four times as wide.

    As GPT-2 (Radford et al. 2019) with ``pre`` norm, which has one more normalisation before the
    head; as the first transformer (Vaswani et al. 2017) with ``post`` norm. Embedding and head are
    separate matrices. Dropout acts on the embeddings and on what each part adds to the stream. A
    problem with one answer per sequence is answered at the last position.
    """

    def __init__(self, model: GPT, problem: Problem) -> None:
        self._model, self._problem = model, problem
        self._blocks = [f"block{i}" for i in range(1, model.layers + 1)]
        super().__init__(self._declare(), dropout=model.dropout)

    def _declare(self) -> dict[str, Parameter]:
        model, problem = self._model, self._problem
        width = model.width
        draw = partial(inits.normal, std=model.std)
        declared = {
            "tokens.weight": Parameter((problem.vocabulary, width), draw),
            "positions.weight": Parameter((problem.inputs[0], width), draw),
        }
        for block in self._blocks:
            declared |= normalisation(f"{block}.attention_norm", width)
            declared |= affine(f"{block}.attention", (3 * width, width), draw)
            declared |= affine(f"{block}.projection", (width, width), draw)
            declared |= normalisation(f"{block}.mlp_norm", width)
            declared |= affine(f"{block}.mlp_in", (4 * width, width), draw)
            declared |= affine(f"{block}.mlp_out", (width, 4 * width), draw)
        if model.norm == "pre":
            declared |= normalisation("norm", width)
        return declared | affine("head", (problem.outputs, width), draw)

    def masks(self, batch: int) -> list[tuple[int, ...]]:
        """One on the embeddings and two per block, on the stream."""
        if not self.dropout:
            return []
        shape = (batch, self._problem.inputs[0], self._model.width)
        return [shape] * (1 + 2 * self._model.layers)

    def forward(
        self, params: Parameters, x: Tensor, masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Embed, block after block, answer at every position or at the last one."""
        drop = iter(masks)
        stream = functional.embedding(x, params["tokens.weight"]) + params["positions.weight"]
        stream = _dropped(stream, drop)
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        for block in self._blocks:
            stream = self._block(params, block, stream, later, drop)
        if self._model.norm == "pre":
            stream = _layer_norm(params, "norm", stream)
        if not self._problem.per_token:
            stream = stream[:, -1]
        return linear(params, "head", stream), not_measured(stream)

    def _block(
        self, params: Parameters, block: str, stream: Tensor, later: Tensor, drop: Iterator[Tensor]
    ) -> Tensor:
        """Let both parts of a block add to the stream ``[batch, time, width]``."""
        norms = f"{block}.attention_norm", f"{block}.mlp_norm"
        if self._model.norm == "pre":
            inner = _layer_norm(params, norms[0], stream)
            stream = stream + _dropped(self._attend(params, block, inner, later), drop)
            inner = _layer_norm(params, norms[1], stream)
            return stream + _dropped(_mlp(params, block, inner), drop)
        added = _dropped(self._attend(params, block, stream, later), drop)
        stream = _layer_norm(params, norms[0], stream + added)
        added = _dropped(_mlp(params, block, stream), drop)
        return _layer_norm(params, norms[1], stream + added)

    def _attend(self, params: Parameters, block: str, x: Tensor, later: Tensor) -> Tensor:
        """Self-attention; ``later`` is ``[time, time]``, true where a key is after its query.

        Written out: ``scaled_dot_product_attention`` has no fast path under ``vmap`` on a CPU.
        """
        heads = self._model.heads
        split = linear(params, f"{block}.attention", x).view(*x.shape[:2], 3, heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(-1, -2) / math.sqrt(self._model.width // heads)
        shares = torch.softmax(scores.masked_fill(later, -math.inf), dim=-1)
        return linear(params, f"{block}.projection", (shares @ value).transpose(1, 2).flatten(2))


def _mlp(params: Parameters, block: str, x: Tensor) -> Tensor:
    """Two-layer network on each position."""
    inner = functional.gelu(linear(params, f"{block}.mlp_in", x))
    return linear(params, f"{block}.mlp_out", inner)


def _layer_norm(params: Parameters, name: str, x: Tensor) -> Tensor:
    """Layer norm of each position (Ba et al. 2016)."""
    scale, shift = params[f"{name}.scale"], params[f"{name}.shift"]
    return functional.layer_norm(x, x.shape[-1:], scale, shift)


def _dropped(x: Tensor, drop: Iterator[Tensor]) -> Tensor:
    """Apply the next dropout mask, if there are any."""
    mask = next(drop, None)
    return x if mask is None else x * mask
