"""What is told once, after the runs: what those of one configuration share, and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.model import Severity, Verdict
from lossdoc.report import gating, phrases
from lossdoc.report.finding import INDENT, badge, changes, labelled
from lossdoc.report.spans import Line, Span, emphasise, span, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.baseline.ledger import Told
    from lossdoc.budgets.groups import Shared as SharedBudget
    from lossdoc.ensemble import Ensemble, Shared
    from lossdoc.history import History

_MOST_NAMES = 3
_HISTORY = 10


class Together(NamedTuple):
    """What is told once about all runs.

    Parameters
    ----------
    ensembles
        Runs of one configuration.
    history
        Earlier runs, where some were named.
    budgets
        Limits over the runs of one configuration.
    baseline
        What became of the accepted findings, where there is a baseline.
    """

    ensembles: tuple[Ensemble, ...] = ()
    history: History | None = None
    budgets: tuple[SharedBudget, ...] = ()
    baseline: Told | None = None


def report(told: Together, width: int) -> list[Line]:
    """Return what runs of each configuration have in common; what is no warning is left out.

    Earlier runs that could not be judged follow.
    """
    found = [(e, shared) for e in told.ensembles if (shared := _told(e))]
    lines = [line for e, shared in found for line in [[], *_block(e, shared, width)]]
    unread = _unread(told.history)
    if unread:
        lines.append([])
    for text in unread:
        lines += wrap([span(text)], width, first=[Span(" history", "label")], indent=_HISTORY)
    return lines + gating.report(told.budgets, told.baseline, width)


def concise(told: Together) -> list[Line]:
    """Return a line for each finding of each ensemble, and for each earlier run not judged."""
    lines = [
        [
            span(f"{ensemble.pattern}: "),
            Span(item.finding.severity.label, item.finding.severity.label),
            Span(" "),
            span(item.finding.code, "code"),
            span(f" {statement(item, ensemble.axis)}"),
        ]
        for ensemble in told.ensembles
        for item in _told(ensemble)
    ]
    lines += [[Span("history", "note"), span(f": {text}")] for text in _unread(told.history)]
    return lines + gating.concise(told.budgets, told.baseline)


def _unread(history: History | None) -> list[str]:
    if history is None:
        return []
    return [f"{path} was not judged: {problem}" for path, problem in history.unread]


def statement(item: Shared, axis: str) -> str:
    """Tell in how many runs a finding was made, where it begins, and in which runs it was not.

    Returns
    -------
    str
        E.g. ``diverged in 7 of 8 runs, onset at steps 310-340; not in seed-3``.
    """
    count, onsets = len(item.runs), _onsets(item.onsets, axis)
    share = f"all {item.of} runs" if count == item.of else f"{count} of {item.of} runs"
    alone = " alone" if item.extent == "single" else ""
    parts = [f"{item.finding.name} in {share}{alone}, onset at {onsets}"]
    if 2 * count <= item.of:
        parts[0] += f": {_names(item.runs)}"
    elif item.silent:
        parts.append(f"not in {_names(item.silent)}")
    for code in dict.fromkeys(code for _, code in item.explained):
        runs = [name for name, other in item.explained if other == code]
        parts.append(f"explained by {code} in {_names(runs)}")
    return "; ".join(parts)


def summary(ensemble: Ensemble) -> str:
    """How many runs there are, and what they came to."""
    verdicts = ensemble.verdicts
    counts = ", ".join(f"{verdicts.count(v)} {v.value}" for v in Verdict if v in verdicts)
    # Without settings in the logs, all that is known is that the names are counted up.
    alike = "of one configuration" if ensemble.context else "that differ in their number alone"
    return f"{phrases.plural(len(ensemble.runs), 'run')} {alike}: {counts}"


def _told(ensemble: Ensemble) -> list[Shared]:
    return [item for item in ensemble.shared if item.finding.severity >= Severity.WARNING]


def _block(ensemble: Ensemble, found: Sequence[Shared], width: int) -> list[Line]:
    lines = wrap([span(f"{ensemble.pattern}:", "label")], width, indent=1)
    lines += wrap(emphasise(summary(ensemble)), width, indent=INDENT)
    for item in found:
        told = statement(item, ensemble.axis).removeprefix(item.finding.name).lstrip()
        lines += wrap(
            emphasise(told), width, first=[*badge(item.finding), Span(" ")], indent=INDENT
        )
        for fix in item.finding.prescriptions:
            lines += labelled("fix", fix.action, width) + changes(fix.changes, width)
            lines += labelled("because", fix.rationale, width)
    return lines


def _onsets(onsets: Sequence[float], axis: str) -> str:
    low, high = min(onsets), max(onsets)
    if low == high:
        return phrases.position(axis, low)
    return f"{phrases.axis_plural(axis)} {phrases.coordinate(low)}–{phrases.coordinate(high)}"


def _names(runs: Sequence[str]) -> str:
    if len(runs) <= _MOST_NAMES + 1:
        return ", ".join(runs)
    return f"{', '.join(runs[:_MOST_NAMES])} and {len(runs) - _MOST_NAMES} more"
