"""Is the new run really better? Runs against reference runs, matched, with seed noise.

One measure decides, and it is chosen beforehand, so that many looks cannot add up to a false
alarm; everything else is told beside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from lossdoc.comparison.matching import By, Matched, Pairing, pair
from lossdoc.comparison.measures import Levels, levels, parting, reaches
from lossdoc.comparison.statistics import Contrast, contrast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossdoc.model import Channel, Diagnosis, Run, Setting

__all__ = ["By", "Comparison", "Measure", "Outcome", "Row", "comparison"]

Outcome = Literal["better", "worse", "same", "cannot tell"]
Measure = Literal["final", "best", "mean"]

MEASURES: tuple[Measure, ...] = ("final", "best", "mean")

_SEVERAL = 3.0
"""A final loss this many times the worst reference's needs no seed noise to be worse ..."""

_LOST = 0.3
"""... where it also lost this share of what the references learnt."""

_COVERED = 0.5
"""A run that covers less of the reference may have been stopped: it passes no gate."""

_NO_SETTING = frozenset({"seed", "global_step"})


class Row(NamedTuple):
    """One measure of both sides.

    Parameters
    ----------
    relative
        Whether difference and interval are shares of the reference (its values are positive).
    """

    name: Measure
    contrast: Contrast
    relative: bool


class Speed(NamedTuple):
    """Where a level of the references is reached: the median run of each side; None if never."""

    level: float
    reference: float | None
    candidate: float | None


class Comparison(NamedTuple):
    """What a comparison came to.

    Parameters
    ----------
    outcome
        ``worse`` and ``better`` by the measure that decides; ``same`` where the difference is
        sure to be within the margin.
    judged
        Whether there was a basis: False where the seed noise is unknown and the difference is
        not gross, or where a reference is no good.
    why
        One sentence.
    rows
        The measure that decides comes first; empty where a side has no curve.
    parted
        Where the curves part for good; None where they do not, or seed noise is unknown.
    gained, lost
        Codes of findings that most candidates have and no reference, and the other way round.
    settings
        Name -> value of the references, of the candidates, where these differ.
    """

    outcome: Outcome
    judged: bool
    why: str
    pairing: Pairing
    margin: float
    rows: tuple[Row, ...]
    speed: tuple[Speed, ...]
    noise: tuple[float, float]
    parted: float | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    settings: tuple[tuple[str, Setting | None, Setting | None], ...]

    @property
    def exit_code(self) -> int:
        """1 worse, 3 where there was no basis to judge, else 0."""
        return 1 if self.outcome == "worse" else 0 if self.judged else 3


def comparison(
    reference: Sequence[Diagnosis],
    candidate: Sequence[Diagnosis],
    *,
    by: By = "auto",
    loss: Channel | None = None,
    measure: Measure = "final",
    margin: float = 0.01,
) -> Comparison:
    """Compare judged runs.

    Parameters
    ----------
    reference, candidate
        At least one each, with a run.
    measure
        The one that decides.
    margin
        Smaller differences do not matter, as a share of the reference's level.

    Raises
    ------
    SourceError
        The runs cannot be matched.
    """
    old_runs = [d.run for d in reference if d.run is not None]
    new_runs = [d.run for d in candidate if d.run is not None]
    found = pair(old_runs, new_runs, by, loss)
    old, new = _curves(found, found.reference), _curves(found, found.candidate)
    rows = _rows(old, new, measure) if old and new else ()
    outcome, judged, why = _verdict(found, old, new, rows, margin)
    return Comparison(
        outcome=outcome,
        judged=judged,
        why=why,
        pairing=found,
        margin=margin,
        rows=rows,
        speed=_speeds(found, old),
        noise=(_middle(a.noise for a in old), _middle(b.noise for b in new)),
        parted=parting(
            [m.curve for m in found.reference if m.curve and not m.broke_down],
            [m.curve for m in found.candidate if m.curve and not m.broke_down],
            found.first,
            found.last,
        ),
        gained=_only(candidate, reference),
        lost=_only(reference, candidate),
        settings=_differences(old_runs, new_runs),
    )


def _curves(found: Pairing, side: Sequence[Matched]) -> list[Levels]:
    return [levels(m.curve, found.first, found.last) for m in side if m.curve and not m.broke_down]


def _rows(old: Sequence[Levels], new: Sequence[Levels], first: Measure) -> tuple[Row, ...]:
    order: list[Measure] = [first, *(name for name in MEASURES if name != first)]
    return tuple(_row(name, old, new) for name in order)


def _row(name: Measure, old: Sequence[Levels], new: Sequence[Levels]) -> Row:
    """Compare logarithms where all values are positive: seeds multiply a loss."""
    a, b = [getattr(one, name) for one in old], [getattr(one, name) for one in new]
    error = _middle(one.error for one in (*old, *new))
    relative = min(*a, *b) > 0
    if relative:
        in_logs = contrast([math.log(v) for v in a], [math.log(v) for v in b], error)
        means = (math.exp(in_logs.reference), math.exp(in_logs.candidate))
        return Row(name, in_logs._replace(reference=means[0], candidate=means[1]), relative)
    return Row(name, contrast(a, b, error * abs(_middle(a))), relative)


def _verdict(
    found: Pairing, old: Sequence[Levels], new: Sequence[Levels], rows: Sequence[Row], margin: float
) -> tuple[Outcome, bool, str]:
    bad = sum(m.broke_down for m in found.reference)
    if bad:
        return "cannot tell", False, f"{bad} of the reference runs ended in NaN: no good reference"
    lost = sum(m.broke_down for m in found.candidate)
    if lost:
        return "worse", True, f"{lost} of {len(found.candidate)} runs ended in NaN or infinity"
    gross = sum(_gross(found, old, one) for one in new)
    if gross:
        many = f"of {len(new)} runs " if len(new) > 1 else ""
        return "worse", True, f"the final loss {many}is {_SEVERAL:g} times the reference's or more"
    if found.covered < _COVERED:
        return "cannot tell", False, f"only {found.covered:.0%} of the reference can be compared"
    return _by_interval(rows[0], margin)


def _gross(found: Pairing, old: Sequence[Levels], one: Levels) -> bool:
    """Whether a final loss is several times that of the worst reference."""
    worst = max(a.final for a in old)
    start = _middle(m.curve.start for m in found.reference if m.curve)
    learnt = max(start - worst, 0.0)
    return worst > 0 and one.final >= _SEVERAL * worst and one.final - worst >= _LOST * learnt


def _by_interval(row: Row, margin: float) -> tuple[Outcome, bool, str]:
    c = row.contrast
    if not c.known:
        return "cannot tell", False, "one run each: the seed noise is unknown"
    least = math.log1p(margin) if row.relative else margin * abs(c.reference)
    if c.low > 0 and c.difference > least:
        return "worse", True, f"the {row.name} loss is higher, beyond seed noise"
    if c.high < 0 and c.difference < -least:
        return "better", True, f"the {row.name} loss is lower, beyond seed noise"
    if max(abs(c.low), abs(c.high)) <= max(least, 1e-12) or c.low * c.high > 0:
        return "same", True, "the difference is too small to matter"
    return "cannot tell", True, "any difference is within seed noise"


def _speeds(found: Pairing, old: Sequence[Levels]) -> tuple[Speed, ...]:
    """Where half and nine tenths of what the references learnt are reached."""
    starts = [m.curve.start for m in found.reference if m.curve]
    if not (old and starts):
        return ()
    top, bottom = _middle(starts), _middle(a.final for a in old)
    if not top > bottom:
        return ()
    wanted = [top - share * (top - bottom) for share in (0.5, 0.9)]
    return tuple(
        Speed(level, _reached(found.reference, level), _reached(found.candidate, level))
        for level in wanted
    )


def _reached(side: Sequence[Matched], level: float) -> float | None:
    places = [reaches(m.curve, level) if m.curve else None for m in side]
    middle = _middle(math.inf if place is None else place for place in places)
    return middle if math.isfinite(middle) else None


def _only(having: Sequence[Diagnosis], lacking: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Codes that most runs of one side have and none of the other."""
    there = [{f.code for f in d.findings} for d in having]
    elsewhere = {f.code for d in lacking for f in d.findings}
    every = sorted(set().union(*there) - elsewhere)
    return tuple(c for c in every if 2 * sum(c in codes for codes in there) > len(there))


def _differences(
    old: Sequence[Run], new: Sequence[Run]
) -> tuple[tuple[str, Setting | None, Setting | None], ...]:
    """Settings in which the first runs of the two sides differ."""
    a, b = old[0].context, new[0].context
    names = sorted({*a, *b} - _NO_SETTING)
    return tuple((k, a.get(k), b.get(k)) for k in names if a.get(k) != b.get(k))


def _middle(values: Iterable[float]) -> float:
    """Return the lower median; NaN if there is none."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else math.nan
