"""Steps that go backwards: appended runs, resumed runs, mixed writers, repeated steps.

A log in which steps go backwards is a *restart* where they fall back to the beginning (another
execution was appended: a new segment), a *resume* where they fall back inside the range already
seen (from a checkpoint: the rows that were trained again count once, the last write wins), and
*mixed* where lines merely arrive out of order (several writers: sorted).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossdoc.model import Floats, Ints

NEAR_START = 0.05
"""A fall back to this share of the range seen, or less, is a restart."""
LOW = 0.3
"""A fall back to this share of the highest step, or less, starts a new run as well."""
MANY = 10
"""More late lines than this are several writers, not a few resumes."""


@dataclass(frozen=True, eq=False)
class Points:
    """One column on the axis of the run; the arrays have one entry per logged value."""

    steps: Floats
    values: Floats
    rows: Ints

    def __len__(self) -> int:
        return len(self.values)

    def take(self, index: Ints | np.ndarray) -> Points:
        """Some of the points, by index or mask."""
        return Points(self.steps[index], self.values[index], self.rows[index])


class Cuts(NamedTuple):
    """Where steps go backwards, and what that means.

    Parameters
    ----------
    restarts
        Rows at which another execution begins.
    resumes
        (row, step) of every resume from a checkpoint.
    late
        How many rows came after rows of a later step, without restart or resume.
    """

    restarts: tuple[int, ...] = ()
    resumes: tuple[tuple[int, float], ...] = ()
    late: int = 0


def shared(parts: list[Points]) -> list[Ints]:
    """Where each of several columns holds the entries that all of them have.

    Entries belong together if they stand in one row; in logs that write every value for itself
    (TensorBoard), or count the rows of each column (arrays in memory), if they have the same step.

    Returns
    -------
    One index array per column, all of one length.
    """
    by_row = _shared([p.rows for p in parts])
    by_step = _shared([p.steps for p in parts])
    steps = [p.steps[place] for p, place in zip(parts, by_row, strict=True)]
    one_step = all(np.array_equal(steps[0], other) for other in steps[1:])
    return by_row if one_step and len(by_row[0]) >= len(by_step[0]) else by_step


def _shared(keys: list[Ints] | list[Floats]) -> list[Ints]:
    unique = [np.unique(key, return_index=True) for key in keys]
    common = unique[0][0]
    for values, _ in unique[1:]:
        common = np.intersect1d(common, values, assume_unique=True)
    places = [first[np.searchsorted(values, common)] for values, first in unique]
    order = np.argsort(places[0])
    return [place[order] for place in places]


def find_cuts(steps: Floats, rows: Ints) -> Cuts:
    """Classify every backward move of the steps of one series, in log order."""
    back = np.flatnonzero(np.diff(steps) < 0) + 1
    if not len(back):
        return Cuts()
    forward = np.diff(steps)
    forward = forward[forward > 0]
    stride = median(forward) if len(forward) else 0.0
    restarts: list[int] = []
    resumes: list[tuple[int, float]] = []
    late = 0
    low, high, seen = float(steps[0]), float(steps[0]), 0
    for at in map(int, back):
        high = max(high, float(steps[seen:at].max()))
        step, row, seen = float(steps[at]), int(rows[at]), at
        if _out_of_order(steps, at, high, stride):
            late += 1
        elif step <= low + NEAR_START * (high - low) or 0 <= step <= LOW * high:
            restarts.append(row)
            low = high = step
        else:
            resumes.append((row, step))
            high = step
    many = max(MANY, len(steps) // 50)
    if len(resumes) > many and len(restarts) >= MANY:
        # Whole runs written into each other: nothing can be joined.
        return Cuts(restarts=tuple(int(rows[at]) for at in back))
    if late > MANY or len(resumes) > many:
        # Several writers: what looks like a resume is mostly a line further behind.
        deep = [r for r in resumes if _depth(r, steps, rows) > 10 * stride]
        deep = deep if len(deep) <= many else []
        late, resumes = late + len(resumes) - len(deep), deep
    return Cuts(tuple(restarts), tuple(resumes), late)


def _out_of_order(steps: Floats, at: int, high: float, stride: float) -> bool:
    """Whether a line is merely late: a few strides behind, and the next one is ahead again."""
    ahead = at + 1 < len(steps) and float(steps[at + 1]) > high
    return ahead and high - float(steps[at]) <= 3 * stride


def refined(cuts: Cuts, lead: Points, columns: Iterable[Points]) -> Cuts:
    """Let an execution begin with its first row, not with its first loss.

    A new run may log its rate or a first evaluation before the first loss: rows between the last
    loss of the old run and the first one of the new, at a step that the new one starts from.
    """
    starts = [*cuts.restarts, *(row for row, _ in cuts.resumes)]
    if not starts:
        return cuts
    first = {start: start for start in starts}
    at = np.searchsorted(lead.rows, starts)
    before, step = lead.rows[at - 1], lead.steps[at]
    for column in columns:
        begin = np.searchsorted(column.rows, before, side="right")
        end = np.searchsorted(column.rows, starts)
        for k in np.flatnonzero(end > begin):
            early = np.flatnonzero(column.steps[begin[k] : end[k]] <= step[k])
            if len(early):
                row = int(column.rows[begin[k] + early[0]])
                first[starts[k]] = min(first[starts[k]], row)
    return Cuts(
        tuple(first[row] for row in cuts.restarts),
        tuple((first[row], to) for row, to in cuts.resumes),
        cuts.late,
    )


def _depth(resume: tuple[int, float], steps: Floats, rows: Ints) -> float:
    """How far a resume falls behind the row before it."""
    at = int(np.searchsorted(rows, resume[0]))
    return float(steps[at - 1]) - resume[1]


def segment_of(rows: Ints, cuts: Cuts) -> Ints:
    """Index of the segment of every row, from 0."""
    return np.searchsorted(np.array(cuts.restarts, dtype=np.int64), rows, side="right")


def in_order(points: Points, cuts: Cuts) -> Points:
    """Drop what a resume overwrote, and sort by step within each segment.

    Rows stay strictly increasing: where lines were out of order, the rows are those of the
    same lines, in order.
    """
    segment = segment_of(points.rows, cuts)
    for row, step in cuts.resumes:
        same = segment == segment_of(np.array([row]), cuts)[0]
        keep = ~(same & (points.rows < row) & (points.steps >= step))
        points, segment = points.take(keep), segment[keep]
    falls = np.diff(points.steps) < 0
    if not np.any(falls & (np.diff(segment) == 0)):
        return points
    order = np.lexsort((points.rows, points.steps, segment))
    return replace(points.take(order), rows=points.rows)


def once_per_step(points: Points, cuts: Cuts) -> tuple[Points, int]:
    """Make steps increase strictly within each segment.

    The same value logged twice counts once. Where a step holds several values as a rule (batches
    logged under the number of their epoch), they are spread evenly up to the next step; otherwise
    the last one wins.

    Returns
    -------
    points, replaced
        How many values lost against a later one of the same step.
    """
    if len(points) < 2:
        return points, 0
    points = _without_copies(points, cuts)
    first = _group_starts(points, cuts)
    sizes = np.diff(np.append(first, len(points)))
    if np.all(sizes == 1):
        return points, 0
    if median(sizes) >= 2 and not cuts.late:
        return replace(points, steps=_spread(points, cuts, first, sizes)), 0
    last = first + sizes - 1
    return points.take(last), len(points) - len(last)


def _group_starts(points: Points, cuts: Cuts) -> Ints:
    segment = segment_of(points.rows, cuts)
    new = (np.diff(points.steps) != 0) | (np.diff(segment) != 0)
    return np.flatnonzero(np.concatenate(([True], new)))


def _without_copies(points: Points, cuts: Cuts) -> Points:
    """Leave out values that repeat the one before at the same step, perhaps with fewer digits."""
    segment = segment_of(points.rows, cuts)
    a, b = points.values[:-1], points.values[1:]
    same = np.isclose(a, b, rtol=1e-5, atol=0.0, equal_nan=True)
    same &= (np.diff(points.steps) == 0) & (np.diff(segment) == 0)
    return points.take(np.concatenate(([True], ~same))) if np.any(same) else points


def _spread(points: Points, cuts: Cuts, first: Ints, sizes: Ints) -> Floats:
    """Steps with the values of one step spread evenly up to the next step."""
    starts = points.steps[first]
    segment = segment_of(points.rows[first], cuts)
    gap = np.append(np.diff(starts), 0.0)
    broken = np.append(np.diff(segment) != 0, True)
    usual = median(gap[~broken]) if np.any(~broken) else 1.0
    gap[broken] = usual
    place = np.arange(len(points)) - np.repeat(first, sizes)
    return np.repeat(starts, sizes) + np.repeat(gap / sizes, sizes) * place
