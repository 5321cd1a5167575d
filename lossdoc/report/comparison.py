"""A comparison in words: for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.report.phrases import coordinate, number, plural, setting
from lossdoc.report.spans import Line, clean, pad, span, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.comparison import Comparison, Row
    from lossdoc.model import Setting
    from lossdoc.report import schema_compare

_BADGES = {
    "worse": ("REGRESSED", "failing"),
    "better": ("IMPROVED", "healthy"),
    "same": ("SAME", "healthy"),
    "cannot tell": ("CANNOT TELL", "inconclusive"),
}

_NAMED = 3
"""So many paths are named; the others are counted."""


class Entry(NamedTuple):
    """One row of the table."""

    name: str
    reference: str
    candidate: str
    difference: str


def text(found: Comparison, width: int) -> list[Line]:
    """Lines for the terminal."""
    badge, style = _BADGES[found.outcome]
    head: Line = [span(f" {badge} ", style), span("  ")]
    lines = list(wrap([span(_sides(found))], width, first=head, indent=2))
    lines += [*wrap([span(_sentence(found))], width, first=[span(" ")], indent=1), []]
    rows = [Entry("", "reference", "run", "difference"), *entries(found)]
    sizes = [max(len(row[i]) for row in rows) + 2 for i in range(3)]
    for row in rows:
        first: Line = [span(" ")]
        for cell, size in zip(row[:3], sizes, strict=True):
            first += pad([span(cell)], size)
        lines += wrap([span(row.difference)], width, first=first, indent=3)
    lines += [[], *(line for note in notes(found) for line in _note(note, width))]
    return lines


def markdown(found: Comparison) -> str:
    """Text for a pull request or the summary of a job."""
    badge, _ = _BADGES[found.outcome]
    head = f"### {badge}\n\n{_escaped(_sides(found))}\n\n{_escaped(_sentence(found))}\n"
    rows = [
        "| " + " | ".join(_escaped(cell) or " " for cell in row) + " |" for row in entries(found)
    ]
    table = "| | reference | run | difference |\n|---|---|---|---|\n" + "\n".join(rows)
    told = "\n".join(f"- {_escaped(note)}" for note in notes(found))
    return f"{head}\n{table}\n\n{told}\n"


def entries(found: Comparison) -> list[Entry]:
    """Rows of the table: the measure that decides first."""
    loss = found.pairing.loss.value
    rows = [
        Entry(
            f"{row.name} {loss}",
            number(row.contrast.reference),
            number(row.contrast.candidate),
            _difference(row),
        )
        for row in found.rows
    ]
    for speed in found.speed:
        a, b = speed.reference, speed.candidate
        told = f"{b / a:.2f} x" if a and b is not None else ""
        name = f"{found.pairing.by}s to {number(speed.level)}"
        rows.append(Entry(name, _place(a), _place(b), told))
    if all(math.isfinite(x) for x in found.noise):
        a, b = found.noise
        told = f"{b / a:.2f} x" if a > 0 else ""
        rows.append(Entry("noise between points", number(a), number(b), told))
    if found.gained or found.lost:
        cells = (", ".join(found.lost) or "none", ", ".join(found.gained) or "none")
        rows.append(Entry("findings of one side", *cells, ""))
    rows += [
        Entry(name, "none" if a is None else setting(a), "none" if b is None else setting(b), "")
        for name, a, b in found.settings
    ]
    return rows


def notes(found: Comparison) -> list[str]:
    """Sentences below the table."""
    pairing = found.pairing
    n, m = len(pairing.reference), len(pairing.candidate)
    known = bool(found.rows) and found.rows[0].contrast.known
    told = [
        f"seed noise from {plural(n, 'reference run')} and {plural(m, 'new run')}; intervals at 99 %"
        if known
        else "seed noise is unknown; name two or more reference runs with other seeds"
    ]
    if found.parted is not None:
        told.append(f"the curves part at {pairing.by} {coordinate(found.parted)}")
    if pairing.covered < 0.95:
        told.append(f"only {pairing.covered:.0%} of the reference is common to all runs")
    if found.outcome == "cannot tell" and known:
        row = found.rows[0]
        told.append(f"a difference of less than {_size(row)} would not be seen with so few runs")
    return told


def dump(found: Comparison) -> str:
    """JSON document ``compare-v1``."""
    import msgspec

    from lossdoc.report import schema_compare as schema
    from lossdoc.report.json_words import number as plain

    pairing = found.pairing
    document = schema.Comparison(
        schema="compare-v1",
        outcome=found.outcome,
        judged=found.judged,
        why=found.why,
        reference=[m.run.path for m in pairing.reference],
        candidate=[m.run.path for m in pairing.candidate],
        loss=pairing.loss.value,
        by=pairing.by,
        first=plain(pairing.first),
        last=plain(pairing.last),
        covered=plain(pairing.covered),
        margin=plain(found.margin),
        measures=[_row(row) for row in found.rows],
        speed=[
            schema.Speed(
                level=plain(s.level),
                reference=None if s.reference is None else plain(s.reference),
                candidate=None if s.candidate is None else plain(s.candidate),
            )
            for s in found.speed
        ],
        noise=[plain(x) for x in found.noise],
        parted=None if found.parted is None else plain(found.parted),
        gained=list(found.gained),
        lost=list(found.lost),
        settings=[
            schema.Difference(name=clean(k), reference=_plain(a), candidate=_plain(b))
            for k, a, b in found.settings
        ],
        exit_code=found.exit_code,
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _row(row: Row) -> schema_compare.Row:
    from lossdoc.report import schema_compare as schema
    from lossdoc.report.json_words import number as plain

    c = row.contrast
    low, high, difference = _shares(row)
    return schema.Row(
        name=row.name,
        reference=plain(c.reference),
        candidate=plain(c.candidate),
        n_reference=c.n_reference,
        n_candidate=c.n_candidate,
        difference=plain(difference),
        relative=row.relative,
        interval=schema.Interval(low=plain(low), high=plain(high)) if c.known else None,
        effect=plain(c.effect) if c.known else None,
    )


def _plain(value: Setting) -> Setting:
    from lossdoc.report.json_words import number as plain

    return plain(value) if isinstance(value, float) else value


def _shares(row: Row) -> tuple[float, float, float]:
    """Low, high, and difference: shares of the reference where they were logarithms."""
    c = row.contrast
    if not row.relative:
        return c.low, c.high, c.difference
    return _expm1(c.low), _expm1(c.high), _expm1(c.difference)


def _expm1(value: float) -> float:
    """Share that a difference of logarithms stands for; infinite where it is beyond floats."""
    return math.inf if value > 700 else math.expm1(value)


def _difference(row: Row) -> str:
    low, high, difference = _shares(row)
    told = _signed(difference, share=row.relative)
    if not row.contrast.known:
        return told
    interval = f"{_signed(low, share=row.relative)} to {_signed(high, share=row.relative)}"
    return f"{told} ({interval.replace('%', '')}), {abs(row.contrast.effect):.1f} x noise"


def _size(row: Row) -> str:
    half = (row.contrast.high - row.contrast.low) / 2
    return f"{_expm1(half):.0%}" if row.relative else number(half)


def _signed(value: float, *, share: bool) -> str:
    sign = "+" if value >= 0 else "-"
    if not share:
        return f"{sign}{number(abs(value))}"
    if value > 10:  # a factor is easier to read
        return f"x{number(1 + value)}"
    return f"{sign}{abs(value):.1%}"


def _place(where: float | None) -> str:
    return "never" if where is None else coordinate(where)


def _sides(found: Comparison) -> str:
    pairing = found.pairing
    stretch = f"{coordinate(pairing.first)} to {coordinate(pairing.last)}"
    new, old = ([m.run.path for m in side] for side in (pairing.candidate, pairing.reference))
    return f"{_named(new)} against {_named(old)}, matched on {pairing.by} {stretch}"


def _named(paths: Sequence[str]) -> str:
    return ", ".join(paths) if len(paths) < _NAMED else f"{paths[0]} and {len(paths) - 1} more"


def _sentence(found: Comparison) -> str:
    return f"{found.why[0].upper()}{found.why[1:]}."


def _note(note: str, width: int) -> list[Line]:
    return list(wrap([span(note, "dim")], width, first=[span(" ")], indent=1))


def _escaped(words: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in clean(words))
