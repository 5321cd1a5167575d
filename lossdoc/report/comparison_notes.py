"""Sentences below the tables of a comparison: what the numbers rest on, and what they do not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report.comparison_words import FACTOR, expm1, known, place
from lossdoc.report.phrases import number, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.comparison import Comparison, Row

_OTHER_DATA = 1.05
"""Sides whose epochs or tokens differ by this factor at the same step saw different data."""

_NAMED = 3
"""So many names of the loss are told."""


def notes(found: Comparison) -> list[str]:
    """Sentences below the table."""
    told = [*_noise(found), *_beside(found), *_place(found), *_data(found), *_names(found)]
    if found.pairing.copies:
        copies = plural(found.pairing.copies, "run")
        told.append(f"{copies} left out: the same losses as another one of the same side")
    if found.pairing.covered < 0.95:
        told.append(f"only {found.pairing.covered:.0%} of the reference is common to all runs")
    if found.outcome == "cannot tell" and found.judged:
        row = found.rows[0]
        told.append(f"a difference of less than {_size(row)} would not be seen with so few runs")
    return told


def _noise(found: Comparison) -> Iterator[str]:
    """How many runs tell the seed noise."""
    n, m = len(found.pairing.reference), len(found.pairing.candidate)
    if not known(found):
        yield "seed noise is unknown; name two or more reference runs with other seeds"
        return
    yield f"seed noise from {plural(n, 'reference run')} and {plural(m, 'new run')}; intervals at 99 %"
    if n == 1:
        yield (
            "the seed noise of the single reference is unknown, that of the new runs stands for "
            "it; name more reference runs"
        )


def _beside(found: Comparison) -> Iterator[str]:
    """Measures that do not decide, where they say something else, beyond seed noise."""
    verdict = {"worse": 1, "better": -1}.get(found.outcome, 0)
    for row in found.rows[1:]:
        beyond = row.beyond(found.margin)
        if beyond in {0, verdict}:
            continue
        higher = "higher" if beyond > 0 else "lower"
        speed = " (slower learning)" if beyond > 0 else " (faster learning)"
        yield (
            f"not decided by it: the {row.name} loss is {higher}, beyond seed noise"
            f"{speed if row.name == 'mean' else ''}; --measure {row.name} decides by it"
        )


def _place(found: Comparison) -> Iterator[str]:
    """Where the curves part, and the area between them."""
    by, apart, area = found.pairing.by, found.apart, found.area
    if apart is not None and apart.for_good:
        yield f"the curves part at {place(by, apart.first)}"
    elif apart is not None:
        lie = "above" if apart.above else "below"
        yield (
            f"the new runs lie {lie} the references from {place(by, apart.first)} to "
            f"{place(by, apart.last)}, and come together again"
        )
    if area is not None and area.size > 0:
        share = f"{_share(area.size)} that under the references'"
        size = share if area.relative else number(area.size)
        yield f"the area between the curves is {size}; the new runs are higher in {area.above:.0%} of it"


def _data(found: Comparison) -> Iterator[str]:
    """Whether the same step is another place in the data."""
    if found.pairing.by != "step":
        return
    for r in found.reach:
        low, high = sorted((r.reference, r.candidate))
        if r.axis in {"epoch", "tokens"} and high > _OTHER_DATA * low:
            yield (
                f"in the same steps the sides saw different amounts of data: --by {r.axis} matches "
                "on what they saw"
            )
            return


def _names(found: Comparison) -> Iterator[str]:
    """Whether the logs call the loss by other names: it may be another loss."""
    pairing = found.pairing
    old, new = (
        sorted({m.run[pairing.loss].name for m in side})
        for side in (pairing.reference, pairing.candidate)
    )
    if old != new:
        yield (
            f"the references call the loss {', '.join(old[:_NAMED])}, the new runs "
            f"{', '.join(new[:_NAMED])}: make sure that it is the same one"
        )


def _size(row: Row) -> str:
    half = (row.contrast.high - row.contrast.low) / 2
    if not row.relative:
        return number(half)
    share = expm1(half)
    return f"{share:.0%}" if share < FACTOR else f"a factor of {number(1 + share)}"


def _share(value: float) -> str:
    return f"{value:.1%} of" if value < FACTOR else f"{number(value)} times"
