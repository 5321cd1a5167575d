"""One page of HTML that explains itself: no network, no script, nothing from the log that is not text.

Figures are images of their own within the page, so that no name of a column can become part of its markup.
"""

from __future__ import annotations

import base64
import itertools
from html import escape
from typing import TYPE_CHECKING

from lossdoc.report import ci, json, phrases, together
from lossdoc.report.html_style import STYLE
from lossdoc.report.markup import settings
from lossdoc.report.pictures import Picture
from lossdoc.report.text import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossdoc.ensemble import Ensemble
    from lossdoc.report import schema

FIGURES = 5_000_000
"""Bytes of figures; runs after that are shown by a line of blocks alone."""

_WORST = ("failing", "at risk", "inconclusive", "healthy")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render(judged: ci.Judged) -> str:
    """Return the page: one run in full, or a table of several and then all of them."""
    report = judged.report
    pictures = itertools.chain(judged.pictures, itertools.repeat(Picture()))
    drawn = sorted(
        zip(report.runs, pictures, strict=False), key=lambda each: _WORST.index(each[0].verdict)
    )
    counts = [run.verdict for run, _ in drawn]
    told = ", ".join(f"{counts.count(v):,} {v}" for v in _WORST if v in counts)
    title = f"lossdoc: {phrases.plural(len(drawn), 'run')}: {told}" if drawn else "No run was found"
    many = len(drawn) != 1
    parts = [_tag("h1", _text(title))] if many else []
    parts += [_tag("p", f"{_text(aside.text)}.") for aside in ci.asides(judged)]
    if many:
        parts.append(_overview(drawn))
        for ensemble, shape in zip(judged.together.ensembles, report.ensembles, strict=True):
            parts += _ensemble(ensemble, shape)
    parts += [
        _run(run, picture, i, "h2" if many else "h1") for i, (run, picture) in enumerate(drawn)
    ]
    # Within a script only "</" and "<!--" end or change it; as escapes they are the same JSON.
    data = json.dump(report, indent=0).replace("<", "\\u003c")
    head = (
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>"
    )
    foot = f"lossdoc {_text(report.tool.version)}; the report for programs is within this page"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n<main>\n'
        + "\n".join(parts)
        + f"\n</main>\n<footer>{foot}</footer>\n"
        f'<script type="application/json" id="lossdoc-report">{data.strip()}</script>\n</body>\n</html>\n'
    )


def _text(text: str) -> str:
    """Text that is shown as it is."""
    return escape(ci.shown(text))


def _tag(name: str, content: str, kind: str = "") -> str:
    return f'<{name} class="{kind}">{content}</{name}>' if kind else f"<{name}>{content}</{name}>"


def _badge(verdict: str) -> str:
    return _tag("span", verdict.upper(), f"badge {verdict.replace(' ', '-')}")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already; it scrolls where the page is narrow."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "\n".join(_tag("tr", "".join(_tag("td", cell) for cell in row)) for row in rows)
    return _tag(
        "div", f"<table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table>", "wide"
    )


def _overview(drawn: Sequence[tuple[schema.Run, Picture]]) -> str:
    rows = (
        (
            _badge(run.verdict),
            f'<a href="#run-{i}">{_text(ci.title(run))}</a>',
            _tag("span", picture.glance, "glance"),
            _text(_first(run)),
        )
        for i, (run, picture) in enumerate(drawn)
    )
    return _table(("verdict", "run", "curve", "first finding"), rows)


def _first(run: schema.Run) -> str:
    if ci.unjudged(run):
        return ci.reason(run)
    return ci.heading(run, run.findings[0]) if run.findings else ""


def _run(run: schema.Run, picture: Picture, number: int, level: str) -> str:
    """Verdict, story, figure, findings, what it cost, and what was not checked."""
    parts = [_tag(level, f"{_badge(run.verdict)} {_text(ci.title(run))}")]
    parts.append(_tag("p", _text(ci.reason(run) if ci.unjudged(run) else run.summary), "story"))
    parts += [_tag("p", _text(detail)) for detail in run.details]
    parts.append(_figure(picture, run))
    parts += [_finding(run, item) for item in run.findings]
    if run.verdict == "healthy":
        parts.append(_tag("p", LIMITS))
    if run.cost is not None:
        units = phrases.axis_plural(ci.axis(run))
        parts.append(
            _tag("p", f"{float(run.cost.fraction):.0%} of the {units} were spent after the onset.")
        )
    if run.history:
        parts.append(_tag("p", f"History: {_text(run.history)}"))
    parts += _background(run)
    body = "\n".join(filter(None, parts))
    return f'<section id="run-{number}" aria-label="{_text(ci.title(run))}">\n{body}\n</section>'


def _figure(picture: Picture, run: schema.Run) -> str:
    if not picture.figure:
        return _tag("p", picture.glance, "glance") if picture.glance else ""
    data = base64.b64encode(picture.figure).decode()
    told = f"Losses, learning rate and gradient norm of {_text(ci.title(run))}, onsets marked"
    return f'<figure><img alt="{told}" src="data:image/svg+xml;base64,{data}"></figure>'


def _finding(run: schema.Run, item: schema.Finding) -> str:
    head = (
        f"{_tag('span', item.severity, f'level {item.severity}')} "
        f'<a href="{escape(item.url)}">{_text(f"{item.code} {item.name}")}</a> '
        f"{_text(ci.since(run, item))}"
    )
    parts = [
        _tag("h3", head),
        _tag("p", f"{_text(item.message)} {_tag('small', f'confidence {item.confidence}')}"),
    ]
    if item.evidence:
        rows = (
            (
                _text(e.name.replace("_", " ")),
                _text(phrases.setting(e.value)),
                _text(e.unit),
                "" if e.threshold is None else _text(phrases.setting(e.threshold)),
            )
            for e in item.evidence
        )
        parts.append(_table(("evidence", "value", "unit", "limit"), rows))
    parts += _fixes(item.prescriptions, ci.axis(run))
    parts += _doubt(item.caveat)
    return _tag("article", "\n".join(parts), item.severity)


def _fixes(items: Sequence[schema.Prescription], axis: str) -> Iterator[str]:
    for number, each in enumerate(items):
        yield _tag("p", f"{_tag('b', 'Also' if number else 'Fix')}: {_text(ci.action(each, axis))}")
        if each.changes:
            yield _tag("pre", escape(settings(each.changes)))
        if each.rationale:
            source = f" {_tag('small', _text(each.reference))}" if each.reference else ""
            yield _tag("p", f"Because: {_text(each.rationale)}{source}")
        yield from _doubt(each.caveat)
    if items and items[0].verify:
        yield _tag("p", f"Verify: {_text(items[0].verify)}")


def _doubt(caveat: str) -> Iterator[str]:
    if caveat:
        unless = caveat.startswith("unless ")
        yield _tag("p", f"Unless {_text(caveat[7:])}" if unless else f"But: {_text(caveat)}")


def _background(run: schema.Run) -> Iterator[str]:
    """What is folded: explained and accepted findings, rules that could not judge, the log itself."""
    explained = [
        f"{item.code} {item.finding.name} at {ci.since(run, item.finding)}, explained by {item.by}"
        for item in run.superseded
    ]
    accepted = [f"{a.finding.code} {a.finding.name}: {a.reason}" for a in run.accepted]
    unchecked = [f"{rule.code} {rule.name}: {rule.reason}" for rule in run.not_checked]
    issues = [f"{each.kind}: {each.message}" for each in run.log_issues]
    channels = [
        f"{name}: {c.source}, {phrases.plural(c.points, 'point')}"
        for name, c in run.channels.items()
    ]
    context = [f"{name}: {phrases.setting(value)}" for name, value in run.context.items()]
    for title, lines in (
        (f"{phrases.plural(len(explained), 'finding')} explained by others", explained),
        (f"{phrases.plural(len(accepted), 'finding')} accepted by the baseline", accepted),
        (f"{phrases.plural(len(unchecked), 'rule')} not checked", unchecked),
        (f"{phrases.plural(len(issues), 'reservation')} about the log", issues),
        ("What was read", channels),
        ("Settings in the log", context),
    ):
        if lines:
            items = "\n".join(_tag("li", _text(line)) for line in lines)
            yield f"<details><summary>{_text(title)}</summary>\n<ul>{items}</ul></details>"


def _ensemble(ensemble: Ensemble, shape: schema.Ensemble) -> Iterator[str]:
    """What runs of one configuration have in common."""
    if not shape.findings:
        return
    yield _tag("h2", f"Together: {_text(ensemble.pattern)}")
    yield _tag("p", f"{_text(together.summary(ensemble))}.")
    for shared, item in zip(ensemble.shared, shape.findings, strict=True):
        told = together.statement(shared, ensemble.axis)
        parts = [_tag("p", f"{_text(item.severity)} {_text(item.code)} {_text(told)}")]
        parts += _fixes(item.prescriptions, ensemble.axis)
        yield _tag("article", "\n".join(parts), item.severity)
