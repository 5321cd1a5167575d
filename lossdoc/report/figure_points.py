"""Which points of a curve are drawn: enough of them, and never without its spikes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats

MOST_POINTS = 2000

_STRETCHES = 20
"""Executions of one log that are drawn, as many as are judged."""


def thinned(x: Floats, y: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """Keep the lowest and the highest point of each stretch, so that no spike is lost.

    Parameters
    ----------
    x, y
        float64[n].
    most
        About how many points are kept.
    """
    if len(y) <= most:
        return x, y
    edges = np.linspace(0, len(y), most // 2 + 1).astype(int)
    finite = np.where(np.isfinite(y), y, np.nanmin(y, initial=np.inf))
    kept = [
        place
        for a, b in itertools.pairwise(edges)
        for place in sorted({a + int(finite[a:b].argmin()), a + int(finite[a:b].argmax())})
    ]
    return x[kept], y[kept]


def pieces(x: Floats, y: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Stretches in which steps only go forward; of many the longest."""
    edges = [0, *(np.flatnonzero(np.diff(x) < 0) + 1).tolist(), len(x)]
    spans = [(a, b) for a, b in itertools.pairwise(edges) if b > a]
    longest = sorted(spans, key=lambda span: span[0] - span[1])[:_STRETCHES]
    for a, b in sorted(longest):
        yield x[a:b], y[a:b]
