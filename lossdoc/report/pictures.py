"""Curves of runs: as text, or as figures for formats that hold images."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.report import facts, text
from lossdoc.report.plot import sparkline
from lossdoc.report.spans import plain

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis

_LOOK = text.Look(width=80)


class Picture(NamedTuple):
    """A run at a glance, in several lines the curve of what was found, as an SVG; each may be empty."""

    glance: str = ""
    curve: str = ""
    figure: bytes = b""


class Painter:
    """Draws runs until there is enough.

    Parameters
    ----------
    most
        Bytes after which no more curves are drawn, since the report has no room for them.
    figures
        Whether they are figures, of all runs; else text, of those in which something was found.
    """

    def __init__(self, most: int, *, figures: bool = False) -> None:
        self._room = most
        self._figures = figures

    def paint(self, diagnosis: Diagnosis) -> Picture:
        """Draw one run."""
        run = diagnosis.run
        series = facts.principal(run) if run else None
        if run is None or series is None:
            return Picture()
        glance = sparkline(series.values)
        if self._figures and self._room >= 0:
            from lossdoc.report import figure

            drawn = figure.picture(diagnosis, "svg")
            self._room -= len(drawn)
            return Picture(glance, figure=drawn)
        if self._figures or self._room < 0 or not diagnosis.findings:
            return Picture(glance)
        lines = text.drawn(diagnosis.findings[0], run, _LOOK)
        curve = "\n".join(map(plain, lines))
        self._room -= len(curve.encode())
        return Picture(glance, curve)
