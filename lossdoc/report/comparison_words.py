"""A comparison in words that all formats share: which runs, why, and the rows of the tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.comparison.axes import UNITS
from lossdoc.report.phrases import coordinate, number, setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.comparison import Comparison, Row

BADGES = {
    "worse": ("REGRESSED", "failing"),
    "better": ("IMPROVED", "healthy"),
    "same": ("SAME", "healthy"),
    "cannot tell": ("CANNOT TELL", "inconclusive"),
}

_HEAD = ("", "reference", "run", "difference", "99 % interval", "x noise")
DIFFERS = ("differs", "reference", "run")

_NAMED = 3
"""So many paths are named; the others are counted."""

_MOST = 20
"""So many differences are told where there is little room."""

FACTOR = 10.0
"""A larger share is easier to read as a factor."""


class Entry(NamedTuple):
    """One row of the table of what was measured."""

    name: str
    reference: str
    candidate: str
    difference: str = ""
    interval: str = ""
    effect: str = ""


def known(found: Comparison) -> bool:
    """Whether the seed noise is known."""
    return bool(found.rows) and found.rows[0].contrast.known


def head(found: Comparison) -> Sequence[str]:
    """Head of the table of what was measured."""
    return _HEAD if known(found) else _HEAD[:4]


def entries(found: Comparison) -> list[Sequence[str]]:
    """Rows of that table: the measure that decides first."""
    rows = _entries(found)
    return [*rows] if known(found) else [row[:4] for row in rows]


def _entries(found: Comparison) -> list[Entry]:
    loss = found.pairing.loss.value
    rows = [_measured(row, loss) for row in found.rows]
    rows += [
        Entry(
            f"{UNITS[found.pairing.by]} to {number(speed.level)}",
            _reached(speed.reference, speed.reached[0], len(found.pairing.reference)),
            _reached(speed.candidate, speed.reached[1], len(found.pairing.candidate)),
            _ratio(speed.reference, speed.candidate),
        )
        for speed in found.speed
    ]
    if all(math.isfinite(x) for x in found.noise):
        a, b = found.noise
        rows.append(Entry("noise floor", number(a), number(b), _ratio(a, b)))
    if found.spikes is not None:
        a, b = found.spikes
        change = f"{b - a:+.0f}" if b != a else ""
        rows.append(Entry("loss spikes", coordinate(a), coordinate(b), change))
    rows += [
        Entry(
            f"{UNITS[r.axis]} by then",
            coordinate(r.reference),
            coordinate(r.candidate),
            _ratio(r.reference, r.candidate),
        )
        for r in found.reach
    ]
    return rows


def differences(found: Comparison, most: int = _MOST) -> list[tuple[str, str, str]]:
    """Findings, learning rates and settings in which the sides differ; the first ones of many."""
    rows = []
    if found.gained or found.lost:
        lost, gained = (", ".join(codes) or "none" for codes in (found.lost, found.gained))
        rows.append(("findings", lost, gained))
    rows += [(d.name, _setting(d.reference), _setting(d.candidate)) for d in found.settings]
    if len(rows) > most:
        rows[most:] = [(f"{len(rows) - most:,} more", "", "")]
    return rows


def place(axis: str, value: float) -> str:
    """Write a place on the axis: ``step 1,899``, ``12.5 s``."""
    return f"{coordinate(value)} s" if axis == "time" else f"{axis} {coordinate(value)}"


def sides(found: Comparison) -> str:
    """Which runs, and what they are matched on."""
    pairing = found.pairing
    first, last = coordinate(pairing.first), coordinate(pairing.last)
    timed = pairing.by == "time"
    stretch = f"time, {first} to {last} s" if timed else f"{pairing.by} {first} to {last}"
    new, old = ([m.run.path for m in side] for side in (pairing.candidate, pairing.reference))
    return f"{_named(new)} against {_named(old)}, matched on {stretch}"


def sentence(found: Comparison) -> str:
    """Why the outcome is what it is."""
    return f"{found.why[0].upper()}{found.why[1:]}."


def shares(row: Row) -> tuple[float, float, float]:
    """Low, high, and difference: shares of the reference where they were logarithms."""
    c = row.contrast
    if not row.relative:
        return c.low, c.high, c.difference
    return expm1(c.low), expm1(c.high), expm1(c.difference)


def _measured(row: Row, loss: str) -> Entry:
    c = row.contrast
    low, high, difference = shares(row)
    told = Entry(
        f"{row.name} {loss}",
        number(c.reference),
        number(c.candidate),
        _signed(difference, share=row.relative),
    )
    if not c.known:
        return told
    interval = f"{_signed(low, share=row.relative)} to {_signed(high, share=row.relative)}"
    return told._replace(interval=interval.replace("%", ""), effect=f"{abs(c.effect):.1f}")


def expm1(value: float) -> float:
    """Share that a difference of logarithms stands for; infinite where it is beyond floats."""
    return math.inf if value > 700 else math.expm1(value)


def _signed(value: float, *, share: bool) -> str:
    sign = "+" if value >= 0 else "-"
    if not share:
        return f"{sign}{number(abs(value))}"
    if value > FACTOR:
        return f"x{number(1 + value)}"
    return f"{sign}{abs(value):.1%}"


def _ratio(a: float | None, b: float | None) -> str:
    return f"{b / a:.2f} x" if a and b is not None else ""


def _reached(where: float | None, count: int, every: int) -> str:
    told = "never" if where is None else coordinate(where)
    return told if count in {0, every} else f"{told} ({count} of {every})"


def _setting(value: float | str | None) -> str:
    return "none" if value is None else setting(value)


def _named(paths: Sequence[str]) -> str:
    return ", ".join(paths) if len(paths) < _NAMED else f"{paths[0]} and {len(paths) - 1} more"
