"""What the methods of a `Diagnosis` do: its reports, figure, table and exceptions."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lossdoc.errors import LossdocFindings, SourceError, UsageError
from lossdoc.model import Severity, Verdict
from lossdoc.report import ci, facts, json, phrases, text
from lossdoc.report.pictures import Painter
from lossdoc.report.places import Places, repository
from lossdoc.report.together import Together

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lossdoc.model import Diagnosis, Finding
    from lossdoc.report import schema_report
    from lossdoc.report.spans import Line

__all__ = ["check", "document", "fragment", "frame", "line", "lines", "plot"]

_INCHES = 5.0
"""Width of a figure: its letters can be read in the cell of a notebook."""

_COLUMNS = (
    "path", "run", "verdict", "code", "name", "severity", "confidence", "onset_step", "last_step",
    "message", "fix", "changes",
)  # fmt: skip


def plot(diagnosis: Diagnosis, ax: Axes | None = None) -> Figure | Axes:
    """Draw a run into a figure of its own, or its losses into axes."""
    if diagnosis.run is None:
        raise SourceError(f"nothing to draw: {diagnosis.problem}", hint=diagnosis.hint)
    from lossdoc.report import figure

    if ax is not None:
        figure.draw_losses(diagnosis, ax)
        return ax
    from lossdoc.report.inline import InlineFigure

    return figure.draw(diagnosis, width=_INCHES, title=True, kind=InlineFigure)


def document(diagnosis: Diagnosis, kind: str) -> str:
    """Return a document as ``lossdoc analyze`` writes it with its default settings.

    Parameters
    ----------
    kind
        ``json``, ``markdown`` or ``html``.
    """
    painter = None
    if kind != "json":
        from lossdoc.report import html, markdown

        figures = kind == "html"
        painter = Painter(html.FIGURES if figures else markdown.MOST, figures=figures)
    render = cast("ci.Render", import_module(f"lossdoc.report.{kind}").render)
    pictures = [painter.paint(diagnosis)] if painter else []
    places = Places(repository(Path.cwd()))
    return render(ci.Judged(_report(diagnosis), Together(), places, pictures))


def fragment(diagnosis: Diagnosis) -> str:
    """Return the page as one element that leaves the rest of a notebook as it is."""
    from lossdoc.report import embedded, html, html_run

    (run,) = _report(diagnosis).runs
    # Figures name their parts; a notebook may show many, and in the same way each time it runs.
    name = f"ld{hashlib.sha256(json.dump(run).encode()).hexdigest()[:10]}-"
    picture = Painter(html.FIGURES, figures=True, prefix=name).paint(diagnosis)
    return embedded.element(html_run.section(run, picture, f"{name}run", 2))


def lines(diagnosis: Diagnosis, width: int) -> Sequence[Line]:
    """Return what ``lossdoc analyze`` prints."""
    return text.report(diagnosis, text.Look(width))


def line(diagnosis: Diagnosis) -> str:
    """Return a diagnosis in a line: ``<Diagnosis run.csv: failing, LD102 diverged at step 300>``."""
    told = ci.shown(diagnosis.problem) or _headings(diagnosis, diagnosis.findings)
    return f"<Diagnosis {_title(diagnosis)}: {diagnosis.verdict.value}{', ' if told else ''}{told}>"


def frame(diagnosis: Diagnosis) -> pd.DataFrame:
    """Return a table with a row for each finding."""
    import pandas as pd

    run = diagnosis.run
    shapes = json.run(diagnosis).findings
    rows = [
        (
            diagnosis.path,
            run.name if run else "",
            diagnosis.verdict.value,
            item.code,
            item.name,
            item.severity.label,
            item.confidence.label,
            item.onset.step,
            item.last_step,
            item.message,
            "; ".join(ci.fix(each, run.axis if run else "step") for each in shape.prescriptions),
            {c.name: (c.before, c.after) for p in item.prescriptions for c in p.changes},
        )
        for item, shape in zip(diagnosis.findings, shapes, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def check(diagnosis: Diagnosis, level: str | Severity, *, allow_inconclusive: bool) -> None:
    """Raise for findings at or above a level, and for a run that could not be judged."""
    least = _severity(level)
    found = [item for item in diagnosis.findings if item.severity >= least]
    if found:
        told = [f"{item.severity.label}: {_heading(diagnosis, item)}" for item in found]
        raise LossdocFindings(
            f"{_title(diagnosis)} is {diagnosis.verdict.value}: {_headings(diagnosis, found)}",
            details=tuple(told),
            hint=f"lossdoc explain {found[0].code}",
            diagnosis=diagnosis,
        )
    if diagnosis.verdict is Verdict.INCONCLUSIVE and not allow_inconclusive:
        raise SourceError(
            f"{_title(diagnosis)} could not be judged: {diagnosis.problem}",
            details=diagnosis.details,
            hint=diagnosis.hint,
        )


def _severity(level: str | Severity) -> Severity:
    if isinstance(level, Severity):
        return level
    found = [each for each in Severity if each.label == str(level).lower()]
    if not found:
        known = ", ".join(each.label for each in Severity)
        raise UsageError(f"unknown severity {level!r}", hint=f"one of: {known}")
    return found[0]


def _title(diagnosis: Diagnosis) -> str:
    return ci.shown(phrases.title(diagnosis.path, diagnosis.run)) or "(no name)"


def _headings(diagnosis: Diagnosis, items: Sequence[Finding]) -> str:
    """Name the first of some findings, and count the others."""
    first = "".join(_heading(diagnosis, item) for item in items[:1])
    return f"{first} and {len(items) - 1} more" if items[1:] else first


def _heading(diagnosis: Diagnosis, item: Finding) -> str:
    axis = diagnosis.run.axis if diagnosis.run else "step"
    return f"{item.code} {item.name} at {phrases.position(axis, item.onset.step)}"


def _report(diagnosis: Diagnosis) -> schema_report.Report:
    tally = facts.tally([facts.outcome(diagnosis, Severity.ERROR)])
    config = json.config(
        select=_selected(diagnosis),
        ignore=[],
        min_confidence=diagnosis.min_confidence.label,
        fail_on=Severity.ERROR.label,
    )
    return json.report([json.run(diagnosis)], config, tally)


def _selected(diagnosis: Diagnosis) -> list[str]:
    """Codes of the rules that were applied; ``ALL`` where no rule of ours was left out."""
    from lossdoc.rules import builtin

    applied = diagnosis.applied
    whole = diagnosis.run is None or {rule.code for rule in builtin()}.issubset(applied)
    return ["ALL"] if whole else list(applied)
