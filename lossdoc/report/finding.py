"""One finding as lines: what, plot, evidence, fix, doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report import phrases
from lossdoc.report.links import rule_url
from lossdoc.report.spans import Line, Span, cells, emphasise, pad, span, width_of, wrap
from lossdoc.report.terminal import LINK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.model import Change, Evidence, Finding, Prescription

INDENT = 3
LABELS = 13
"""Column at which the text after a label begins."""

_SHOWN_EVIDENCE = 4


def labelled(label: str, text: str | Line, width: int) -> list[Line]:
    """Return a paragraph with its label on the left; no lines for no text."""
    content = emphasise(text) if isinstance(text, str) else text
    if not content:
        return []
    first = [Span(" " * INDENT), Span(label, "label")] if label else None
    return wrap(content, width, first=first, indent=LABELS)


def heading(finding: Finding, width: int) -> list[Line]:
    """Severity, code, name; confidence on the right, and what it lacks."""
    left = badge(finding)
    lacking = phrases.doubts(finding)
    right = f"confidence {finding.confidence.label}" + (f" ({lacking})" if lacking else "")
    gap = width - width_of(left) - cells(right)
    if gap >= 2:
        return [[*left, Span(" " * gap), Span(right, "dim")]]
    return [left, *wrap([Span(right, "dim")], width, indent=INDENT)]


def badge(finding: Finding) -> Line:
    """Severity, code and name."""
    severity = finding.severity.label
    return [
        Span(" "),
        Span(f"{severity:<7}", severity),
        Span(" "),
        span(finding.code, LINK + rule_url(finding.code, finding.name)),
        Span(" "),
        span(finding.name, "label"),
    ]


def statement(finding: Finding, width: int, told: str) -> list[Line]:
    """The finding's own sentence, unless the story has told it already."""
    if finding.message[1:] in told:
        return []
    where = f"in segment {finding.segment + 1}: " if finding.segment else ""
    return wrap(emphasise(where + finding.message), width, indent=INDENT)


def evidence(items: Sequence[Evidence], width: int, most: int = _SHOWN_EVIDENCE) -> list[Line]:
    """The decisive numbers in a row."""
    parts = [
        f"{item.name.replace('_', ' ')} {_quantity(item)}"
        + ("" if item.threshold is None else f" (limit {phrases.number(item.threshold)})")
        for item in items[:most]
    ]
    return labelled("evidence", ", ".join(parts), width)


def evidence_table(items: Sequence[Evidence], width: int) -> list[Line]:
    """All numbers, one a line where there is room."""
    if not items:
        return []
    names = max(cells(item.name) for item in items)
    values = max(len(phrases.number(item.value)) for item in items)
    lines: list[Line] = []
    for item in items:
        label = [Span(" " * INDENT), Span("" if lines else "evidence", "label")]
        name = pad([*pad(label, LABELS), span(item.name)], LABELS + names)
        value = Span(f"  {phrases.number(item.value):>{values}}", "number")
        limit = "" if item.threshold is None else f"  limit {phrases.number(item.threshold)}"
        lines.append([*name, value, span(f" {item.unit}"), Span(limit, "dim")])
    return lines if max(map(width_of, lines)) <= width else evidence(items, width, len(items))


def _quantity(item: Evidence) -> str:
    if item.unit == "yes = 1":
        return "yes" if item.value else "no"
    value = phrases.number(item.value)
    return f"{value} {item.unit}".rstrip() if item.unit != "x" else f"{value} x"


def fixes(finding: Finding, axis: str, width: int, *, verbose: bool = False) -> list[Line]:
    """What to change; further prescriptions are alternatives or additions, in order."""
    lines: list[Line] = []
    for i, item in enumerate(finding.prescriptions):
        lines += labelled("fix" if i == 0 else "also", _action(item, axis), width)
        lines += changes(item.changes, width)
        lines += labelled("because", item.rationale, width)
        lines += _doubt(item.caveat, width)
        lines += labelled("see", item.reference, width) if verbose else []
    if finding.prescriptions:
        lines += labelled("verify", finding.prescriptions[0].verify, width)
    return lines


def _doubt(caveat: str, width: int) -> list[Line]:
    """When not to believe or apply it."""
    if caveat.startswith("unless "):
        return labelled("unless", caveat.removeprefix("unless "), width)
    return labelled("but", caveat, width)


def _action(item: Prescription, axis: str) -> str:
    if item.from_step is None or item.kind == "checkpoint":
        return item.action
    where = phrases.position(axis, item.from_step)
    return f"{item.action}, from the last checkpoint at or before {where}"


def changes(items: Sequence[Change], width: int) -> list[Line]:
    """Before and after, arrows below each other."""
    rows = list(_rows(items))
    names = max((cells(name) for name, _, _ in rows), default=0) + 2
    befores = max((cells(before) for _, before, _ in rows), default=0)
    afters = max((cells(after) for _, _, after in rows), default=0)
    fits = LABELS + 2 + names + befores + 3 + afters <= width
    indent = Span(" " * (LABELS + 2 if fits else INDENT + 1))
    return [
        [
            indent,
            *pad([Span(name)], names),
            Span(" " * (befores - cells(before)) + f"{before} → " if before else ""),
            Span(after, "number"),
        ]
        for name, before, after in rows
    ]


def _rows(items: Sequence[Change]) -> Iterator[tuple[str, str, str]]:
    for item in items:
        name = item.name.removesuffix("_factor")
        if name != item.name and item.before == 1 and isinstance(item.after, int | float):
            yield span(name).text, "", f"times {item.after:.3g}"
        else:
            before, after = phrases.setting(item.before), phrases.setting(item.after)
            yield span(item.name).text, span(before).text, span(after).text


def block(
    finding: Finding, axis: str, width: int, *, verbose: bool, plot: list[Line], told: str
) -> list[Line]:
    """The whole finding."""
    lines = heading(finding, width) + statement(finding, width, told)
    if plot:
        indent = Span(" " * INDENT)
        lines += [[], *([indent, *line] for line in plot), []]
    numbers = finding.evidence
    lines += (evidence_table if verbose else evidence)(numbers, width)
    lines += fixes(finding, axis, width, verbose=verbose)
    return lines + _doubt(finding.caveat, width)


def notes(findings: Sequence[Finding], width: int) -> list[Line]:
    """Findings that only inform, a sentence each; the same in several segments is told once."""
    by_code: dict[str, list[Finding]] = {}
    for item in findings:
        by_code.setdefault(item.code, []).append(item)
    lines: list[Line] = []
    for first, *others in by_code.values():
        more = f" (and in {phrases.plural(len(others), 'more segment')})" if others else ""
        head = [*badge(first), Span(": ")]
        lines += wrap(emphasise(f"{first.message}{more}"), width, first=head, indent=INDENT)
    return lines


def brief(finding: Finding, axis: str, width: int, *, told: str) -> list[Line]:
    """The finding without evidence and doubt: what, where and which numbers to change."""
    lines = heading(finding, width) + statement(finding, width, told)
    for item in finding.prescriptions[:1]:
        lines += labelled("fix", _action(item, axis), width) + changes(item.changes, width)
    return lines
