"""Markdown for people: the summary of a CI step, or a comment on a pull request."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from lossdoc.model import Severity
from lossdoc.report import ci, phrases, spending, together
from lossdoc.report.links import rule_url
from lossdoc.report.markup import block, code, escape, folded, link, settings, table
from lossdoc.report.pictures import Picture
from lossdoc.report.plan import plan
from lossdoc.report.text import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossdoc.ensemble import Ensemble
    from lossdoc.report import schema, schema_report
    from lossdoc.report.spending import Price

MOST = 1_000_000
"""Bytes: the summary of a step in GitHub Actions may have 1 MiB."""

_ROWS = 200
"""Rows of one table; a sentence counts the others."""

_CELL = 250
"""Characters of one cell: one endless name must not push all else out of the summary."""

_CUT = "Cut here: the whole report is longer than a step summary may be; `-o report.json` has it."

_WORST = ("failing", "at risk", "inconclusive", "healthy")


def render(judged: ci.Judged) -> str:
    """Return the document: one run in full, or a table of several and then those with a problem."""
    return _within(_blocks(judged), MOST)


def _blocks(judged: ci.Judged) -> Iterator[str]:
    report = judged.report
    # Those that were not painted have no picture, whatever their number.
    pictures = itertools.chain(judged.pictures, itertools.repeat(Picture()))
    drawn = list(zip(report.runs, pictures, strict=False))
    if len(drawn) == 1:
        yield from _run(*drawn[0], "#", judged.price)
    else:
        drawn.sort(key=lambda each: _WORST.index(each[0].verdict))
        yield from _overview(drawn)
        yield from _left_out(judged)
        for ensemble, shape in zip(judged.together.ensembles, report.ensembles, strict=True):
            yield from _ensemble(ensemble, shape)
        for run, picture in drawn:
            if run.verdict != "healthy" or run.findings:
                yield from _run(run, picture, "##", judged.price)
        yield from _called(judged)
        return
    yield from _left_out(judged)
    yield from _called(judged)


def _called(judged: ci.Judged) -> Iterator[str]:
    """How the report was made."""
    if judged.called:
        version = judged.report.tool.version
        yield f"<sub>{escape(f'lossdoc {version}')}: {code(judged.called)}</sub>"


def _left_out(judged: ci.Judged) -> Iterator[str]:
    for aside in itertools.islice(ci.asides(judged), _ROWS):
        yield f"{escape(aside.text)}."


def _overview(drawn: Sequence[tuple[schema.Run, Picture]]) -> Iterator[str]:
    """The table of all runs."""
    if not drawn:
        yield "# No run was found"
        return
    verdicts = [run.verdict for run, _ in drawn]
    counts = ", ".join(f"{verdicts.count(v):,} {v}" for v in _WORST if v in verdicts)
    yield f"# {phrases.plural(len(drawn), 'run')}: {counts}"
    rows = (
        (run.verdict.upper(), code(ci.title(run), _CELL), picture.glance, _first(run))
        for run, picture in drawn[:_ROWS]
    )
    yield table(("verdict", "run", "curve", "first finding"), rows)
    yield from _more(len(drawn), "run")


def _first(run: schema.Run) -> str:
    if ci.unjudged(run):
        return escape(ci.reason(run), _CELL)
    if not run.findings:
        return ""
    item, *others = run.findings
    more = f", {len(others)} more" if others else ""
    return f"{_rule(item)} at {ci.since(run, item)}{more}"


def _run(run: schema.Run, picture: Picture, level: str, price: Price | None) -> Iterator[str]:
    """Verdict, story, curve, findings, what to change, and what was not checked."""
    yield f"{level} {run.verdict.upper()}: {code(ci.title(run))}"
    if ci.unjudged(run):
        yield escape(ci.reason(run))
    elif run.summary:
        yield escape(run.summary)
    if run.details:
        yield "\n".join(f"- {escape(detail)}" for detail in run.details[:_ROWS])
    if picture.curve or picture.glance:
        yield block(picture.curve or picture.glance)
    yield from _findings(run)
    yield from _plan(run, level)
    for item in run.findings[:_ROWS]:
        if item.prescriptions:
            yield f"{level}# What to change: {item.code} {item.name}"
            yield from _fixes(item.prescriptions, ci.axis(run))
            yield from _doubt(item.caveat)
    if run.verdict == "healthy":
        yield LIMITS
    spent = " ".join(escape(each) for each in spending.sentences(run, price))
    if spent:
        yield spent
    if run.history:
        yield f"History: {escape(run.history)}"
    yield from filter(None, _background(run))


def _plan(run: schema.Run, level: str) -> Iterator[str]:
    """All changes in one block, where they come from several findings or contradict each other."""
    merged = plan(run)
    if not merged.contested and len(merged.actions) < 2:
        return
    yield f"{level}# What to change, in all"
    yield "\n".join(f"- {escape(each)}" for each in merged.actions)
    if merged.changes:
        yield block(merged.changes, "yaml")
    for each in merged.contested:
        yield f"**Contradiction**: {escape(each)}."


def _findings(run: schema.Run) -> Iterator[str]:
    if not run.findings:
        return
    rows = (
        (item.severity, _rule(item), ci.since(run, item), _what(item), item.confidence)
        for item in run.findings[:_ROWS]
    )
    yield table(("severity", "rule", "since", "what", "confidence"), rows)
    yield from _more(len(run.findings), "finding")


def _what(item: schema.Finding) -> str:
    """The statement; doubts stand beside what is prescribed where there is something."""
    doubts = [] if item.prescriptions else [*_doubt(item.caveat)]
    return " ".join([escape(item.message), *doubts])


def _more(count: int, thing: str) -> Iterator[str]:
    if count > _ROWS:
        yield f"And {phrases.plural(count - _ROWS, f'more {thing}')}."


def _fixes(items: Sequence[schema.Prescription], axis: str) -> Iterator[str]:
    for number, each in enumerate(items):
        yield f"**{'Also' if number else 'Fix'}**: {escape(ci.action(each, axis))}"
        if each.changes:
            yield block(settings(each.changes), "yaml")
        if each.rationale:
            yield f"Because: {escape(each.rationale)}"
        yield from _doubt(each.caveat)
    if items and items[0].verify:
        yield f"Verify: {escape(items[0].verify)}"


def _doubt(caveat: str) -> Iterator[str]:
    """When not to believe or apply it."""
    if caveat:
        unless = caveat.startswith("unless ")
        yield f"Unless {escape(caveat[7:])}" if unless else f"But: {escape(caveat)}"


def _background(run: schema.Run) -> Iterator[str]:
    """What is folded: explained findings, rules that could not judge, what is odd in the log."""
    explained = [
        f"{item.code} {item.finding.name} at {ci.since(run, item.finding)}, explained by {item.by}"
        for item in run.superseded
    ]
    yield folded(f"{phrases.plural(len(explained), 'finding')} explained by others", explained)
    accepted = [
        f"{each.finding.code} {each.finding.name}: {escape(each.reason)}" for each in run.accepted
    ]
    yield folded(f"{phrases.plural(len(accepted), 'finding')} accepted by the baseline", accepted)
    by_reason: dict[str, list[str]] = {}
    for rule in run.not_checked:
        by_reason.setdefault(rule.reason, []).append(f"{rule.code} {rule.name}")
    unchecked = [f"{', '.join(names)}: {escape(why)}" for why, names in by_reason.items()]
    yield folded(f"{phrases.plural(len(run.not_checked), 'rule')} not checked", unchecked)
    issues = [f"{escape(each.kind)}: {escape(each.message)}" for each in run.log_issues]
    yield folded(f"{phrases.plural(len(issues), 'reservation')} about the log", issues)


def _ensemble(ensemble: Ensemble, shape: schema_report.Ensemble) -> Iterator[str]:
    """What runs of one configuration have in common, where it is no mere note."""
    found = [
        (shared, item.prescriptions)
        for shared, item in zip(ensemble.shared, shape.findings, strict=True)
        if shared.finding.severity >= Severity.WARNING
    ]
    if not found:
        return
    yield f"## Together: {code(ensemble.pattern)}"
    yield escape(f"{together.summary(ensemble)}.")
    for shared, prescriptions in found:
        item = shared.finding
        rule = link(item.code, rule_url(item.code, item.name))
        yield f"- {item.severity.label} {rule} {escape(together.statement(shared, ensemble.axis))}"
        yield from _fixes(prescriptions, ensemble.axis)


def _rule(item: schema.Finding) -> str:
    return link(f"{item.code} {item.name}", item.url)


def _within(blocks: Iterable[str], most: int) -> str:
    """Join paragraphs; where they are too many, end with a sentence that says so."""
    room = most - len(_CUT.encode()) - 1
    kept = []
    for each in blocks:
        room -= len(each.encode()) + 2
        if room < 0:
            kept.append(_CUT)
            break
        kept.append(each)
    return "\n\n".join(kept) + "\n"
