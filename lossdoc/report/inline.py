"""A figure that shows itself in a notebook, also where nobody has imported pyplot."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

__all__ = ["InlineFigure"]

_DOTS_PER_INCH = 192
"""Twice what a page has, so that letters are sharp on every screen."""


class InlineFigure(Figure):
    """A figure of Matplotlib; where pyplot shows figures its own way, that goes first."""

    def _repr_png_(self) -> tuple[bytes, dict[str, float]]:
        """Return the picture, and how large a page shows it, in pixels."""
        made = io.BytesIO()
        self.savefig(made, format="png", dpi=_DOTS_PER_INCH)
        width, height = self.get_size_inches() * 96
        return made.getvalue(), {"width": round(width), "height": round(height)}
