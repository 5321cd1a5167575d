"""A figure that shows itself in a notebook, also where nobody has imported pyplot."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

__all__ = ["InlineFigure"]

_PIXELS = 128
"""Of a page for an inch of the figure: our letters are small, for they are meant for paper."""

_SHARPNESS = 2
"""Dots for each of them, for screens that have so many."""


class InlineFigure(Figure):
    """A figure of Matplotlib; where pyplot shows figures its own way, that goes first."""

    def _repr_png_(self) -> tuple[bytes, dict[str, float]]:
        """Return the picture, and how large a page shows it, in pixels."""
        made = io.BytesIO()
        self.savefig(made, format="png", dpi=_PIXELS * _SHARPNESS)
        width, height = self.get_size_inches() * _PIXELS
        return made.getvalue(), {"width": round(width), "height": round(height)}
