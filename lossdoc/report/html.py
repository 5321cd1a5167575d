"""One page of HTML that explains itself, for one run or many; its frame is `lossdoc.report.page`."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from lossdoc.report import ci, html_run, json, page, phrases, together
from lossdoc.report.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.ensemble import Ensemble
    from lossdoc.report import schema, schema_report

FIGURES = 5_000_000
"""Bytes of figures; runs after that are shown by a line of blocks alone."""

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
        html_run.section(run, picture, f"run-{i}", 2 if many else 1, judged.price)
        for i, (run, picture) in enumerate(drawn)
    ]
    called = f": {page.tag('code', page.text(judged.called))}" if judged.called else ""
    foot = f"lossdoc {page.text(report.tool.version)}{called}. The report for programs is within."
    return page.document(title, parts, data=json.dump(report, indent=0), foot=foot)


def _overview(drawn: Sequence[tuple[schema.Run, Picture]]) -> str:
    """A line for each run; what all their names begin with stands once above them."""
    names = [ci.title(run) for run, _ in drawn]
    shared = os.path.commonprefix(names).rpartition("/")[0]  # noqa: RUF071 - cut at a slash
    rows = (
        (
            page.badge(run.verdict),
            f'<a href="#run-{i}">{page.text(name[len(shared) :].lstrip("/"))}</a>',
            picture.figures.small or page.tag("span", picture.glance, "glance"),
            page.text(_first(run)),
        )
        for i, (name, (run, picture)) in enumerate(zip(names, drawn, strict=True))
    )
    told = f"run in {page.text(shared)}/" if shared else "run"
    return page.table(("verdict", told, "curve", "first finding"), rows, "overview")


def _first(run: schema.Run) -> str:
    if ci.unjudged(run):
        return ci.reason(run)
    if not run.findings:
        return ""
    first = run.findings[0]
    return f"{first.severity}: {ci.heading(run, first)}"


def _ensemble(ensemble: Ensemble, shape: schema_report.Ensemble) -> Iterator[str]:
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
        parts += html_run.fixes(item.prescriptions, ensemble.axis)
        yield page.tag("article", "\n".join(parts), item.severity)
