"""What Python programs hand over, checked before anything is read: the counterpart of the options."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from lossdoc.errors import UsageError, near
from lossdoc.model import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Diagnosis

__all__ = ["in_memory", "kind", "lacking", "length", "refuse", "words"]


def in_memory(log: Any) -> bool:
    """Whether a log is a table or a mapping, and no path."""
    return isinstance(log, Mapping) or hasattr(log, "select_dtypes")


def kind(log: Any) -> str:
    """Name of what is no path."""
    return "mapping" if isinstance(log, Mapping) else type(log).__name__


def refuse(log: Any, **given: object) -> None:
    """Refuse what would have no effect.

    Raises
    ------
    UsageError
        Something was given.
    """
    for name, value in given.items():
        if value:
            raise UsageError(f"{name} does not go with a {kind(log)}")


def words(text: str | Sequence[str]) -> Sequence[str]:
    """Return the parts of a list, or of text with commas as the command line takes it.

    >>> words("LD1, LD3"), words(["LD2"])
    (['LD1', 'LD3'], ['LD2'])
    """
    if isinstance(text, str):
        return [part for raw in text.split(",") if (part := raw.strip())]
    return text


def length(steps: float | None) -> float | None:
    """Return the planned length of a run.

    Raises
    ------
    UsageError
        It is no positive number.
    """
    if steps is None:
        return None
    if isinstance(steps, Real) and 0 < steps < math.inf:
        return float(steps)
    raise UsageError(f"total_steps is a positive number, not {steps!r}")


def lacking(diagnosis: Diagnosis, required: Sequence[str]) -> Diagnosis:
    """Return the diagnosis, or an inconclusive one where the log lacks a required channel.

    Raises
    ------
    UsageError
        There is no such channel.
    """
    for name in required:
        if name not in set(Channel):
            raise UsageError(f"no channel {name!r}{near(name, Channel)}")
    run = diagnosis.run
    missing = [name for name in required if run is not None and Channel(name) not in run]
    if not missing:
        return diagnosis
    return diagnosis.undecided(
        f"no {' and no '.join(missing)} in this log, which is required",
        f"lossdoc analyze {diagnosis.path} --map {missing[0]}=COLUMN",
    )
