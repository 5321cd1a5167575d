"""Names of measures: what may be budgeted, and how it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.errors import UsageError, near
from lossdoc.model import EACH, Channel, Limit, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

AGGREGATES = (EACH, "median", "worst", "best")

CLOCKS = {"steps": "step", "epochs": "epoch", "tokens": "tokens"}
"""Measure of length -> axis of the runs that have it."""

POINTS = ("best", "final")

PLAIN = ("loss_spikes.count", "wasted_fraction", "wall_time", *CLOCKS)
REACHING = ("time_to", *(f"{clock}_to" for clock in CLOCKS))

_REACHING = re.compile(
    r"(?P<clock>\w+)_to\(\s*(?P<channel>\w+)\s*(?P<sign>[<>])\s*(?P<value>.+?)\s*\)"
)


class Measure(NamedTuple):
    """A name taken apart.

    Parameters
    ----------
    kind
        ``best`` or ``final`` of a channel, ``to`` for reaching a value, or a plain name.
    clock
        What is counted until a value is reached: ``time``, ``steps``, ...
    falling
        Whether the value is to be undercut.
    """

    kind: str
    channel: Channel | None = None
    clock: str = ""
    falling: bool = True
    target: float = 0.0


def measure(name: str) -> Measure:
    """Take the name of a measure apart.

    Raises
    ------
    ValueError
        There is none of that name; the message names the likeliest.

    Examples
    --------
    >>> measure("val_loss.best").kind, measure("steps_to(val_loss<2.0)").target
    ('best', 2.0)
    """
    if name in PLAIN:
        return Measure(name)
    start, _, point = name.rpartition(".")
    if point in POINTS and start in set(Channel):
        return Measure(point, Channel(start))
    found = _REACHING.fullmatch(name)
    if (
        found is None
        or f"{found['clock']}_to" not in REACHING
        or found["channel"] not in set(Channel)
    ):
        likely = near(name, _known()) or f"; there are {', '.join(_shown())}"
        raise ValueError(f"no measure {name!r}{likely}")
    return Measure(
        "to",
        Channel(found["channel"]),
        found["clock"],
        falling=found["sign"] == "<",
        target=_number(found["value"]),
    )


def limit(name: str, value: Any) -> Limit:
    """Return the limit that a table of settings states.

    Parameters
    ----------
    name
        Of the measure.
    value
        Table with ``max``, ``min`` or both; ``level`` and ``aggregate`` if wanted.

    Raises
    ------
    ValueError
        The measure is unknown, or the table states no limit.
    """
    known = ("max", "min", "level", "aggregate")
    measure(name)  # which must exist
    if not isinstance(value, dict):
        raise ValueError("a table such as { max = 1.95 } is needed")  # noqa: TRY004 - of a setting
    for key in sorted({*value} - {*known}):
        raise ValueError(f"{key!r} is none of {', '.join(known)}{near(key, known)}")
    high, low = (None if value.get(n) is None else _number(value[n]) for n in ("max", "min"))
    if high is None and low is None:
        raise ValueError("max or min is needed")
    if high is not None and low is not None and low > high:
        raise ValueError(f"min {low:g} lies above max {high:g}")
    level = _one_of(value.get("level", "error"), [s.label for s in reversed(Severity)])
    aggregate = _one_of(value.get("aggregate", EACH), AGGREGATES)
    if aggregate in {"worst", "best"} and None not in {high, low}:
        raise ValueError(f"aggregate = {aggregate!r} takes max or min, not both")
    return Limit(name, high, low, Severity[level.upper()], aggregate)


def limits_of(tables: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Return the limits that tables by the names of measures state.

    Raises
    ------
    UsageError
        One of them does not.
    """
    found = []
    for name, table in tables.items():
        try:
            found.append(limit(name, table))
        except ValueError as error:
            hint = "see: lossdoc explain LD990"
            raise UsageError(f"budgets: {name}: {error}", hint=hint) from None
    return tuple(found)


def _one_of(value: Any, words: Iterable[str]) -> str:
    words = tuple(words)
    if value not in words:
        raise ValueError(f"one of {', '.join(words)} is needed{near(str(value), words)}")
    return str(value)


def _number(value: Any) -> float:
    plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    try:
        number = float(value) if plain else float("nan")
    except ValueError:
        number = float("nan")
    if number != number:  # noqa: PLR0124 - NaN bounds nothing
        raise ValueError(f"a number is needed, not {value!r}")
    return number


def _known() -> Iterator[str]:
    """Every name as it may be meant, for a guess."""
    yield from PLAIN
    yield from (f"{channel.value}.{point}" for channel in Channel for point in POINTS)
    yield from (f"{clock}(val_loss<2.0)" for clock in REACHING)


def _shown() -> Iterator[str]:
    yield from ("val_loss.best", "val_loss.final (any channel)")
    yield from (f"{clock}(val_loss<2.0)" for clock in REACHING)
    yield from PLAIN
