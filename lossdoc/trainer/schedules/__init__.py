"""Learning-rate schedules: how the rate goes over a run, as plain data and as a table.

A rate is a share of the peak. Warm-up is a setting of the run, not of the schedule: it comes first,
and the schedule spans what is left.
"""

from __future__ import annotations

from lossdoc.trainer.schedules.base import Schedule
from lossdoc.trainer.schedules.cycles import OneCycle, RangeTest, Restarts
from lossdoc.trainer.schedules.decay import (
    Constant,
    Cosine,
    Linear,
    ReduceOnPlateau,
    Stairs,
    WarmupStableDecay,
)
from lossdoc.trainer.schedules.table import rates

__all__ = [
    "Constant",
    "Cosine",
    "Linear",
    "OneCycle",
    "RangeTest",
    "ReduceOnPlateau",
    "Restarts",
    "Schedule",
    "Stairs",
    "WarmupStableDecay",
    "rates",
]
