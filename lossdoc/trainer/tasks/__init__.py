"""The tasks: what is learned, as plain data.

A task checks its options when it is made: one that is out of its range is a `UsageError`.
"""

from __future__ import annotations

from lossdoc.trainer.tasks.adding import Adding
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.digits import Digits
from lossdoc.trainer.tasks.intents import Intents
from lossdoc.trainer.tasks.least_squares import LeastSquares
from lossdoc.trainer.tasks.mixture import Mixture
from lossdoc.trainer.tasks.modular_addition import ModularAddition
from lossdoc.trainer.tasks.spirals import Spirals
from lossdoc.trainer.tasks.teacher import Teacher
from lossdoc.trainer.tasks.text import Text

__all__ = [
    "Adding",
    "Data",
    "Digits",
    "Intents",
    "LeastSquares",
    "Mixture",
    "ModularAddition",
    "Problem",
    "Spirals",
    "Task",
    "Teacher",
    "Text",
]
