"""What a rule is, from its class: for ``lossdoc explain``, ``lossdoc rules`` and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.measured import sentence
from lossdoc.model import Confidence
from lossdoc.report.links import rule_url
from lossdoc.report.phrases import setting
from lossdoc.report.plot import curve_plot
from lossdoc.report.spans import Line, Span, cells, emphasise, pad, span, wrap
from lossdoc.report.terminal import LINK
from lossdoc.troubles import FAILURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.rules.base import Option, Rule

ORDER = ("How it is measured", "What to change", "When it is wrong")
"""Sections of every rule, in the order of the page."""

_INDENT = 3


def needs(rule: Rule) -> str:
    """What a log must hold for the rule to judge: ``train_loss or val_loss``."""
    channels = sorted(channel.value for channel in rule.needs)
    if rule.any_loss and "train_loss" in channels:
        channels[channels.index("train_loss")] = "train_loss or val_loss"
    return ", ".join(channels) or "any series"


def explanation(rule: Rule, width: int) -> list[Line]:
    """Return everything about a rule as lines."""
    sections = rule.sections()
    lines = _title(rule, width)
    about = sections[""].partition("\n\n")[2]
    lines += [[], *_prose(about, width, indent=1)] if about else []
    drawn = figure(rule, width - _INDENT)
    lines += [[], *([Span(" " * _INDENT), *line] for line in drawn)] if drawn else []
    for heading in (*ORDER, *(h for h in sections if h and h not in ORDER)):
        if sections.get(heading):
            lines += [[], [Span(f" {heading}", "label")]]
            lines += _prose(sections[heading], width, indent=_INDENT)
        if heading == ORDER[0]:
            lines += _options(rule.options(), width)
    if rule.references:
        lines += [[], [Span(" References", "label")]]
        lines += [x for text in rule.references for x in wrap([span(text)], width, indent=_INDENT)]
    origin = rule_url(rule.code, rule.name) or f"from the plug-in {rule.plugin}"
    return [*lines, [], [span(f" {origin}", "dim")]]


def figure(rule: Rule, width: int) -> list[Line]:
    """Return the first example on which the rule fires, drawn with its onset; empty if none."""
    from lossdoc.engine import diagnose

    sick = next((example for example in rule.examples if example.fires), None)
    if sick is None:
        return []
    try:
        run = sick.make(0)
    except FAILURES:
        if not rule.plugin:
            raise
        return []  # what is wrong with it, lossdoc.testing.check_rule tells its author
    found = diagnose(run, rules=(rule,), min_confidence=Confidence.LOW).findings
    shown = next((s for f in found for s in run.series if s.name == f.series), None)
    if shown is None or run.restarts:
        return []
    return curve_plot(shown, axis=run.axis, width=width, onset=found[0].onset.step, height=5)


def table(rules: Sequence[Rule], width: int) -> list[Line]:
    """Return one entry per rule: code, severity, name, needs, and its summary below."""
    names = max((len(rule.name) for rule in rules), default=0)
    lines: list[Line] = []
    for rule in rules:
        severity = rule.severity.label
        head = [
            span(f" {rule.code} ", LINK + rule_url(rule.code, rule.name)),
            Span(f" {severity:<8}", severity),
            span(f"{rule.name:<{names}}  ", "label"),
        ]
        indent = sum(cells(part.text) for part in head)
        if width - indent < 24:
            lines += [head, *wrap([span(rule.summary())], width, indent=_INDENT)]
        else:
            lines += wrap([span(rule.summary())], width, first=head, indent=indent)
    return lines


def entry(rule: Rule) -> dict[str, object]:
    """Return a rule as plain data, for JSON."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.label,
        "summary": rule.summary(),
        "needs": sorted(channel.value for channel in rule.needs),
        "any_loss": rule.any_loss,
        "min_points": rule.min_points,
        "since": rule.since,
        "options": [
            {"name": o.name, "default": o.value, "unit": o.unit, "help": o.text}
            for o in rule.options()
        ],
        "references": list(rule.references),
        "url": rule_url(rule.code, rule.name),
        "plugin": rule.plugin or None,
    }


def _title(rule: Rule, width: int) -> list[Line]:
    severity = rule.severity.label
    title = [
        Span(" "),
        span(rule.code, LINK + rule_url(rule.code, rule.name)),
        Span(" "),
        span(rule.name, "label"),
        Span("  "),
        Span(severity, severity),
    ]
    about = f"needs {needs(rule)}, {rule.min_points} points; since {rule.since}"
    return [
        title,
        *wrap([span(f"{rule.summary()}.")], width, indent=1),
        *wrap([Span(about, "dim")], width, indent=1),
        *_measured(rule, width),
    ]


def _measured(rule: Rule, width: int) -> list[Line]:
    """What the scorecard counted, in a sentence; no lines where it did not."""
    record = sentence(rule.code)
    return wrap([Span(f"measured: {record}", "dim")], width, indent=1) if record else []


def _prose(text: str, width: int, *, indent: int) -> list[Line]:
    """Paragraphs and lists, broken anew; what is indented stands as it is."""
    lines: list[Line] = []
    for i, paragraph in enumerate(text.split("\n\n") if text else []):
        if i:
            lines.append([])
        if paragraph.startswith("    "):
            lines += [[span(" " * indent + line)] for line in paragraph.splitlines()]
            continue
        for item in ("\n" + paragraph).replace("\n- ", "\0- ").split("\0"):
            words = emphasise(" ".join(item.split()))
            lines += wrap(words, width, indent=indent) if words else []
    return lines


def _options(options: Sequence[Option], width: int) -> list[Line]:
    if not options:
        return []
    rows = [(o, f"{setting(o.value)} {o.unit}".rstrip()) for o in options]
    names = max(len(o.name) for o in options) + 2
    values = max(cells(value) for _, value in rows) + 2
    lines: list[Line] = [[], [Span(" Options", "label")]]
    for option, value in rows:
        head = pad([Span(" " * _INDENT), span(option.name, "code")], _INDENT + names)
        head = pad([*head, span(value, "number")], _INDENT + names + values)
        lines += wrap([span(option.text)], width, first=head, indent=_INDENT + names + values)
    return lines
