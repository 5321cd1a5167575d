"""A comparison in words: rows and sentences that all formats share, the terminal, and Markdown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.comparison.axes import UNITS
from lossdoc.report.phrases import coordinate, number, plural, setting
from lossdoc.report.spans import Line, clean, pad, span, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

_OTHER_DATA = 1.05
"""Sides whose epochs or tokens differ by this factor at the same step saw different data."""

_FACTOR = 10.0
"""A larger share is easier to read as a factor."""


class Entry(NamedTuple):
    """One row of the table of what was measured."""

    name: str
    reference: str
    candidate: str
    difference: str = ""
    interval: str = ""
    effect: str = ""


def text(found: Comparison, width: int) -> list[Line]:
    """Lines for the terminal."""
    badge, style = BADGES[found.outcome]
    first: Line = [span(f" {badge} ", style), span("  ")]
    lines = list(wrap([span(sides(found))], width, first=first, indent=2))
    lines += [*wrap([span(sentence(found))], width, first=[span(" ")], indent=1), []]
    lines += _table([head(found), *entries(found)], width)
    differing = differences(found)
    if differing:
        lines += [[], *_table([DIFFERS, *differing], width)]
    lines += [[], *(line for note in notes(found) for line in _note(note, width))]
    return lines


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[Line]:
    """Lines of a table; a last cell that has no room goes on below."""
    sizes = [max(len(row[i]) for row in rows) + 2 for i in range(len(rows[0]) - 1)]
    for row in rows:
        line: Line = [span(" ")]
        for cell, size in zip(row[:-1], sizes, strict=True):
            line += pad([span(cell)], size)
        yield from wrap([span(row[-1])], width, first=line, indent=3)


def markdown(found: Comparison) -> str:
    """Text for a pull request or the summary of a job."""
    badge, _ = BADGES[found.outcome]
    parts = [f"### {badge}", _escaped(sides(found)), _escaped(sentence(found))]
    parts.append(_markdown_table(head(found), entries(found)))
    differing = differences(found)
    if differing:
        parts.append(_markdown_table(DIFFERS, differing))
    parts.append("\n".join(f"- {_escaped(note)}" for note in notes(found)))
    return "\n\n".join(parts) + "\n"


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        "| " + " | ".join(_escaped(cell) or " " for cell in row) + " |" for row in (head, *rows)
    ]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


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


def differences(found: Comparison) -> list[tuple[str, str, str]]:
    """Findings, learning rates and settings in which the sides differ."""
    rows = []
    if found.gained or found.lost:
        lost, gained = (", ".join(codes) or "none" for codes in (found.lost, found.gained))
        rows.append(("findings", lost, gained))
    rows += [(d.name, _setting(d.reference), _setting(d.candidate)) for d in found.settings]
    return rows


def notes(found: Comparison) -> list[str]:
    """Sentences below the table."""
    told = [*_noise(found), *_beside(found), *_place(found), *_data(found)]
    if found.pairing.copies:
        copies = plural(found.pairing.copies, "run")
        told.append(f"{copies} left out: the same losses as another one of the same side")
    if found.pairing.covered < 0.95:
        told.append(f"only {found.pairing.covered:.0%} of the reference is common to all runs")
    if found.outcome == "cannot tell" and found.judged:
        row = found.rows[0]
        told.append(f"a difference of less than {_size(row)} would not be seen with so few runs")
    return told


def _noise(found: Comparison) -> Iterator[str]:
    """How many runs tell the seed noise."""
    n, m = len(found.pairing.reference), len(found.pairing.candidate)
    if not known(found):
        yield "seed noise is unknown; name two or more reference runs with other seeds"
        return
    yield f"seed noise from {plural(n, 'reference run')} and {plural(m, 'new run')}; intervals at 99 %"
    if n == 1:
        yield (
            "the seed noise of the single reference is unknown, that of the new runs stands for "
            "it; name more reference runs"
        )


def _beside(found: Comparison) -> Iterator[str]:
    """Measures that do not decide, where they say something else, beyond seed noise."""
    verdict = {"worse": 1, "better": -1}.get(found.outcome, 0)
    for row in found.rows[1:]:
        beyond = row.beyond(found.margin)
        if beyond in {0, verdict}:
            continue
        higher = "higher" if beyond > 0 else "lower"
        speed = " (slower learning)" if beyond > 0 else " (faster learning)"
        yield (
            f"not decided by it: the {row.name} loss is {higher}, beyond seed noise"
            f"{speed if row.name == 'mean' else ''}; --measure {row.name} decides by it"
        )


def _place(found: Comparison) -> Iterator[str]:
    """Where the curves part, and the area between them."""
    by, apart, area = found.pairing.by, found.apart, found.area
    if apart is not None and apart.for_good:
        yield f"the curves part at {place(by, apart.first)}"
    elif apart is not None:
        lie = "above" if apart.above else "below"
        yield (
            f"the new runs lie {lie} the references from {place(by, apart.first)} to "
            f"{place(by, apart.last)}, and come together again"
        )
    if area is not None and area.size > 0:
        share = f"{_share(area.size)} that under the references'"
        size = share if area.relative else number(area.size)
        yield f"the area between the curves is {size}; the new runs are higher in {area.above:.0%} of it"


def _data(found: Comparison) -> Iterator[str]:
    """Whether the same step is another place in the data."""
    if found.pairing.by != "step":
        return
    for r in found.reach:
        low, high = sorted((r.reference, r.candidate))
        if r.axis in {"epoch", "tokens"} and high > _OTHER_DATA * low:
            yield (
                f"in the same steps the sides saw different amounts of data: --by {r.axis} matches "
                "on what they saw"
            )
            return


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
    return _expm1(c.low), _expm1(c.high), _expm1(c.difference)


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


def _expm1(value: float) -> float:
    """Share that a difference of logarithms stands for; infinite where it is beyond floats."""
    return math.inf if value > 700 else math.expm1(value)


def _size(row: Row) -> str:
    half = (row.contrast.high - row.contrast.low) / 2
    if not row.relative:
        return number(half)
    share = _expm1(half)
    return f"{share:.0%}" if share < _FACTOR else f"a factor of {number(1 + share)}"


def _share(value: float) -> str:
    return f"{value:.1%} of" if value < _FACTOR else f"{number(value)} times"


def _signed(value: float, *, share: bool) -> str:
    sign = "+" if value >= 0 else "-"
    if not share:
        return f"{sign}{number(abs(value))}"
    if value > _FACTOR:
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


def _note(note: str, width: int) -> list[Line]:
    return list(wrap([span(note, "dim")], width, first=[span(" ")], indent=1))


def _escaped(words: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in clean(words))
