"""Which runs can train together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lossdoc.trainer.config import LossScale, TrainConfig
from lossdoc.trainer.schedules import Constant

if TYPE_CHECKING:
    from collections.abc import Sequence


def shape(config: TrainConfig) -> TrainConfig:
    """Return the settings that runs must share to train together; the others are neutral.

    Rates, schedules, seeds, regularisation and first weights differ freely. Guards change which
    computations are made: whether they are used is part of the shape, their settings are not.
    """
    model = config.model
    neutral = type(model)()
    pretraining = config.pretraining
    return msgspec.structs.replace(
        config,
        model=msgspec.structs.replace(
            model, **{name: getattr(neutral, name) for name in model.initial}
        ),
        seed=0,
        data_seed=None,
        lr=0.0,
        momentum=0.0,
        nesterov=False,
        beta1=0.0,
        beta2=0.0,
        eps=0.0,
        weight_decay=0.0,
        warmup_steps=0,
        schedule=Constant(),
        clip_grad_norm=None,
        label_smoothing=0.0,
        ema_decay=None if config.ema_decay is None else 0.0,
        loss_scale=None if config.loss_scale is None else LossScale(),
        early_stopping=None if config.early_stopping is None else 1,
        order="shuffled",
        curriculum=None,
        faults=(),
        pretraining=None if pretraining is None else shape(pretraining),
    )


def chunks(configs: Sequence[TrainConfig], size: int) -> list[list[int]]:
    """Indices of the configs that train together: of one shape, ``size`` at most."""
    groups: dict[TrainConfig, list[int]] = {}
    for i, config in enumerate(configs):
        groups.setdefault(shape(config), []).append(i)
    return [group[a : a + size] for group in groups.values() for a in range(0, len(group), size)]
