"""What a gate holds against a run, and what it lets pass: limits, budgets, accepted findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.model.diagnosis import Severity

if TYPE_CHECKING:
    from datetime import date

    from lossdoc.model.diagnosis import Finding

EACH = "each"
"""Aggregate of a limit that every run has to keep by itself."""


class Limit(NamedTuple):
    """Bounds on a measure of a run, and how severe it is to break them.

    Parameters
    ----------
    measure
        Its name, e.g. ``val_loss.best``.
    max, min
        Bounds that still hold; None for none.
    aggregate
        ``each`` run by itself; or once over the runs of a configuration: ``median``, ``worst``,
        ``best``.
    """

    measure: str
    max: float | None = None
    min: float | None = None
    level: Severity = Severity.ERROR
    aggregate: str = EACH


class Budget(NamedTuple):
    """What a limit came to.

    Parameters
    ----------
    value
        NaN and infinities are values; None where the log does not tell.
    unit
        What the value counts.
    reason
        Why it could not be judged; empty where it was.
    """

    limit: Limit
    value: float | None = None
    unit: str = ""
    reason: str = ""

    @property
    def judged(self) -> bool:
        """Whether there is a value to compare, and nothing forbids it."""
        return self.value is not None and not self.reason

    @property
    def broken(self) -> float | None:
        """Bound that does not hold; None where all do, or nothing could be judged."""
        if self.value is None or self.reason:
            return None
        high, low = self.limit.max, self.limit.min
        # Written so that NaN keeps no bound.
        if high is not None and not self.value <= high:
            return high
        return low if low is not None and not self.value >= low else None


class Accepted(NamedTuple):
    """A finding that somebody accepted, why, and the last day on which that holds."""

    finding: Finding
    reason: str
    expires: date | None = None


class Acceptance(NamedTuple):
    """Findings that count, those that are accepted, and those that no longer are.

    The expired ones are among those that count.
    """

    kept: tuple[Finding, ...]
    accepted: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
