"""A comparison as one page of HTML: overlaid curves, what was measured, what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.comparison.measures import levels
from lossdoc.report import comparison_json, figure_compare, page, svg
from lossdoc.report import comparison_words as words
from lossdoc.report.comparison_notes import notes
from lossdoc.report.phrases import number, title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.comparison import Comparison
    from lossdoc.comparison.matching import Matched

_WIDTH = 6.4
"""Of the figures, inches."""

_EVERY = 1000
"""So many differences are told on a page."""

_CAPTION = (
    "Smoothed losses. Thick: the median run of a side; shaded: from its lowest to its highest run; "
    "thin: single runs; a cross: a run that ended in NaN or infinity."
)


def render(found: Comparison) -> str:
    """Return the page."""
    from lossdoc import __version__

    name, _ = words.BADGES[found.outcome]
    foot = f"lossdoc {page.text(__version__)}; the comparison for programs is within this page"
    data = comparison_json.dump(found)
    return page.document(f"lossdoc: {name.lower()}", parts(found), data=data, foot=foot)


def parts(found: Comparison, prefix: str = "", level: int = 1) -> list[str]:
    """Return what stands on the page.

    Parameters
    ----------
    prefix
        Stands before the names within figures; must differ between comparisons on one page.
    level
        Of the first heading.
    """
    name, verdict = words.BADGES[found.outcome]
    badge = page.tag("span", name, f"badge {verdict}")
    told = [
        page.tag(f"h{level}", f"{badge} {page.text(words.sentence(found))}"),
        page.tag("p", page.text(words.sides(found)), "story"),
        *_figures(found, prefix),
        page.tag(f"h{level + 1}", "What was measured"),
        page.table(words.head(found), _cells(words.entries(found))),
        page.listing(notes(found)),
    ]
    differing = words.differences(found, _EVERY)
    if differing:
        told += [
            page.tag(f"h{level + 1}", "What differs"),
            page.table(("", *words.DIFFERS[1:]), _cells(differing)),
        ]
    return [*told, _runs(found)]


def _figures(found: Comparison, prefix: str) -> Iterator[str]:
    """The curves on the scale that suits them, and folded on the other one."""
    label = f"Losses of both sides: {words.sentence(found)}"
    if not any(m.curve for m in (*found.pairing.reference, *found.pairing.candidate)):
        return
    drawn = figure_compare.draw(found, width=_WIDTH)
    yield page.figure(svg.inline(drawn, label, f"{prefix}c-"), _CAPTION)
    other = figure_compare.other_scale(found)
    if other is not None:
        drawn = figure_compare.draw(found, width=_WIDTH, scale=other, rates=False)
        scale = "logarithmic" if other == "log" else "linear"
        shown = page.figure(svg.inline(drawn, label, f"{prefix}o-"), "The losses alone")
        yield page.folded(f"The same on a {scale} scale", shown)


def _cells(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for row in rows:
        yield [page.text(cell) for cell in row]


def _runs(found: Comparison) -> str:
    """Every run with its own numbers, folded."""
    pairing = found.pairing
    sides = (("reference", pairing.reference), ("new", pairing.candidate))
    rows = [(side, *_numbers(found, one)) for side, runs in sides for one in runs]
    head = ("", "run", *(f"{row} loss" for row in ("final", "best", "mean")))
    return page.folded("Every run", page.table(head, _cells(rows)))


def _numbers(found: Comparison, one: Matched) -> Iterator[str]:
    yield title(one.run.path, one.run)
    if one.curve is None or one.broke_down:
        yield from ("NaN", "", "")
        return
    measured = levels(one.curve, found.pairing.first, found.pairing.last)
    yield from map(number, (measured.final, measured.best, measured.mean))
