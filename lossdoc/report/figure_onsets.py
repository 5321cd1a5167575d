"""Where findings begin and how long they last, in a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model import Severity
from lossdoc.report.figure_axes import corner
from lossdoc.runfacts import extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from lossdoc.model import Diagnosis, Finding

_BESIDE = 0.02
"""Share of the run within which onsets share one label."""

QUIET = "#6B6B6B"

_ONSETS = {Severity.ERROR: "#000000", Severity.WARNING: QUIET, Severity.NOTE: QUIET}

_LINES = {Severity.ERROR: "--", Severity.WARNING: "--", Severity.NOTE: ":"}


def onsets(axes: Sequence[Axes], diagnosis: Diagnosis) -> None:
    """Mark where findings begin and how long they last; their codes and the legend stand by the losses.

    A note from the first step on says something of the whole log, and is not marked.
    """
    span = extent(diagnosis.run) if diagnosis.run else None
    reach = _BESIDE * (span[1] - span[0]) if span else 0.0
    marked = [f for f in diagnosis.findings if span is None or not of_all(f, span[0])]
    for ax in axes:
        mark(ax, marked)
    for together in _beside(marked, reach):
        codes = ", ".join(dict.fromkeys(f.code for f in together))
        first = together[0]
        late = span is not None and first.onset.step < span[0] + 3 * reach
        axes[0].annotate(
            codes,
            (first.onset.step, 1.0),
            xycoords=("data", "axes fraction"),
            fontsize="x-small",
            rotation=90,
            va="top",
            ha="left" if late else "right",
            color=_ONSETS[max(f.severity for f in together)],
        )
    if axes[0].get_legend_handles_labels()[0]:
        axes[0].legend(fontsize="small", loc=corner(axes[0]))


def of_all(finding: Finding, first: float) -> bool:
    """Whether a finding says something of the whole log: a note from its first step on."""
    return finding.severity == Severity.NOTE and finding.onset.step <= first


def _beside(findings: Sequence[Finding], reach: float) -> Iterator[list[Finding]]:
    """Findings whose onsets lie so close that their labels would cover each other."""
    group: list[Finding] = []
    for finding in sorted(findings, key=lambda f: f.onset.step):
        if group and finding.onset.step - group[0].onset.step > reach:
            yield group
            group = []
        group.append(finding)
    if group:
        yield group


def mark(ax: Axes, findings: Sequence[Finding]) -> None:
    """Draw a line where each finding begins, and shade what any of them affects."""
    for step, severity in {f.onset.step: f.severity for f in reversed(findings)}.items():
        ax.axvline(step, color=_ONSETS[severity], lw=0.6, ls=_LINES[severity])
    for first, last in _affected(findings):
        ax.axvspan(first, last, color=QUIET, alpha=0.1, lw=0)


def _affected(findings: Sequence[Finding]) -> Iterator[tuple[float, float]]:
    """Stretches that some finding affects, each once; a note affects nothing."""
    spans = sorted((f.onset.step, f.last_step) for f in findings if f.severity > Severity.NOTE)
    merged: list[list[float]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    for first, last in merged:
        if last > first:
            yield first, last
