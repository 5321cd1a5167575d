"""Train runs of one shape together: one matrix of weights, one pass per step for all of them.

The networks know one run; ``torch.func.vmap`` maps them over the rows of ``[N, P]``. Whatever
differs between runs (rate, momentum, clipping ...) is a column ``[N, 1]``, or a row of a table
``[T, N, 1]``. Nothing in the loop asks the device for a value, so that a GPU is never waited for:
what is measured gathers on the device and is copied back in blocks.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.func import grad_and_value, vmap

from lossdoc.errors import UsageError
from lossdoc.trainer import objective, optimizers, streams
from lossdoc.trainer.batches import Batches
from lossdoc.trainer.checkpoint import Record
from lossdoc.trainer.columns import Columns
from lossdoc.trainer.graph import Recorded, pays
from lossdoc.trainer.guards import Guards, clip
from lossdoc.trainer.layout import Layout
from lossdoc.trainer.log import MEASURED, facts_of
from lossdoc.trainer.models import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from lossdoc.trainer.batches import Batch, Harm
    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.tasks.base import Data

MEASURES = (*MEASURED, "stopped")
"""What the engine keeps of each step; ``stopped`` is 1 in updates after a run has ended."""


class Place(NamedTuple):
    """One update of the job: the step it makes, from 0, and how often the job was restarted."""

    step: int
    execution: int


class Training:
    """Runs of one shape on one device.

    Parameters
    ----------
    configs
        Of one shape (`lossdoc.trainer.batch.shape`).
    data
        Samples of each run; runs may share them.
    graphs
        Record updates as a CUDA graph where that pays.
    """

    def __init__(
        self,
        configs: Sequence[TrainConfig],
        data: Sequence[Data],
        *,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        graphs: bool = True,
    ) -> None:
        self._graphs = graphs
        self.configs = configs
        self.facts = [facts_of(c, d) for c, d in zip(configs, data, strict=True)]
        self.places = places(configs[0])
        self._problem = configs[0].task.problem
        self.network = build(configs[0].model, self._problem)
        self.layout = Layout(self.network.shapes)
        self.batches = Batches(configs, data, device, dtype)
        self._seeds = torch.tensor([c.seed for c in configs], device=device)
        self.state = self._first_state(device, dtype)
        self._columns = Columns.of(configs, self.state["weights"])
        self._guards = Guards(configs, self.state)
        self._learn: Callable[[Tensor, Tensor, Tensor], Tensor] = self._update
        self.checkpoint: dict[str, Tensor] = {}
        self._gradient = vmap(grad_and_value(self._objective, has_aux=True))
        self._answer = vmap(lambda params, x: self.network.forward(params, x, ())[0])

    def _first_state(self, device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
        """Draw the first weights; everything that training changes has N rows in this mapping."""
        # Models of one shape may draw their weights differently.
        first = [
            build(c.model, self._problem).init(streams.generator(c.seed, streams.WEIGHTS))
            for c in self.configs
        ]
        rows = [self.layout.row(weights) for weights in first]
        weights = torch.from_numpy(np.stack(rows)).to(device, dtype)
        slots = optimizers.state(self.configs[0].optimizer, weights)
        state = {"weights": weights, **{f"slot.{name}": slot for name, slot in slots.items()}}
        if self.configs[0].ema_decay is not None:
            state["ema"] = weights.clone()
        return state

    def adopt(self, trained: Training) -> None:
        """Start from the weights of other runs of this network, but for the head."""
        own, other = self.layout.views(self.state["weights"]), trained.parameters()
        head = self.network.last.rpartition(".")[0]
        for name, values in own.items():
            if name.rpartition(".")[0] != head:
                values.copy_(other[name])
        if "ema" in self.state:
            self.state["ema"].copy_(self.state["weights"])

    def parameters(self) -> dict[str, Tensor]:
        """Return the weights by name, ``[N, *shape]``; views of the state."""
        return self.layout.views(self.state["weights"])

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a kept state."""
        for name, values in self.state.items():
            values.copy_(state[name])

    def train(
        self, begin: int = 0, block: int | None = None, clock: float = 0.0
    ) -> Iterator[Record]:
        """Make the updates from a place on, and yield what they measured.

        Parameters
        ----------
        begin
            Index into ``places``.
        block
            Updates per record; all that are left if None.
        clock
            Seconds that were spent before.
        """
        started = time.perf_counter() - clock
        if self._graphs and pays(self._seeds.device, len(self.places) - begin):
            self._learn = Recorded(self._update, self.state)
        block = block or len(self.places)
        for first in range(begin, len(self.places), block):
            stop = min(first + block, len(self.places))
            measured, times = [], []
            for i in range(first, stop):
                measured.append(self._advance(i))
                times.append(time.perf_counter() - started)
            yield Record(first, torch.stack(measured).double().cpu().numpy(), np.array(times))

    def _objective(
        self,
        params: dict[str, Tensor],
        batch: Batch,
        smoothing: Tensor,
        masks: list[Tensor],
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Loss of one run's batch, and beside it the answers and the share of dead units."""
        output, dead = self.network.forward(params, batch.x, masks)
        return objective.loss(self._problem, output, batch.y, smoothing), (output, dead)

    def _advance(self, i: int) -> Tensor:
        """Make one update; return its measures ``[measures, N]``."""
        step, execution = self.places[i]
        self._interrupt(i)
        self._guards.keep(step, self.state)
        at = torch.full((), step, dtype=torch.int64, device=self._seeds.device)
        rate, rows = self._columns.rates[step], self.batches.rows(step, execution)
        harm = self.batches.harm(step)
        if harm is None:
            measured = self._learn(at, rate, rows)
        else:
            measured = self._update(at, rate, rows, harm)
        if self.configs[0].evaluates(step + 1):
            for name, values in self._evaluate().items():
                measured[MEASURES.index(name)] = values
        return measured

    def _update(self, at: Tensor, rate: Tensor, rows: Tensor, harm: Harm | None = None) -> Tensor:
        """Change the state by the gradients of some samples; return the measures ``[measures, N]``.

        All that is different from one update to the next is in the arguments and in the state, so
        that the kernels of one update are those of any other.

        Parameters
        ----------
        at
            The step, from 0: int64 scalar.
        rate
            Scheduled learning rates ``[N, 1]``.
        rows
            The samples, as `Batches.rows` tells them.
        """
        batch = self.batches.gather(rows, harm)
        grads, (losses, (output, dead)) = self._gradient(
            self.parameters(), batch, self._columns.smoothing, self._masks(at, batch)
        )
        measured = {
            "train_loss": losses,
            "dead_frac": dead,
            "grad_norm_first": _norms(grads[self.network.first]),
            "grad_norm_last": _norms(grads[self.network.last]),
        }
        if self._problem.loss == "cross_entropy":
            measured["train_acc"] = objective.accuracy(output, batch.y)
        measured |= self._descend(rate, self.layout.join(grads), losses[:, None])
        missing = torch.full_like(losses, torch.nan)
        return torch.stack([measured.get(name, missing) for name in MEASURES])

    def _masks(self, at: Tensor, batch: Batch) -> list[Tensor]:
        """Draw the dropout masks of a step, if there are any."""
        shapes = self.network.masks(batch.x.shape[1])
        return streams.masks(self._seeds, at, shapes, self.network.dropout) if shapes else []

    def _descend(self, rate: Tensor, grads: Tensor, losses: Tensor) -> dict[str, Tensor]:
        """Change the weights by gradients ``[N, P]``, past the guards; return what was seen."""
        state, guards = self.state, self._guards
        weights = state["weights"]
        measured = {}
        if guards.scaler is not None:
            measured["loss_scale"] = state["scale"][:, 0].clone()
        if guards.stopping is not None:
            measured["stopped"] = state["stopped"][:, 0].to(grads.dtype)
        grads, hold = guards.before_update(grads, losses, state)
        norms, coefficients = clip(grads, self._columns.limits)
        if guards.reduce is not None:
            rate = rate * guards.reduce.share(state)
        before = weights.clone()
        slots = {name.removeprefix("slot."): v for name, v in state.items() if name[:5] == "slot."}
        kept = {name: slot.clone() for name, slot in slots.items()} if hold is not None else {}
        optimizers.update(
            self.configs[0].optimizer, weights, grads, slots, rate, self._columns.hyper
        )
        if hold is not None:
            weights.copy_(torch.where(hold, before, weights))
            for name, slot in kept.items():
                slots[name].copy_(torch.where(hold, slot, slots[name]))
        if "ema" in state:
            state["ema"].lerp_(weights, 1.0 - self._columns.ema_decay)
        change = _norms(weights - before) / _norms(before)
        return measured | {
            "lr": rate[:, 0],
            "grad_norm": norms[:, 0],
            "clip_coef": coefficients[:, 0],
            "update_ratio": change,
        }

    def _evaluate(self) -> dict[str, Tensor]:
        """Measure the validation samples, and tell the guards."""
        batch, state = self.batches.validation, self.state
        with torch.no_grad():
            output = self._answer(self.layout.views(state.get("ema", state["weights"])), batch.x)
            none = torch.zeros_like(self._columns.smoothing)
            losses = vmap(partial(objective.loss, self._problem))(output, batch.y, none)
        measured = {"val_loss": losses}
        if self._problem.loss == "cross_entropy":
            measured["val_acc"] = objective.accuracy(output, batch.y)
        self._guards.after_evaluation(losses[:, None], state)
        return measured

    def _interrupt(self, i: int) -> None:
        """Keep the checkpoint of an interrupted job, and go back to it."""
        interruption = self.configs[0].interruption
        if interruption is None:
            return
        step, execution = self.places[i]
        if step == interruption.checkpoint and execution == 0:
            self.checkpoint = {name: values.clone() for name, values in self.state.items()}
        elif execution > self.places[i - 1].execution:
            self.restore(self.checkpoint)


def places(config: TrainConfig) -> list[Place]:
    """Return the updates of a job in the order in which they are made.

    Raises
    ------
    UsageError
        It is said to die after its end, or to go on from a checkpoint that it had not reached.
    """
    interruption = config.interruption
    if interruption is None:
        return [Place(step, 0) for step in range(config.steps)]
    died, kept = interruption.after, interruption.checkpoint
    if not kept < died <= config.steps:
        raise UsageError(
            f"a job of {config.steps} steps cannot die after step {died} and go on from {kept}",
            hint="the checkpoint comes before the interruption, and that within the steps",
        )
    first = [Place(step, 0) for step in range(died)]
    return first + [Place(step, 1) for step in range(kept, config.steps)]


def _norms(values: Tensor) -> Tensor:
    """Norm of each row, ``[N]``."""
    norms: Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1)
    return norms
