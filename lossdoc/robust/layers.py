"""Which of the logged norms belongs to the first layer of a network, and which to the last."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import unique
from lossdoc.model import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Floats, Ints, Run, Series

_WORD = re.compile(r"(?<![a-z])(first|last)(?![a-z])", re.IGNORECASE)


class Layers(NamedTuple):
    """Gradient norms of the first and of the last layer, at the steps that both have.

    Parameters
    ----------
    x, rows
        float64[n], int64[n], n >= 1.
    first, last
        float64[n], finite, from 0; the largest where a layer has several norms.
    name
        Column of the first layer's (largest) norm.
    """

    x: Floats
    rows: Ints
    first: Floats
    last: Floats
    name: str


def first_and_last(run: Run) -> Layers | None:
    """Norms of the first and the last layer; None where the names do not tell which these are.

    Names tell by the words *first* and *last*, or by numbers: ``grad_norm/layer.0.weight``.
    """
    norms = [s for s in run.all(Channel.LAYER_GRAD_NORM) if _are_norms(s)]
    ends = _by_word(norms) or _by_number(norms)
    if ends is None:
        return None
    first, last = ends
    steps = _common([*first, *last])
    if not len(steps):
        return None
    at_first, at_last = (np.max([_at(s, steps) for s in part], axis=0) for part in ends)
    largest = max(first, key=lambda s: float(np.nanmedian(s.values)))
    rows = largest.rows[np.searchsorted(largest.steps, steps)]
    return Layers(steps, rows, at_first, at_last, largest.name)


_Ends = tuple[list["Series"], list["Series"]]


def _are_norms(series: Series) -> bool:
    """Whether no value is below 0, as means of gradients are."""
    known = series.values[np.isfinite(series.values)]
    return len(known) > 0 and bool((known >= 0).all())


def _by_word(norms: Sequence[Series]) -> _Ends | None:
    named: dict[str, list[Series]] = {"first": [], "last": []}
    for series in norms:
        found = _WORD.search(series.name)
        if found is not None:
            named[found[1].lower()].append(series)
    return (named["first"], named["last"]) if named["first"] and named["last"] else None


def _by_number(norms: Sequence[Series]) -> _Ends | None:
    """Cut off what all names begin with: it may hold numbers, as ``grad_2.0_norm`` does."""
    letters_of = zip(*(s.name for s in norms), strict=False)
    alike = takewhile(lambda letters: len(set(letters)) == 1, letters_of)
    shared = len("".join(letters[0] for letters in alike).rstrip("0123456789"))
    numbered: dict[int, list[Series]] = {}
    for series in norms:
        found = re.search(r"\d+", series.name[shared:])
        if found is not None:
            numbered.setdefault(int(found[0]), []).append(series)
    if len(numbered) < 2:
        return None
    return numbered[min(numbered)], numbered[max(numbered)]


def _common(norms: Sequence[Series]) -> Floats:
    """Steps at which every series has a finite value."""
    steps = norms[0].steps[np.isfinite(norms[0].values)]
    for series in norms[1:]:
        steps = np.intersect1d(steps, series.steps[np.isfinite(series.values)])
    return unique(steps)


def _at(series: Series, steps: Floats) -> Floats:
    known = np.isfinite(series.values)
    return np.asarray(series.values[known][np.searchsorted(series.steps[known], steps)])
