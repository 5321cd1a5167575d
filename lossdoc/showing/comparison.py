"""What the methods of a `Comparison` do: its reports."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from lossdoc.report import ci, comparison, comparison_html, comparison_json, embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.comparison import Comparison
    from lossdoc.report.spans import Line

__all__ = ["document", "fragment", "line", "lines"]


def document(found: Comparison, kind: str) -> str:
    """Return a document as ``lossdoc compare`` writes it.

    Parameters
    ----------
    kind
        ``json``, ``markdown`` or ``html``.
    """
    made = {
        "json": comparison_json.dump,
        "markdown": comparison.markdown,
        "html": comparison_html.render,
    }
    return made[kind](found)


def fragment(found: Comparison) -> str:
    """Return the page as one element that leaves the rest of a notebook as it is."""
    # Figures name their parts; a notebook may show many, and in the same way each time it runs.
    name = hashlib.sha256(comparison_json.dump(found).encode()).hexdigest()[:10]
    return embedded.element("\n".join(comparison_html.parts(found, f"lc{name}-", 2)))


def lines(found: Comparison, width: int) -> Sequence[Line]:
    """Return what ``lossdoc compare`` prints."""
    return comparison.text(found, width)


def line(found: Comparison) -> str:
    """Return a comparison in a line: ``<Comparison worse: the final loss is higher>``."""
    return f"<Comparison {found.outcome}: {ci.shown(found.why)}>"
