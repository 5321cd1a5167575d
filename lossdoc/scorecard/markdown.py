"""Numbers and tables of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.intervals import wilson
from lossdoc.report.links import rule_page
from lossdoc.rules import builtin
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lossdoc.scorecard.results import AlarmCount, Triple


def rate(part: int, whole: int) -> str:
    """Write a share in percent with its interval; a dash where there is nothing to share."""
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{100 * part / whole:.1f} % ({100 * low:.0f}–{100 * high:.0f} %)"


def fraction(part: int, whole: int) -> str:
    """Write a share as it was counted, with its interval; a dash where there is nothing."""
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{part}/{whole} ({100 * low:.0f}–{100 * high:.0f} %)"


def per_thousand(part: int, whole: int) -> str:
    """Write how many of a thousand, with the interval; a dash where there is nothing to count in."""
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{1000 * part / whole:.1f} ({1000 * low:.1f} to {1000 * high:.1f})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def alarm_table(counts: Mapping[str, AlarmCount]) -> str:
    """Write alarms of logs that should have none, by how they are logged."""
    rows = [
        (name, fraction(count.alarms, count.runs), codes(count.codes))
        for name, count in counts.items()
    ]
    return table(("log", "with an alarm", "of which rules"), rows)


def confidence_table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Write what becomes of warnings, by what they are called; the surest first."""
    rows = []
    for name, own in reversed(list(counts.items())):
        right, wrong = own.get("right", 0), own.get("wrong", 0)
        if right + wrong:
            rows.append((name, fraction(right, right + wrong), own.get("neither", 0)))
    return table(("called", "right", "neither"), rows)


def rule_link(code: str) -> str:
    """Link to the page of a rule; its bare code where there is no such rule."""
    names = {rule.code: rule.name for rule in builtin()}
    return f"[{code}](rules/{rule_page(code, names[code])})" if code in names else code


def codes(counts: Mapping[str, int]) -> str:
    """Write which rules, and how often; a dash for none."""
    return ", ".join(f"{code} {count}" for code, count in counts.items()) or "–"


def span(triple: Triple | None, *, percent: bool = False) -> str:
    """Write a number with its interval; a dash where there is none."""
    if triple is None:
        return "–"
    value, low, high = (f"{100 * x:.0f}" if percent else number(x) for x in triple)
    return f"{value} ({low} to {high})" + (" %" if percent else "")
