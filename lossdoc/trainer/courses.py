"""What became of runs that were treated: visits, courses, and the sum of a scenario's courses."""

from __future__ import annotations

from typing import Any

import msgspec

from lossdoc.trainer.plain import Plain


class Visit(Plain, frozen=True, kw_only=True):
    """One training of a run, what was found in its log, and what was done about it.

    Parameters
    ----------
    codes
        Of its warnings and errors, root cause first.
    val_loss, val_best
        Final and lowest validation loss; None where it is not finite.
    applied
        Setting -> value of the prescription that made the next run of this one; empty at the end.
    by
        Code of the finding that prescribed it.
    """

    codes: tuple[str, ...]
    val_loss: float | None
    val_best: float | None
    applied: dict[str, Any] = msgspec.field(default_factory=dict)
    by: str = ""


class Course(Plain, frozen=True, kw_only=True):
    """A run on its way: the faulty one first, then one visit per round.

    Parameters
    ----------
    why
        Why it is not cured; empty where it is.
    """

    seed: int
    cured: bool
    why: str
    visits: tuple[Visit, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found in the end."""
        return not self.visits[-1].codes


class Cure(Plain, frozen=True, kw_only=True):
    """What came of treating a scenario.

    Parameters
    ----------
    cured, clean
        Runs that are cured; runs without a warning at the end, better or not.
    alarms
        Runs with a warning or an error before anything was done.
    interval
        95 % interval of the rate of cured runs (Wilson).
    placebos
        What was done instead -> runs that it cured.
    prescribed
        Code of the rule whose prescription was applied first -> runs.
    why
        Why runs are not cured -> how many.
    regret
        Median over the cured runs of their final validation loss over the best that a small grid
        of learning rates around theirs reaches; 1 is best. None where no grid was trained.
    incurable
        Why no prescription can reach it; empty for all others.
    """

    scenario: str
    kind: str
    first_seed: int
    seeds: int
    rounds: int
    cured: int
    clean: int
    alarms: int
    rate: float
    interval: tuple[float, float]
    placebos: dict[str, int]
    prescribed: dict[str, int]
    why: dict[str, int]
    regret: float | None
    incurable: str
    device: str
    courses: tuple[Course, ...]
