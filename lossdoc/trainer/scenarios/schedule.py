"""Scenarios of learning-rate schedules that do harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.scenarios import measures, onsets
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.schedules import Cosine, Linear, Restarts, Stairs
from lossdoc.trainer.tasks import Digits, Mixture

if TYPE_CHECKING:
    from lossdoc.trainer.log import RunLog

_NOT_A_SCHEDULE = ("LD102", "LD301", "LD302", "LD401", "LD403")
"""Diagnoses that are wrong where the schedule is to blame; their remedies would change no rate."""


def _freezes(log: RunLog) -> bool:
    """Steep before the last milestone, then flat, with a good part of the loss left."""
    start, end = measures.start(log), measures.end(log)
    early, late = measures.between(log, 0.15, 0.2), measures.between(log, 0.4, 0.6)
    frozen = start - early > 0.1 * start and abs(late - end) < 0.03 * start
    return measures.is_finite(log) and frozen and end > 0.3 * start


def _bumps(log: RunLog) -> bool:
    """The loss jumps by 8 % and more after each restart, and the run ends above its best."""
    restarts = [share / log.config.steps for share in range(_PERIOD, log.config.steps, _PERIOD)]
    jumps = [
        measures.between(log, at + 0.02, at + 0.1) / measures.between(log, at - 0.05, at)
        for at in restarts
    ]
    return measures.is_finite(log) and min(jumps) > 1.08 and measures.val_rise(log) > 1.08


def _turns(log: RunLog) -> bool:
    """Both losses rise by 10 % and more from the middle of the run to its end."""
    values = measures.validation(log)
    middle = float(np.median(values[2 * len(values) // 5 : 3 * len(values) // 5]))
    rises = measures.end(log) > 1.1 * measures.between(log, 0.45, 0.55)
    return measures.is_finite(log) and rises and measures.val_end(log) > 1.1 * middle


def _hovers(log: RunLog) -> bool:
    """At a rate that never fell the loss neither falls nor rests, well above its floor."""
    middle, end = measures.between(log, 0.4, 0.6), measures.end(log, 0.2)
    constant = log["lr"][-1] == log["lr"].max()
    flat = abs(middle - end) < 0.05 * measures.start(log)
    late = measures.validation(log)[-15:]
    unrest = float(np.abs(np.diff(late)).mean() / late.mean())
    excess = measures.val_end(log) - float(log.facts["bayes_floor"])
    return measures.is_finite(log) and bool(constant) and flat and unrest > 0.015 and excess > 0.07


def _climbs(log: RunLog) -> bool:
    """Below zero the rate takes both losses up again."""
    above = measures.end(log, 0.05) > 1.1 * measures.between(log, 0.62, 0.72)
    negative = log["lr"][-1] < 0 < log["lr"][log["lr"].size // 2]
    return measures.is_finite(log) and above and bool(negative) and measures.val_rise(log) > 1.08


_PERIOD = 180
_MIXTURE = TrainConfig(task=Mixture(n_train=16000), batch_size=128)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="decay-too-early",
        kind="fault",
        title="Milestones of epochs, counted in steps",
        config=TrainConfig(
            task=Digits(),
            optimizer="adam",
            lr=0.001,
            schedule=Stairs(milestones=(30, 60, 90), gamma=0.1),
        ),
        oracle=_freezes,
        onset=onsets.at(30),
        expected=("LD502",),
        forbidden=(*_NOT_A_SCHEDULE, "LD201", "LD303"),
        seen="The loss falls steeply for thirty steps, bends sharply where the rate falls to a tenth "
        "and is frozen from there on, with two thirds of it left.",
        why="The usual milestones 30, 60 and 90 are epochs, but the scheduler was stepped once per "
        "batch. After 90 updates the rate is a thousandth of its peak, and the remaining 500 change "
        "nothing.",
    ),
    Scenario(
        name="restart-bump",
        kind="fault",
        title="Warm restarts, the last one just before the end",
        config=_MIXTURE.replace(optimizer="adam", lr=0.1, schedule=Restarts(period=_PERIOD)),
        oracle=_bumps,
        onset=onsets.at(_PERIOD),
        expected=("LD503",),
        forbidden=_NOT_A_SCHEDULE,
        seen="At every jump of the rate both losses jump too, and need most of the cycle to come back "
        "to where they were. The run ends a few steps after a jump, above its best.",
        why="Cosine cycles that start anew at the full peak (Loshchilov and Hutter 2017, SGDR), which "
        "is high here, and whose period does not divide the number of steps.",
    ),
    Scenario(
        name="schedule-wrap",
        kind="fault",
        title="A cosine of half the run's length goes up again",
        # Later its lowest point is as low as these samples allow, and nothing can be gained.
        config=_MIXTURE.replace(lr=0.3, momentum=0.9, schedule=Cosine(period=240), steps=480),
        oracle=_turns,
        onset=onsets.at(240),
        expected=("LD503",),
        forbidden=_NOT_A_SCHEDULE,
        seen="Both losses fall while the rate falls, are lowest and calmest in the middle of the run, "
        "and rise with the rate until the end, where it is at its peak.",
        why="`T_max` of `CosineAnnealingLR` was set for 240 steps and the run went on for 480: past "
        "its period PyTorch's cosine rises the way it came.",
    ),
    Scenario(
        name="decay-never",
        kind="fault",
        title="SGD with momentum at its peak rate to the end",
        config=_MIXTURE.replace(lr=0.2, momentum=0.9, batch_size=64),
        oracle=_hovers,
        expected=("LD504", "LD206"),
        forbidden=(*_NOT_A_SCHEDULE, "LD303", "LD304"),
        seen="The loss falls in the first fifth of the run and hovers from there on; the validation "
        "loss, whose samples are fixed, is as restless as ever. The same run with a linear decay ends "
        "a fifth lower.",
        why="With a constant rate SGD does not converge but wanders about the minimum, the further "
        "the higher the rate is (Robbins and Monro 1951 let it fall for this reason; Defazio et al. "
        "2023 find a linear decay to zero hard to beat).",
    ),
    Scenario(
        name="late-noise-floor",
        kind="fault",
        title="Adam ten times above the rate that its end needs",
        config=_MIXTURE.replace(optimizer="adam", lr=0.03, batch_size=64),
        oracle=_hovers,
        expected=("LD206", "LD504"),
        forbidden=(*_NOT_A_SCHEDULE, "LD303", "LD304"),
        seen="The loss is down within thirty steps, then flat and noisy. The validation loss wavers "
        "by several percent from one evaluation to the next, far above the floor of these data.",
        why="Adam's steps keep their size however small the gradient is, so that at a constant rate "
        "noise alone keeps the weights moving. Decayed to zero, the same rate is a good one.",
    ),
    Scenario(
        name="rate-below-zero",
        kind="fault",
        title="A linear decay that goes on past its end",
        config=TrainConfig(
            task=Digits(), optimizer="adam", lr=3e-4, schedule=Linear(period=320), steps=480
        ),
        oracle=_climbs,
        onset=onsets.at(320),
        expected=("LD508",),
        forbidden=("LD301", "LD302", "LD303", "LD304", "LD401", "LD403", "LD502"),
        seen="The rate falls in a straight line, crosses zero after two thirds of the run and goes on falling. "
        "From there on both losses climb, faster and faster.",
        why="`LambdaLR` with 1 - t / T was given the T of a shorter run. Past it the rate is "
        "negative: the steps go up the gradient.",
    ),
)
