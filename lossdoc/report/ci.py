"""What the formats for continuous integration share: levels, sentences and fingerprints.

They are made of the structures of the JSON report, so that all formats tell the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lossdoc.report import gating, phrases
from lossdoc.report.spans import clean, inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.report import schema, schema_report
    from lossdoc.report.pictures import Picture
    from lossdoc.report.places import Places
    from lossdoc.report.spending import Price
    from lossdoc.report.together import Together

MOST = 2000
"""Characters of one text: a column of a log may have a name of a megabyte."""


class Judged(NamedTuple):
    """All that was judged, as every format takes it.

    Parameters
    ----------
    report
        The JSON report; all formats are made of it, so that they tell the same.
    together
        What is told once about all runs.
    places
        Where findings are shown.
    pictures
        Of every run of the report, where they were asked for.
    called
        The command that made the report, where it is known.
    price
        Of an hour, to tell what was spent.
    """

    report: schema_report.Report
    together: Together
    places: Places
    pictures: Sequence[Picture] = ()
    called: str = ""
    price: Price | None = None


class Render(Protocol):
    """Turns what was judged into the text of one format, which ends with a newline if not empty."""

    def __call__(self, judged: Judged, /) -> str:
        """Return the text."""


class Aside(NamedTuple):
    """Something to tell besides the runs, how severe it is, and the file that it is about."""

    name: str
    text: str
    path: str | None = None
    level: str = "note"


class Level(NamedTuple):
    """What a severity is called elsewhere."""

    sarif: str
    github: str
    gitlab: str


LEVELS = {
    "error": Level("error", "error", "major"),
    "warning": Level("warning", "warning", "minor"),
    "note": Level("note", "notice", "info"),
}
"""Severity of a finding -> its names."""

UNJUDGED = Level("warning", "warning", "info")
"""What a run that could not be judged is called."""

_ORDER = tuple(LEVELS)
_SURE = ("high", "medium", "low")


def shown(text: str, most: int = MOST) -> str:
    r"""Return text that may be shown anywhere on one line: no controls, and not too long.

    >>> shown("loss\n::error::x\x1b[2J")
    'loss ::error::x'
    """
    text = inert(clean(text).strip())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def title(run: schema.Run) -> str:
    """Name of a run: its path, and its own name where a file holds several."""
    return shown(f"{run.path} [{run.name}]" if run.name else run.path) or "(no name)"


def unjudged(run: schema.Run) -> bool:
    """Whether a run could not be judged."""
    return run.verdict == "inconclusive"


def reason(run: schema.Run) -> str:
    """Why a run could not be judged, and what to try."""
    told = shown(run.problem or run.summary or "it could not be judged")
    return f"{told}. Hint: {shown(run.hint)}" if run.hint else told


def findings(runs: Sequence[schema.Run]) -> list[tuple[schema.Run, schema.Finding]]:
    """Every finding with its run; the worst and the surest first, else as they come."""
    pairs = [(run, item) for run in runs for item in run.findings]
    return sorted(
        pairs, key=lambda pair: (_ORDER.index(pair[1].severity), _SURE.index(pair[1].confidence))
    )


def asides(judged: Judged) -> Iterator[Aside]:
    """Yield budgets over several runs that are not kept or not judged, then what was left out.

    That is, earlier runs that could not be judged, and files that are no logs.
    """
    report = judged.report
    for told, shape in zip(judged.together.budgets, report.budgets, strict=True):
        if not shape.budget.ok:
            level = "warning" if shape.budget.ok is None else shape.budget.level
            yield Aside("budget", shown(gating.over_runs(told)), shape.pattern, level)
    for other in report.history.unread if report.history else ():
        text = f"{shown(other.path)} was not judged: {shown(other.problem)}"
        yield Aside("earlier run", text, other.path)
    if report.summary.passed_over:
        yield Aside("no logs", phrases.passed_over(report.summary.passed_over))


def company(report: schema_report.Report) -> dict[tuple[str, str], list[str]]:
    """Map path and code to what runs of one configuration have in common.

    What is told is the path of the ensemble, and in how many of its runs there is the finding.
    """
    told: dict[tuple[str, str], list[str]] = {}
    for each in report.ensembles:
        for item in each.findings:
            text = f"{len(item.runs)} of the {len(each.runs)} runs {shown(each.pattern)} have it"
            for path in dict.fromkeys(each.paths):
                told.setdefault((path, item.code), []).append(text)
    return told


def since(run: schema.Run, item: schema.Finding) -> str:
    """Where a problem begins: ``step 1,899``."""
    return phrases.position(axis(run), float(item.onset.step))


def axis(run: schema.Run) -> str:
    """What the steps of a run count."""
    return run.axis or "step"


def heading(run: schema.Run, item: schema.Finding) -> str:
    """What and since when: ``LD102 diverged at step 1,899``."""
    return f"{item.code} {item.name} at {since(run, item)}"


def statement(run: schema.Run, item: schema.Finding) -> str:
    """What a finding states, and the numbers to change."""
    told = shown(item.message)
    told = told if told.endswith((".", "!", "?", "…")) else f"{told}."
    fixes = [f"Fix: {fix(each, axis(run))}." for each in item.prescriptions[:1]]
    return " ".join([told, *fixes])


def action(item: schema.Prescription, axis: str) -> str:
    """What to do, and from which checkpoint on."""
    told = shown(item.action)
    if item.from_step is None or item.kind == "checkpoint":
        return told
    where = phrases.position(axis, float(item.from_step))
    return f"{told}, from the last checkpoint at or before {where}"


def fix(item: schema.Prescription, axis: str) -> str:
    """What to do, with every number before and after."""
    changes = ", ".join(_change(each) for each in item.changes)
    return action(item, axis) + (f" ({changes})" if changes else "")


def factor(item: schema.Change) -> str | None:
    """Name of the setting that a change multiplies; None where it sets one."""
    name = item.name.removesuffix("_factor")
    multiplies = name != item.name and item.before == 1 and isinstance(item.after, int | float)
    return shown(name) if multiplies else None


def _change(item: schema.Change) -> str:
    name, after = factor(item), shown(phrases.setting(item.after))
    if name is not None:
        return f"{name} times {after}"
    if item.before is None:
        return f"{shown(item.name)} → {after}"
    return f"{shown(item.name)} {shown(phrases.setting(item.before))} → {after}"


def fingerprints(
    pairs: Sequence[tuple[schema.Run, schema.Finding]], places: Places
) -> Iterator[str]:
    """Yield what tells each finding from every other, and stays when the log is read again.

    A log that was named twice, or two findings that nothing tells apart, are numbered.
    """
    seen: dict[str, int] = {}
    for run, item in pairs:
        identity = (
            places.file(run.path).path,
            run.name,
            item.series,
            item.fingerprint,
            item.segment,
        )
        yield fingerprint(identity, seen)


def fingerprint(identity: Sequence[object], seen: dict[str, int]) -> str:
    """Return 32 hexadecimal digits that no other identity has, nor an equal one seen before."""
    # The lengths keep ("a", "bc") from ("ab", "c") whatever the parts hold.
    text = "".join(f"{len(str(part))}:{part}" for part in identity)
    number = seen[text] = seen.get(text, 0) + 1
    digest = hashlib.sha256(f"{text}#{number}".encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:32]
