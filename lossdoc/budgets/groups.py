"""Limits that the runs of one configuration keep together: their median, worst or best value."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from lossdoc import ensemble
from lossdoc.budgets import measured
from lossdoc.ensemble.names import labels, shared_pattern
from lossdoc.model import Budget, Diagnosis

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from lossdoc.model import Limit


class Shared(NamedTuple):
    """What a limit came to over the runs of one configuration.

    Parameters
    ----------
    pattern
        Their path with ``#`` where they differ.
    runs
        Labels of the runs.
    budget
        On their median, worst or best value.
    values
        Of each run; None where it could not be judged.
    """

    pattern: str
    runs: tuple[str, ...]
    budget: Budget
    values: tuple[float | None, ...]


class _Seed(NamedTuple):
    path: str
    name: str
    budgets: tuple[Budget, ...]


class Groups:
    """Gathers runs, and judges the limits once for each configuration."""

    def __init__(self, limits: Sequence[Limit], total_steps: float | None = None) -> None:
        self._limits = tuple(limits)
        self._total_steps = total_steps
        self._seeds: dict[Hashable, dict[tuple[str, str], _Seed]] = {}

    def add(self, diagnosis: Diagnosis) -> None:
        """Take one run; one that could not be read belongs to no configuration."""
        member = ensemble.member(diagnosis)
        if member is None or not self._limits:
            return
        budgets = tuple(measured(diagnosis, each, self._total_steps) for each in self._limits)
        seeds = self._seeds.setdefault(member.configuration, {})
        seeds[member.path, member.name] = _Seed(member.path, member.name, budgets)

    def judged(self) -> tuple[Shared, ...]:
        """Return every limit over every configuration, in the order of the first runs."""
        return tuple(
            _shared([*seeds.values()], i)
            for seeds in self._seeds.values()
            for i in range(len(self._limits))
        )


def _shared(seeds: Sequence[_Seed], i: int) -> Shared:
    names = labels([(seed.path, seed.name) for seed in seeds]) if len(seeds) > 1 else ("",)
    budgets = [seed.budgets[i] for seed in seeds]
    return Shared(
        shared_pattern([seed.path for seed in seeds]),
        names,
        _together(budgets, names),
        tuple(b.value if b.judged else None for b in budgets),
    )


def _together(budgets: Sequence[Budget], names: Sequence[str]) -> Budget:
    limit = budgets[0].limit
    for budget, name in zip(budgets, names, strict=True):
        if not budget.judged:
            told = f"{name}: {budget.reason}" if name else budget.reason
            return Budget(limit, reason=told)
    values = [b.value for b in budgets if b.value is not None]
    unit = budgets[0].unit
    bounds = [up for up, bound in ((True, limit.max), (False, limit.min)) if bound is not None]
    found = [Budget(limit, aggregate(values, limit.aggregate, rises=up), unit) for up in bounds]
    return next((b for b in found if b.broken is not None), found[0])


def aggregate(values: Sequence[float], how: str, *, rises: bool) -> float:
    """Return the median, worst or best of values.

    Parameters
    ----------
    rises
        Whether the worst is the largest, as for an upper bound. NaN is worse than any value.

    Examples
    --------
    >>> aggregate([1.0, 3.0, float("nan")], "median", rises=True)
    3.0
    """
    worst = float("inf") if rises else float("-inf")
    known = [worst if value != value else value for value in values]  # noqa: PLR0124
    if how == "median":
        found = median(known)
    else:
        found = max(known) if (how == "worst") is rises else min(known)
    lost = found == worst and any(value != value for value in values)  # noqa: PLR0124
    return float("nan") if lost else found
