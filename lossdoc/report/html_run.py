"""One run as a section of a page: verdict, story, curves, findings, the plan, and what it cost."""

from __future__ import annotations

import itertools
from html import escape
from typing import TYPE_CHECKING

from lossdoc.measured import sentence
from lossdoc.report import ci, page, phrases, spending
from lossdoc.report.markup import settings
from lossdoc.report.plan import plan
from lossdoc.report.text import LIMITS
from lossdoc.rules import builtin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.report import schema
    from lossdoc.report.pictures import Picture
    from lossdoc.report.schema_gate import Budget
    from lossdoc.report.spending import Price

_CAPTION = "Dashed: an onset. Shaded: as far as the finding lasts. Dotted: a note."

_CARDS = 3
"""Findings of one rule that have a card each."""

_TOLD = ("How it is measured", "When it is wrong")
"""Sections of a rule's documentation that stand folded in the card of its finding."""


def section(
    run: schema.Run, picture: Picture, name: str, level: int, price: Price | None = None
) -> str:
    """Return one run.

    Parameters
    ----------
    name
        Of the element, which no other on the page may have.
    level
        Of its heading: 1, or 2 where it is one of many.
    price
        Of an hour, to tell what was spent.
    """
    parts = [page.tag(f"h{level}", f"{page.badge(run.verdict)} {page.text(ci.title(run))}")]
    parts += _about(run)
    told = ci.reason(run) if ci.unjudged(run) else run.summary
    parts += [page.tag("p", page.text(told), "story")] if told else []
    parts += [page.tag("p", page.text(detail)) for detail in run.details]
    parts += _timeline(picture)
    parts += _plan(run, level + 1)
    parts += _findings(run, picture, level + 1)
    if run.verdict == "healthy":
        parts.append(page.tag("p", LIMITS))
    spent = [page.text(each) for each in spending.sentences(run, price)]
    if spent:
        parts += [page.tag(f"h{level + 1}", "Cost"), page.tag("p", " ".join(spent))]
    if run.history:
        parts.append(page.tag("p", f"History: {page.text(run.history)}"))
    parts += _background(run)
    body = "\n".join(filter(None, parts))
    return f'<section id="{name}" aria-label="{page.text(ci.title(run))}">\n{body}\n</section>'


def _about(run: schema.Run) -> Iterator[str]:
    """The size of the run in a line."""
    points = max((channel.points for channel in run.channels.values()), default=0)
    if points:
        names = ", ".join(channel.source for channel in run.channels.values())
        last = max(float(c.last_step) for c in run.channels.values() if c.last_step is not None)
        told = f"{phrases.plural(points, 'row')}, up to {phrases.position(ci.axis(run), last)}"
        yield page.tag("p", page.text(f"{told}: {names}"), "about")


def _timeline(picture: Picture) -> Iterator[str]:
    """The curves; where there is no room left for figures, a line of blocks."""
    drawn = picture.figures
    if drawn.timeline:
        yield page.figure(drawn.timeline, _CAPTION)
    elif drawn.small or picture.glance:
        yield drawn.small or page.tag("p", picture.glance, "glance")
    if drawn.other:
        scale = "logarithmic" if drawn.scale == "log" else "linear"
        shown = page.figure(drawn.other, "The losses alone")
        yield page.folded(f"The same on a {scale} scale", shown)


def _plan(run: schema.Run, level: int) -> Iterator[str]:
    """All changes in one block, where they come from several findings or contradict each other."""
    merged = plan(run)
    if not merged.contested and len(merged.actions) < 2:
        return
    parts = [page.tag(f"h{level}", "What to change")]
    parts.append(page.tag("ul", "\n".join(page.tag("li", page.text(a)) for a in merged.actions)))
    if merged.changes:
        parts.append(page.copied(merged.changes))
    parts += [
        page.tag("p", f"{page.tag('b', 'Contradiction')}: {page.text(each)}.")
        for each in merged.contested
    ]
    yield page.tag("article", "\n".join(parts), "plan")


def _findings(run: schema.Run, picture: Picture, level: int) -> Iterator[str]:
    """A card for each; of many by one rule (in as many executions of one log) a line."""
    close = itertools.chain(picture.figures.close, itertools.repeat(""))
    seen: dict[str, int] = {}
    others = []
    for item, near in zip(run.findings, close, strict=False):
        seen[item.code] = seen.get(item.code, 0) + 1
        if seen[item.code] <= _CARDS:
            yield _finding(run, item, near, level)
        else:
            others.append(f"{ci.heading(run, item)}: {item.message}")
    if others:
        yield page.folded(phrases.plural(len(others), "more finding"), page.listing(others))


def _finding(run: schema.Run, item: schema.Finding, close: str, level: int) -> str:
    name = page.text(f"{item.code} {item.name}")
    link = f'<a href="{escape(item.url)}">{name}</a>' if item.url else name
    head = f"{page.tag('span', item.severity, f'level {item.severity}')} {link} {page.text(ci.since(run, item))}"
    sure = page.tag("small", f"(confidence {item.confidence})")
    parts = [page.tag(f"h{level}", head), page.tag("p", f"{page.text(item.message)} {sure}")]
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
    parts += fixes(item.prescriptions, ci.axis(run))
    parts += _doubt(item.caveat)
    parts += _explained(item.code)
    return page.tag("article", "\n".join(parts), item.severity)


def fixes(items: Sequence[schema.Prescription], axis: str) -> Iterator[str]:
    """Yield what to do, the settings to copy, why, and when not to."""
    for number, each in enumerate(items):
        what = page.tag("b", "Also" if number else "Fix")
        yield page.tag("p", f"{what}: {page.text(ci.action(each, axis))}")
        if each.changes:
            yield page.copied(settings(each.changes))
        if each.rationale:
            source = (
                f" {page.tag('small', f'({page.text(each.reference)})')}" if each.reference else ""
            )
            yield page.tag("p", f"Because: {page.text(each.rationale)}{source}")
        yield from _doubt(each.caveat)
    if items and items[0].verify:
        yield page.tag("p", f"Verify: {page.text(items[0].verify)}")


def _doubt(caveat: str) -> Iterator[str]:
    if caveat:
        unless = caveat.startswith("unless ")
        told = f"Unless {page.text(caveat[7:])}" if unless else f"But: {page.text(caveat)}"
        yield page.tag("p", told)


def _explained(code: str) -> Iterator[str]:
    """What the rule measures, when it is wrong, and how often it was right."""
    rule = next((rule for rule in builtin() if rule.code == code), None)
    if rule is None:
        return
    sections = rule.sections()
    parts = [page.prose(f"{rule.summary()}.")]
    for heading in _TOLD:
        if sections.get(heading):
            parts += [page.tag("p", page.tag("b", heading)), page.prose(sections[heading])]
    record = sentence(code)
    parts += [page.prose(f"Measured: {record}")] if record else []
    yield page.folded(f"About {code}", "\n".join(parts))


def _background(run: schema.Run) -> Iterator[str]:
    """What is folded: explained and accepted findings, rules that could not judge, the log itself."""
    explained = [
        f"{item.code} {item.finding.name} at {ci.since(run, item.finding)}, explained by {item.by}"
        for item in run.superseded
    ]
    accepted = [f"{a.finding.code} {a.finding.name}: {a.reason}" for a in run.accepted]
    unchecked = [f"{rule.code} {rule.name}: {rule.reason}" for rule in run.not_checked]
    issues = [f"{each.kind}: {each.message}" for each in run.log_issues]
    for title, lines in (
        (f"{phrases.plural(len(explained), 'finding')} explained by others", explained),
        (f"{phrases.plural(len(accepted), 'finding')} accepted by the baseline", accepted),
        (f"{phrases.plural(len(run.budgets), 'budget')}", [_budget(each) for each in run.budgets]),
        (f"{phrases.plural(len(unchecked), 'rule')} not checked", unchecked),
        (f"{phrases.plural(len(issues), 'reservation')} about the log", issues),
    ):
        if lines:
            yield page.folded(title, page.listing(lines))
    if run.channels:
        yield page.folded("What was read", _channels(run))
    for title, told in (
        ("Settings in the log", run.context),
        ("Other settings in the log", run.settings),
    ):
        if told:
            rows = [(page.text(k), page.text(phrases.setting(v))) for k, v in told.items()]
            yield page.folded(title, page.table(("setting", "value"), rows))


def _budget(item: Budget) -> str:
    if item.ok is None or item.value is None:
        return f"{item.measure} not judged: {item.reason}"
    bounds = [
        f"{word} {phrases.setting(bound)}"
        for word, bound in (("at least", item.min), ("at most", item.max))
        if bound is not None
    ]
    kept = "kept" if item.ok else f"{item.level}: not kept"
    return f"{item.measure} {phrases.setting(item.value)} ({', '.join(bounds)}): {kept}"


def _channels(run: schema.Run) -> str:
    rows = (
        (
            page.text(name),
            page.text(", ".join((c.source, *c.others))),
            f"{c.points:,}",
            _value(c.first_step),
            _value(c.last_step),
            _value(c.last),
            "" if c.best is None else f"{_value(c.best.value)} at {_value(c.best.step)}",
        )
        for name, c in run.channels.items()
    )
    return page.table(("channel", "in the log", "points", "from", "to", "last", "best"), rows)


def _value(number: schema.Number | None) -> str:
    return "" if number is None else page.text(phrases.setting(number))
