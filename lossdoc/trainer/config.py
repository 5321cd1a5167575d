"""The settings of a training run: plain data, JSON and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from lossdoc.trainer.models.specs import CNN, GPT, MLP, RNN
from lossdoc.trainer.plain import Plain, require
from lossdoc.trainer.schedules import (
    Constant,
    Cosine,
    Linear,
    OneCycle,
    RangeTest,
    ReduceOnPlateau,
    Restarts,
    Stairs,
    WarmupStableDecay,
)
from lossdoc.trainer.tasks import (
    Adding,
    Digits,
    Intents,
    LeastSquares,
    Mixture,
    ModularAddition,
    Spirals,
    Teacher,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.model import Prescription

AnyTask = (
    LeastSquares | Teacher | Mixture | Spirals | Digits | Adding | Text | ModularAddition | Intents
)
AnyModel = MLP | CNN | RNN | GPT
AnySchedule = (
    Constant
    | Stairs
    | Linear
    | Cosine
    | Restarts
    | WarmupStableDecay
    | OneCycle
    | RangeTest
    | ReduceOnPlateau
)


_COUNT, _SIZE, _SHARE = (1, math.inf), (0.0, math.inf), (0.0, 1.0)
_DECAY = (0.0, math.nextafter(1.0, 0.0))
_STEPS = (1, 10_000_000)  # the rates of all of them are kept in memory
_SEED = (0, 2**63 - 1)  # checkpoints keep it in 64 bits
"""Ranges of settings, both ends included."""


class LossScale(Plain, frozen=True, kw_only=True):
    """Mixed precision as GradScaler does it: gradients pass through float16, scaled.

    Parameters
    ----------
    initial
        Factor on the loss at the start.
    growth, growth_interval
        Factor by which the scale grows, after so many steps without an overflow.
    backoff
        Factor on the scale at an overflow.
    skip
        Whether a step with an overflow is skipped and the scale backs off. Without it the
        infinities reach the weights, as in loops that forgot to ask the scaler.
    """

    initial: float = 65536.0
    growth: float = 2.0
    growth_interval: int = 2000
    backoff: float = 0.5
    skip: bool = True

    def __post_init__(self) -> None:
        require(self, initial=(1e-30, 1e30), growth=(1, 1e30), backoff=(1e-30, 1))
        require(self, growth_interval=_COUNT)


class Recovery(Plain, frozen=True, kw_only=True):
    """Spike recovery: back to a checkpoint from before the spike, past the batches that made it.

    Parameters
    ----------
    factor
        A spike is a training loss above this many times its running mean.
    snapshot_every
        Steps between the weights that are kept; the last but one is taken, so that it is older
        than the spike.

    The data go on where they are: the batches around the spike are skipped
    (Chowdhery et al. 2022, PaLM, section 5.1).
    """

    factor: float = 3.0
    snapshot_every: int = 25

    def __post_init__(self) -> None:
        require(self, factor=_COUNT, snapshot_every=_COUNT)


class Fault(Plain, frozen=True, kw_only=True):
    """Something wrong with the batches of some steps.

    Parameters
    ----------
    first, last
        Steps, from 1, both included.
    inputs, targets
        Factors on the inputs and on the targets of a regression.
    permute
        Whether the answers are dealt to the wrong samples.
    """

    first: int
    last: int
    inputs: float = 1.0
    targets: float = 1.0
    permute: bool = False

    def __post_init__(self) -> None:
        require(self, first=_COUNT, last=_COUNT)
        require(self, inputs=(-math.inf, math.inf), targets=(-math.inf, math.inf))


class Curriculum(Plain, frozen=True, kw_only=True):
    """Easy samples first: until a step only the easiest share of the data is drawn."""

    until: int
    share: float = 0.5

    def __post_init__(self) -> None:
        require(self, until=(0, math.inf), share=_SHARE)


class Interruption(Plain, frozen=True, kw_only=True):
    """The job dies after a step and goes on from its checkpoint of an earlier one."""

    after: int
    checkpoint: int

    def __post_init__(self) -> None:
        require(self, after=_COUNT, checkpoint=(0, math.inf))


class TrainConfig(Plain, frozen=True, kw_only=True):
    """One training run.

    Parameters
    ----------
    task, model
        What is learned, by which network.
    steps
        Updates.
    batch_size
        Samples per update; None is full-batch gradient descent, 1 is stochastic.
    seed
        Of the initial weights, the order of the data and the dropout masks.
    data_seed
        Of the data; the seed where None.
    optimizer
        ``sgd`` with momentum and Nesterov, ``adagrad``, ``rmsprop`` (``beta2`` is its decay),
        ``adam`` (weight decay as L2), ``adamw`` (decoupled).
    lr
        Peak learning rate.
    warmup_steps
        Linear warm-up to the peak, before the schedule.
    clip_grad_norm
        Largest norm of the gradient; None does not clip.
    label_smoothing
        Share of the target that is spread over all classes (training loss alone).
    ema_decay
        Validation uses an exponential moving average of the weights; None uses the weights.
    early_stopping
        Evaluations without a better validation loss after which the run stops; None never does.
    order
        ``shuffled`` anew every epoch, ``fixed`` (the same order in every epoch) or ``sorted`` by
        target.
    pretraining
        A run whose weights this one starts from, but for the head.
    eval_every
        Steps between evaluations; the first step and the last one are always evaluated.
    log_every
        Steps between rows of the log; the first step, the last one and those that are evaluated
        always have one.
    """

    task: AnyTask
    model: AnyModel = MLP()
    steps: int = 600
    batch_size: int | None = 64
    seed: int = 0
    data_seed: int | None = None
    optimizer: Literal["sgd", "adagrad", "rmsprop", "adam", "adamw"] = "sgd"
    lr: float = 0.05
    momentum: float = 0.0
    nesterov: bool = False
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    warmup_steps: int = 0
    schedule: AnySchedule = Constant()
    clip_grad_norm: float | None = None
    label_smoothing: float = 0.0
    ema_decay: float | None = None
    loss_scale: LossScale | None = None
    recovery: Recovery | None = None
    early_stopping: int | None = None
    order: Literal["shuffled", "fixed", "sorted"] = "shuffled"
    curriculum: Curriculum | None = None
    faults: tuple[Fault, ...] = ()
    interruption: Interruption | None = None
    pretraining: TrainConfig | None = None
    eval_every: int = 20
    log_every: int = 1

    def __post_init__(self) -> None:
        require(self, steps=_STEPS, warmup_steps=(0, math.inf), batch_size=_COUNT)
        require(self, seed=_SEED, data_seed=_SEED)
        require(self, lr=_SIZE, eps=_SIZE, weight_decay=_SIZE, clip_grad_norm=_SIZE)
        require(self, momentum=_SHARE, ema_decay=_SHARE, label_smoothing=_SHARE)
        require(self, beta1=_DECAY, beta2=_DECAY)
        require(self, early_stopping=_COUNT, eval_every=_COUNT, log_every=_COUNT)

    def evaluates(self, step: int) -> bool:
        """Whether the validation loss is measured after a step (from 1)."""
        return step in (1, self.steps) or step % self.eval_every == 0

    def logs(self, step: int) -> bool:
        """Whether a step (from 1) has a row in the log."""
        return step % self.log_every == 0 or self.evaluates(step)

    def apply(self, prescription: Prescription | Mapping[str, Any]) -> TrainConfig:
        """Return the run that a prescription asks for; see `lossdoc.trainer.apply`.

        Raises
        ------
        UsageError
            A setting cannot be applied to this run, or nothing changes.
        """
        from lossdoc.trainer.apply import apply

        return apply(self, prescription)
