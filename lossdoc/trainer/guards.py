"""What keeps training stable, for many runs at once: each guard has its own rows of the state.

A guard works on tensors with one row per run and never asks for a value: no branch depends on one,
so that a device is never waited for. ``hold`` is a column of booleans: the runs whose weights
must not change in this step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lossdoc.trainer.reduce import ReduceState
from lossdoc.trainer.schedules import ReduceOnPlateau

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from lossdoc.trainer.config import TrainConfig

    State = dict[str, Tensor]

_SMOOTHING = 0.9
"""Decay of the running mean of the loss that a spike is measured against."""


def column(values: Sequence[float], like: Tensor) -> Tensor:
    """Return numbers, one per run, as a column [N, 1] beside a tensor."""
    return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None]


def clip(grads: Tensor, limits: Tensor) -> tuple[Tensor, Tensor]:
    """Scale gradients down to a norm, in place (as ``torch.nn.utils.clip_grad_norm_``).

    Parameters
    ----------
    grads
        ``[N, P]``.
    limits
        ``[N, 1]``; infinity does not clip.

    Returns
    -------
    norms, coefficients
        Both ``[N, 1]``: the norm before clipping and the factor that was applied.
    """
    norms = torch.linalg.vector_norm(grads, dim=1, keepdim=True)
    # A norm may overflow: infinity / infinity must not spoil a run that does not clip.
    coefficients = (limits / (norms + 1e-6)).clamp_(max=1.0).masked_fill_(limits.isinf(), 1.0)
    grads.mul_(coefficients)
    return norms, coefficients


class LossScaler:
    """Loss scaling of mixed precision (Micikevicius et al. 2018), as GradScaler does it."""

    def __init__(self, configs: Sequence[TrainConfig], weights: Tensor, state: State) -> None:
        scales = [c.loss_scale for c in configs if c.loss_scale is not None]
        state["scale"] = column([s.initial for s in scales], weights)
        state["clean_steps"] = torch.zeros_like(state["scale"])
        self._growth = column([s.growth for s in scales], weights)
        self._interval = column([s.growth_interval for s in scales], weights)
        self._backoff = column([s.backoff for s in scales], weights)
        self._skips = column([float(s.skip) for s in scales], weights).bool()

    def __call__(self, grads: Tensor, state: State) -> tuple[Tensor, Tensor]:
        """Pass gradients through float16 and adapt the scale.

        Returns
        -------
        grads
            ``[N, P]`` with the rounding, underflow and overflow of half precision.
        hold
            ``[N, 1]``: runs that skip this step because a gradient overflowed.
        """
        scale = state["scale"]
        halved = (grads * scale).half().to(grads.dtype)
        overflow = ~torch.isfinite(halved).all(dim=1, keepdim=True)
        unscaled = halved / scale
        clean = torch.where(overflow, torch.zeros_like(scale), state["clean_steps"] + 1)
        grows = clean >= self._interval
        # Without a check for overflows the scale never comes down again.
        backs_off = overflow & self._skips
        factor = torch.where(grows, self._growth, torch.ones_like(scale))
        scale.mul_(torch.where(backs_off, self._backoff, factor))
        state["clean_steps"].copy_(torch.where(grows, torch.zeros_like(clean), clean))
        return unscaled, backs_off


class SpikeRecovery:
    """Go back to weights from before a spike and past the data that made it."""

    def __init__(self, configs: Sequence[TrainConfig], weights: Tensor, state: State) -> None:
        recoveries = [c.recovery for c in configs if c.recovery is not None]
        self._factor = column([r.factor for r in recoveries], weights)
        self._every = recoveries[0].snapshot_every
        self._kept = ("weights", *(name for name in state if name.startswith("slot.")))
        state["mean_loss"] = torch.full_like(self._factor, torch.nan)
        state["rollbacks"] = torch.zeros_like(self._factor)
        for name in self._kept:
            state[f"newer.{name}"] = state[name].clone()
            state[f"older.{name}"] = state[name].clone()

    def __call__(self, losses: Tensor, state: State) -> Tensor:
        """Restore the runs whose loss has spiked.

        Parameters
        ----------
        losses
            ``[N, 1]`` of the batch at hand.

        Returns
        -------
        hold
            ``[N, 1]``: runs that were restored; this batch is not learned.
        """
        mean = state["mean_loss"]
        spiked = (losses > self._factor * mean) | ~(torch.isfinite(losses))
        for name in self._kept:
            state[name].copy_(torch.where(spiked, state[f"older.{name}"], state[name]))
            # A second spike must not find weights from within the first one.
            newer = state[f"newer.{name}"]
            newer.copy_(torch.where(spiked, state[f"older.{name}"], newer))
        state["rollbacks"].add_(spiked)
        followed = torch.where(torch.isnan(mean), losses, torch.lerp(losses, mean, _SMOOTHING))
        mean.copy_(torch.where(spiked, mean, followed))
        return spiked

    def keep(self, step: int, state: State) -> None:
        """Take a snapshot where one is due (step from 0)."""
        if step % self._every:
            return
        for name in self._kept:
            state[f"older.{name}"].copy_(state[f"newer.{name}"])
            state[f"newer.{name}"].copy_(state[name])


class EarlyStopping:
    """Stop runs whose validation loss has not improved for a while (Prechelt 1998)."""

    def __init__(self, configs: Sequence[TrainConfig], weights: Tensor, state: State) -> None:
        patience = [c.early_stopping for c in configs if c.early_stopping is not None]
        self._patience = column(patience, weights)
        state["best_val"] = torch.full_like(self._patience, torch.inf)
        state["waited"] = torch.zeros_like(self._patience)
        state["stopped"] = torch.zeros_like(self._patience, dtype=torch.bool)
        state["best.weights"] = weights.clone()

    def __call__(self, val_losses: Tensor, state: State) -> None:
        """Take note of an evaluation: losses ``[N, 1]``."""
        better = (val_losses < state["best_val"]) & ~state["stopped"]
        state["best.weights"].copy_(torch.where(better, state["weights"], state["best.weights"]))
        state["best_val"].copy_(torch.where(better, val_losses, state["best_val"]))
        waited = state["waited"]
        waited.copy_(torch.where(better, torch.zeros_like(waited), waited + 1))
        state["stopped"].logical_or_(waited >= self._patience)


class Guards:
    """The guards that runs of one shape have in common, in the order in which they act.

    Parameters
    ----------
    configs
        Of one shape: either all or none of them use a guard.
    state
        Gets the rows of the guards.
    """

    def __init__(self, configs: Sequence[TrainConfig], state: State) -> None:
        weights = state["weights"]
        first = configs[0]
        self.scaler = LossScaler(configs, weights, state) if first.loss_scale else None
        self.recovery = SpikeRecovery(configs, weights, state) if first.recovery else None
        self.stopping = EarlyStopping(configs, weights, state) if first.early_stopping else None
        reduces = any(isinstance(c.schedule, ReduceOnPlateau) for c in configs)
        self.reduce = ReduceState(configs, weights, state) if reduces else None

    def keep(self, step: int, state: State) -> None:
        """Take what a step, from 0, must be able to go back to, before it begins."""
        if self.recovery is not None:
            self.recovery.keep(step, state)

    def before_update(
        self, grads: Tensor, losses: Tensor, state: State
    ) -> tuple[Tensor, Tensor | None]:
        """Look at gradients ``[N, P]`` and losses ``[N, 1]`` before they are used.

        Returns
        -------
        grads
            As they may be used.
        hold
            Runs that must not be updated, ``[N, 1]``; None where no guard can hold one.
        """
        holds = []
        if self.scaler is not None:
            grads, skips = self.scaler(grads, state)
            holds.append(skips)
        if self.recovery is not None:
            holds.append(self.recovery(losses, state))
        if self.stopping is not None:
            holds.append(state["stopped"])
        return grads, torch.stack(holds).any(dim=0) if holds else None

    def after_evaluation(self, losses: Tensor, state: State) -> None:
        """Take note of validation losses ``[N, 1]``."""
        if self.reduce is not None:
            self.reduce(losses, state)
        if self.stopping is not None:
            self.stopping(losses, state)
