"""How each setting that may be prescribed changes a run; `lossdoc.trainer.apply` tells what it means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from lossdoc.errors import UsageError
from lossdoc.trainer.log import facts_of
from lossdoc.trainer.schedules import (
    Constant,
    Cosine,
    Linear,
    OneCycle,
    RangeTest,
    Stairs,
    WarmupStableDecay,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lossdoc.trainer.config import Fault, TrainConfig
    from lossdoc.trainer.schedules import Schedule

    Setter = Callable[[TrainConfig, Any], TrainConfig]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError("a number is needed")
    return float(value)


def _count(value: Any) -> int:
    count = round(_number(value))
    if count < 1:
        raise UsageError("a number from 1 is needed")
    return count


# ---- length and data


def _set_steps(config: TrainConfig, value: Any) -> TrainConfig:
    steps = _count(value)
    interruption = config.interruption
    if interruption is not None and interruption.after >= steps:
        interruption = None
    return config.replace(steps=steps, interruption=interruption)


def _set_epochs(config: TrainConfig, value: Any) -> TrainConfig:
    per_epoch = facts_of(config)["steps_per_epoch"]
    return _set_steps(config, _number(value) * _number(per_epoch))


def _set_batches(config: TrainConfig, value: Any) -> TrainConfig:
    if not hasattr(config.task, "n_train") or config.batch_size is None:
        raise UsageError("its data have one size, or are one batch already")
    n = _count(value) * config.batch_size
    return config.replace(task=config.task.replace(n_train=n))


def _scale_validation(config: TrainConfig, value: Any) -> TrainConfig:
    n_val = getattr(config.task, "n_val", None)
    if n_val is None:
        raise UsageError(f"{type(config.task).__name__} validates on what is left of its data")
    return config.replace(task=config.task.replace(n_val=_count(n_val * _number(value))))


def _end_at(config: TrainConfig, value: Any) -> TrainConfig:
    steps = min(_count(value), config.steps)
    span, left = (max(n - config.warmup_steps, 1) for n in (config.steps, steps))
    return _set_steps(config.replace(schedule=_beginning(config.schedule, span, left)), steps)


def _beginning(schedule: Schedule, span: int, steps: int) -> Schedule:
    """Return the schedule whose steps are the first ones of another that spans more steps."""
    if isinstance(schedule, Cosine | Linear) and schedule.period is None:
        return schedule.replace(period=span)
    if isinstance(schedule, Linear):
        return schedule.replace(final=1.0 - (1.0 - schedule.final) * steps / span)
    if isinstance(schedule, WarmupStableDecay):
        length = round(schedule.decay * span)
        decayed = steps - (span - length)
        if decayed <= 0:
            return Constant()
        final = 1.0 - (1.0 - schedule.final) * decayed / length
        return WarmupStableDecay(decay=decayed / steps, final=final)
    if isinstance(schedule, OneCycle | RangeTest) and steps < span:
        raise UsageError(f"the beginning of {type(schedule).__name__} is no schedule of its own")
    return schedule


def _skip_batches(config: TrainConfig, value: Any) -> TrainConfig:
    left = list(config.faults)
    for stretch in str(value).split(","):
        first, dash, last = stretch.strip().partition("-")
        if not (dash and first.isdecimal() and last.isdecimal()):
            raise UsageError("steps are needed, as in 120-160 or 120-121,160-160")
        left = [part for fault in left for part in _outside(fault, int(first), int(last))]
    if tuple(left) == config.faults:
        raise UsageError("no batch of these steps has a fault")
    return msgspec.structs.replace(config, faults=tuple(left))


def _outside(fault: Fault, first: int, last: int) -> list[Fault]:
    """Parts of a fault before and after some steps."""
    spans = (fault.first, min(fault.last, first - 1)), (max(fault.first, last + 1), fault.last)
    return [fault.replace(first=start, last=end) for start, end in spans if start <= end]


# ---- learning rate


def _set_schedule(config: TrainConfig, value: Any) -> TrainConfig:
    half, quarter = config.steps // 2, config.steps // 4
    schedules: dict[str, Schedule] = {
        "constant": Constant(),
        "cosine": Cosine(),
        "linear": Linear(),
        "step": Stairs(milestones=(half, half + quarter)),
        "wsd": WarmupStableDecay(),
    }
    made = schedules.get(str(value).removesuffix(" to 0"))
    if made is None:
        raise UsageError("no such schedule", hint="one of: " + ", ".join(schedules))
    return config.replace(schedule=made)


def _set_decay(config: TrainConfig, value: Any) -> TrainConfig:
    config = _set_steps(config, value)
    if isinstance(config.schedule, Cosine | Linear):
        return config.replace(schedule=config.schedule.replace(period=None))
    if not isinstance(config.schedule, WarmupStableDecay):
        raise UsageError(f"{type(config.schedule).__name__} does not decay over the whole run")
    return config


def _set_rate(config: TrainConfig, value: Any) -> TrainConfig:
    rate = _number(value)
    if rate <= 0:
        raise UsageError("a learning rate is above 0")
    if isinstance(config.schedule, RangeTest):
        return config.replace(lr=rate, schedule=Constant())
    return config.replace(lr=rate / _highest_share(config))


def _scale_rate(config: TrainConfig, value: Any) -> TrainConfig:
    return _set_rate(config, config.lr * _highest_share(config) * _number(value))


def _highest_share(config: TrainConfig) -> float:
    """Return the largest rate in units of the config's; above 1 where stairs go up."""
    left = max(config.steps - config.warmup_steps, 1)
    return max(float(config.schedule.after(config.warmup_steps).shares(left).max()), 1.0)


# ---- model and optimizer


def _scale_weight_decay(config: TrainConfig, value: Any) -> TrainConfig:
    if config.weight_decay == 0:
        raise UsageError("it has no weight decay")
    return config.replace(weight_decay=config.weight_decay * _number(value))


def _set_init(config: TrainConfig, value: Any) -> TrainConfig:
    model = config.model
    usual = type(model)()
    fresh = {name: getattr(usual, name) for name in model.initial}
    if "init" in fresh:
        fresh["init"] = str(value).removesuffix("_normal").removesuffix("_uniform")
    return config.replace(model=model.replace(**fresh))


def _set_activation(config: TrainConfig, value: Any) -> TrainConfig:
    if value == "relu" and config.model.has_relu:
        return config
    return _set_in_model(config, "activation", value)


def _set_width(config: TrainConfig, value: Any) -> TrainConfig:
    names = ("width", "channels", "hidden")
    name = next(name for name in names if hasattr(config.model, name))
    width = round(getattr(config.model, name) * _number(value))
    return _set_in_model(config, name, width)


def _add_layers(config: TrainConfig, value: Any) -> TrainConfig:
    name = next((name for name in ("depth", "layers") if hasattr(config.model, name)), None)
    if name is None:
        return config
    return _set_in_model(config, name, getattr(config.model, name) + _count(value))


def _set_in_model(config: TrainConfig, name: str, value: Any) -> TrainConfig:
    if not hasattr(config.model, name):
        raise UsageError(f"{type(config.model).__name__} has no {name}")
    return config.replace(model=config.model.replace(**{name: value}))


def _set_precision(config: TrainConfig, value: Any) -> TrainConfig:
    if value not in {"bfloat16", "float32"} or config.loss_scale is None:
        raise UsageError("only half precision with loss scaling can be left")
    return config.replace(loss_scale=None)


def _plain(name: str) -> Setter:
    def setter(config: TrainConfig, value: Any) -> TrainConfig:
        return config.replace(**{name: value})

    return setter


SETTERS: Mapping[str, Setter] = {
    "steps": _set_steps,
    "epochs": _set_epochs,
    "batches_in_the_data_set": _set_batches,
    "validation_samples_factor": _scale_validation,
    "checkpoint_step": _end_at,
    "schedule": _set_schedule,
    "decay_steps": _set_decay,
    "warmup_steps": lambda config, value: config.replace(warmup_steps=round(_number(value))),
    "learning_rate": _set_rate,
    "learning_rate_factor": _scale_rate,
    "weight_decay_factor": _scale_weight_decay,
    "init": _set_init,
    "activation": _set_activation,
    "width_factor": _set_width,
    "more_layers": _add_layers,
    "dropout": lambda config, value: _set_in_model(config, "dropout", value),
    "precision": _set_precision,
    "skip_batches": _skip_batches,
    "resume_from_step": lambda config, _: config,
    "logging_steps": lambda config, value: config.replace(log_every=_count(value)),
    "eval_steps": lambda config, value: config.replace(eval_every=_count(value)),
    **{
        name: _plain(name)
        for name in (
            "batch_size",
            "optimizer",
            "momentum",
            "beta1",
            "beta2",
            "eps",
            "weight_decay",
            "clip_grad_norm",
            "label_smoothing",
            "ema_decay",
            "early_stopping",
        )
    },
}
"""Setting -> how to apply it, in the order in which they are applied: first what others depend on."""
