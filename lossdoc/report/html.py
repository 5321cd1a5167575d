"""One page of HTML that explains itself, for one run or many; its frame is `lossdoc.report.page`."""

from __future__ import annotations

import itertools
from html import escape
from typing import TYPE_CHECKING

from lossdoc.report import ci, json, page, phrases, together
from lossdoc.report.markup import settings
from lossdoc.report.pictures import Picture
from lossdoc.report.text import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.ensemble import Ensemble
    from lossdoc.report import schema

FIGURES = 5_000_000
"""Bytes of figures; runs after that are shown by a line of blocks alone."""

_CAPTION = "Dashed: an onset. Shaded: as far as the finding lasts. Dotted: a note."

_WORST = ("failing", "at risk", "inconclusive", "healthy")


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
    parts = [page.tag("h1", page.text(title))] if many else []
    parts += [page.tag("p", f"{page.text(aside.text)}.") for aside in ci.asides(judged)]
    if many:
        parts.append(_overview(drawn))
        for ensemble, shape in zip(judged.together.ensembles, report.ensembles, strict=True):
            parts += _ensemble(ensemble, shape)
    parts += [
        section(run, picture, f"run-{i}", "h2" if many else "h1")
        for i, (run, picture) in enumerate(drawn)
    ]
    foot = f"lossdoc {page.text(report.tool.version)}; the report for programs is within this page"
    return page.document(title, parts, data=json.dump(report, indent=0), foot=foot)


def _overview(drawn: Sequence[tuple[schema.Run, Picture]]) -> str:
    rows = (
        (
            page.badge(run.verdict),
            f'<a href="#run-{i}">{page.text(ci.title(run))}</a>',
            picture.figures.small or page.tag("span", picture.glance, "glance"),
            page.text(_first(run)),
        )
        for i, (run, picture) in enumerate(drawn)
    )
    return page.table(("verdict", "run", "curve", "first finding"), rows)


def _first(run: schema.Run) -> str:
    if ci.unjudged(run):
        return ci.reason(run)
    return ci.heading(run, run.findings[0]) if run.findings else ""


def section(run: schema.Run, picture: Picture, name: str, level: str) -> str:
    """Return one run: verdict, story, figures, findings, what it cost, and what was not checked.

    Parameters
    ----------
    name
        Of the element, which no other on the page may have.
    level
        Tag of its heading.
    """
    parts = [page.tag(level, f"{page.badge(run.verdict)} {page.text(ci.title(run))}")]
    parts.append(
        page.tag("p", page.text(ci.reason(run) if ci.unjudged(run) else run.summary), "story")
    )
    parts += [page.tag("p", page.text(detail)) for detail in run.details]
    parts += _timeline(picture)
    close = itertools.chain(picture.figures.close, itertools.repeat(""))
    parts += [_finding(run, *each) for each in zip(run.findings, close, strict=False)]
    if run.verdict == "healthy":
        parts.append(page.tag("p", LIMITS))
    if run.cost is not None:
        units = phrases.axis_plural(ci.axis(run))
        parts.append(
            page.tag(
                "p", f"{float(run.cost.fraction):.0%} of the {units} were spent after the onset."
            )
        )
    if run.history:
        parts.append(page.tag("p", f"History: {page.text(run.history)}"))
    parts += _background(run)
    body = "\n".join(filter(None, parts))
    return f'<section id="{name}" aria-label="{page.text(ci.title(run))}">\n{body}\n</section>'


def _timeline(picture: Picture) -> Iterator[str]:
    """The curves; where there is no room left for figures, a line of blocks."""
    drawn = picture.figures
    if drawn.timeline:
        yield page.figure(drawn.timeline, _CAPTION)
    elif picture.glance:
        yield page.tag("p", picture.glance, "glance")
    if drawn.other:
        scale = "logarithmic" if drawn.scale == "log" else "linear"
        shown = page.figure(drawn.other, "The losses alone")
        yield page.folded(f"The same on a {scale} scale", shown)


def _finding(run: schema.Run, item: schema.Finding, close: str) -> str:
    head = (
        f"{page.tag('span', item.severity, f'level {item.severity}')} "
        f'<a href="{escape(item.url)}">{page.text(f"{item.code} {item.name}")}</a> '
        f"{page.text(ci.since(run, item))}"
    )
    parts = [
        page.tag("h3", head),
        page.tag(
            "p", f"{page.text(item.message)} {page.tag('small', f'confidence {item.confidence}')}"
        ),
    ]
    if item.evidence:
        rows = (
            (
                page.text(e.name.replace("_", " ")),
                page.text(phrases.setting(e.value)),
                page.text(e.unit),
                "" if e.threshold is None else page.text(phrases.setting(e.threshold)),
            )
            for e in item.evidence
        )
        parts.append(page.table(("evidence", "value", "unit", "limit"), rows))
    if close:
        parts.append(page.figure(close, f"{item.series} close to {ci.since(run, item)}"))
    parts += _fixes(item.prescriptions, ci.axis(run))
    parts += _doubt(item.caveat)
    return page.tag("article", "\n".join(parts), item.severity)


def _fixes(items: Sequence[schema.Prescription], axis: str) -> Iterator[str]:
    for number, each in enumerate(items):
        yield page.tag(
            "p", f"{page.tag('b', 'Also' if number else 'Fix')}: {page.text(ci.action(each, axis))}"
        )
        if each.changes:
            yield page.copied(settings(each.changes))
        if each.rationale:
            source = f" {page.tag('small', page.text(each.reference))}" if each.reference else ""
            yield page.tag("p", f"Because: {page.text(each.rationale)}{source}")
        yield from _doubt(each.caveat)
    if items and items[0].verify:
        yield page.tag("p", f"Verify: {page.text(items[0].verify)}")


def _doubt(caveat: str) -> Iterator[str]:
    if caveat:
        unless = caveat.startswith("unless ")
        yield page.tag(
            "p", f"Unless {page.text(caveat[7:])}" if unless else f"But: {page.text(caveat)}"
        )


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
            yield page.folded(title, page.listing(lines))


def _ensemble(ensemble: Ensemble, shape: schema.Ensemble) -> Iterator[str]:
    """What runs of one configuration have in common."""
    if not shape.findings:
        return
    yield page.tag("h2", f"Together: {page.text(ensemble.pattern)}")
    yield page.tag("p", f"{page.text(together.summary(ensemble))}.")
    for shared, item in zip(ensemble.shared, shape.findings, strict=True):
        told = together.statement(shared, ensemble.axis)
        parts = [
            page.tag("p", f"{page.text(item.severity)} {page.text(item.code)} {page.text(told)}")
        ]
        parts += _fixes(item.prescriptions, ensemble.axis)
        yield page.tag("article", "\n".join(parts), item.severity)
