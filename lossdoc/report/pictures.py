"""Curves of runs: as text, or as figures for formats that hold images."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.report import facts, phrases, text
from lossdoc.report.plot import sparkline
from lossdoc.report.spans import plain

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis, Run, Series

_LOOK = text.Look(width=80)

_WIDTH = 4.2
"""Inches: wide enough for a screen, and its letters can be read on a telephone."""

_POINTS = 1000

_FOR_FINDINGS = 0.8
"""Share of the room that is kept for runs in which something was found."""

_CLOSE_UPS = 6
"""Findings of one run that are shown from close to."""


class Figures(NamedTuple):
    """Inline SVG for a page; each may be empty.

    Parameters
    ----------
    small
        The principal curve alone, for a table.
    timeline
        Losses, learning rate and gradient norm, onsets marked.
    other
        The losses on the other scale, of the name ``scale``.
    close
        Of each finding, in their order.
    """

    small: str = ""
    timeline: str = ""
    other: str = ""
    scale: str = ""
    close: tuple[str, ...] = ()


class Picture(NamedTuple):
    """A run at a glance, in several lines the curve of what was found, and as figures."""

    glance: str = ""
    curve: str = ""
    figures: Figures = Figures()


class Painter:
    """Draws runs until there is enough.

    Parameters
    ----------
    most
        Bytes after which no more curves are drawn, since the report has no room for them.
    figures
        Whether they are figures, of all runs; else text, of those in which something was found.
    prefix
        Stands before the names within figures: those of one page must differ.
    """

    def __init__(self, most: int, *, figures: bool = False, prefix: str = "r") -> None:
        self._most = self._room = most
        self._figures = figures
        self._prefix = prefix
        self._drawn = 0

    def paint(self, diagnosis: Diagnosis) -> Picture:
        """Draw one run."""
        run = diagnosis.run
        series = facts.principal(run) if run else None
        if run is None or series is None:
            return Picture()
        glance = sparkline(series.values)
        if self._figures:
            return Picture(glance, figures=self._figured(diagnosis, run, series))
        if self._room < 0:
            return Picture(glance)
        if not diagnosis.findings:
            return Picture(glance)
        lines = text.drawn(diagnosis.findings[0], run, _LOOK)
        curve = "\n".join(map(plain, lines))
        self._room -= len(curve.encode())
        return Picture(glance, curve)

    def _figured(self, diagnosis: Diagnosis, run: Run, series: Series) -> Figures:
        """Draw everything; the small curve alone where there is no room, which healthy runs leave."""
        from lossdoc.report import svg

        onset = diagnosis.findings[0].onset.step if diagnosis.findings else None
        small = Figures(svg.sparkline(series, onset))
        if self._room < (0 if diagnosis.findings else self._most * _FOR_FINDINGS):
            return small
        self._drawn += 1
        figures = _figures(diagnosis, run, series, f"{self._prefix}{self._drawn}")
        self._room -= sum(map(len, (*figures[:-1], *figures.close)))
        return figures._replace(small=small.small)


def _figures(diagnosis: Diagnosis, run: Run, series: Series, prefix: str) -> Figures:
    from lossdoc.report import figure, svg

    onsets = "; ".join(
        f"{f.code} {f.name} from {phrases.position(run.axis, f.onset.step)}"
        for f in diagnosis.findings
    )
    told = f": {onsets}" if onsets else ", nothing found"
    whole = figure.draw(diagnosis, width=_WIDTH, most=_POINTS)
    name = figure.plain(series.name)
    label = f"Curves of {name} and what drives it{told}"
    other = ""
    scale = figure.other_scale(run)
    if scale:
        drawn = figure.draw(diagnosis, width=_WIDTH, scale=scale, drivers=False, most=_POINTS)
        other = svg.inline(drawn, f"The losses on a {scale} scale{told}", f"{prefix}o-")
    close = []
    for number, finding in enumerate(diagnosis.findings):
        near = figure.zoom(diagnosis, finding, width=_WIDTH) if number < _CLOSE_UPS else None
        place = phrases.position(run.axis, finding.onset.step)
        seen = f"{figure.plain(finding.series)} close to {place}"
        close.append("" if near is None else svg.inline(near, seen, f"{prefix}z{number}-"))
    return Figures(
        "",
        svg.inline(whole, label, f"{prefix}-"),
        other,
        scale or "",
        tuple(close),
    )
