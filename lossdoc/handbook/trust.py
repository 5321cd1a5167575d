"""How often lossdoc is right, in a table of a few rows: for the page that says why, and the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.scorecard.markdown import table
from lossdoc.trainer import cure_report
from lossdoc.trainer.cure import TENTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.scorecard.results import Results


def measured(found: Results | None) -> str:
    """Table of the most important figures; empty where nothing was measured."""
    return table(("", ""), rows(found)) if found else ""


def rows(found: Results) -> Iterator[tuple[str, str]]:
    """What was measured, and the result."""
    faulty = sum(runs for runs, _, _ in found.families.values())
    named = sum(count for _, count, _ in found.families.values())
    yield (
        f"faults named, on {faulty} faulty runs of the trainer (seeds not tuned on)",
        f"{100 * named / faulty:.1f} %",
    )
    sound = found.sound.values()
    yield (
        f"false alarms on {sum(c.runs for c in sound)} healthy runs and look-alikes of the trainer",
        str(sum(c.alarms for c in sound)),
    )
    labelled = found.corpora.values()
    if labelled:
        logs = f"{sum(c.healthy for c in labelled)} healthy labelled logs"
        name = f"false alarms on {logs} of public repositories and a competition"
        yield name, str(sum(c.alarms for c in labelled))
    wild = found.corpora.get("wild")
    if wild is not None and wild.macro_f1 is not None:
        name = "macro-F1 on the labelled logs of public repositories (in-sample)"
        yield name, f"{wild.macro_f1:.2f}"
    yield from _cures()


def _cures() -> Iterator[tuple[str, str]]:
    sums = cure_report.total(tuple(cure_report.kept().scenarios.values()))
    if not sums.runs:
        return
    yield (
        "faulty runs cured by what the log prescribes: clean, and better than their best",
        f"{sums.cured} of {sums.runs} ({100 * sums.cured / sums.runs:.1f} %)",
    )
    yield (
        "the same with a tenth of the learning rate, whatever the log says",
        f"{100 * sums.placebos[TENTH] / sums.runs:.0f} %",
    )
