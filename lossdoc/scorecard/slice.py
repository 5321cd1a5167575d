"""A small fixed part of the scenarios, for a check after every change of the rules."""

from __future__ import annotations

from typing import NamedTuple

from lossdoc.scorecard.cache import logs_of
from lossdoc.scorecard.scoring import empty, score
from lossdoc.scorecard.tally import wrong_codes
from lossdoc.trainer.scenarios import SCENARIOS

NAMES = (
    "healthy-least-squares-gd",
    "healthy-teacher-nesterov",
    "healthy-mixture-momentum",
    "healthy-digits-adagrad",
    "divergence-sgd",
    "divergence-from-start",
    "divergence-ramp",
    "nan-blow-up",
    "fp16-overflow",
    "exploding-deep",
    "gradient-spike-label-outlier",
    "loss-spike-recovered",
    "plateau-dead-relu",
    "slow-convergence-sgd",
    "underfitting-capacity",
    "decay-too-early",
    "schedule-wrap",
    "overfitting-few-samples",
    "val-below-train",
    "step-decay-drops",
    "warm-up-hump",
    "noisy-small-batches",
    "loss-scaler",
)
"""Cheap ones of every family."""

FIRST_SEED, SEEDS = 0, 2


class SliceScore(NamedTuple):
    """How the slice was judged.

    Parameters
    ----------
    faulty, named
        Faulty runs that show their fault; those named rightly.
    wrong
        Faulty runs with a wrong warning.
    sound, alarms
        Sound runs; those with a warning.
    troubles
        Scenario and seed -> what is amiss.
    """

    faulty: int
    named: int
    wrong: int
    sound: int
    alarms: int
    troubles: dict[str, str]


def slice_score() -> SliceScore:
    """Train the slice on the CPU and judge it."""
    sheet = empty()
    for name in NAMES:
        logs = logs_of(SCENARIOS[name], range(FIRST_SEED, FIRST_SEED + SEEDS), None, "cpu")
        score(sheet, SCENARIOS[name], logs, thorough=False)
    faulty = [case for case in sheet.cases if not case.sound]
    sound = [case for case in sheet.cases if case.sound]
    troubles = {}
    for case in sheet.cases:
        missed = [] if case.sound or case.named else ["not named"]
        amiss = [*missed, *sorted(wrong_codes(case))]
        if amiss:
            troubles[f"{case.scenario.name} {case.seed}"] = ", ".join(amiss)
    return SliceScore(
        faulty=len(faulty),
        named=sum(case.named for case in faulty),
        wrong=sum(bool(wrong_codes(case)) for case in faulty),
        sound=len(sound),
        alarms=sum(bool(case.judged.alarms) for case in sound),
        troubles=troubles,
    )
