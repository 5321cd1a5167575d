"""How logs are read and judged, as one value."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.errors import UsageError
from lossdoc.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossdoc.baseline import Baseline
    from lossdoc.history import History
    from lossdoc.model import Limit
    from lossdoc.rules.base import Rule

NO_ROLES: Mapping[str, str] = MappingProxyType({})


class Settings(NamedTuple):
    """How logs are read and judged.

    Parameters
    ----------
    format
        Name of the reader; found by the content if None.
    mapping
        Channel -> column, where the names of a log do not tell.
    step_column
        Column that counts the steps.
    total_steps
        Planned length of a run that is not finished.
    rules
        Rules to apply; all built-in ones if None.
    min_confidence
        Findings below it are left out.
    history
        Earlier runs, as `read_history` returns them; they bound prescribed learning rates.
    baseline
        Findings that are accepted: they do not count.
    limits
        Budgets that every run has to keep by itself.
    """

    format: str | None = None
    mapping: Mapping[str, str] = NO_ROLES
    step_column: str | None = None
    total_steps: float | None = None
    rules: Sequence[Rule] | None = None
    min_confidence: Confidence = Confidence.MEDIUM
    history: History | None = None
    baseline: Baseline | None = None
    limits: Sequence[Limit] = ()


def confidence_of(value: str | Confidence) -> Confidence:
    """Return a confidence given by its name.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if isinstance(value, Confidence):
        return value
    try:
        return Confidence[str(value).upper()]
    except KeyError as error:
        known = ", ".join(c.label for c in Confidence)
        raise UsageError(f"unknown confidence {value!r}", hint=f"one of: {known}") from error
