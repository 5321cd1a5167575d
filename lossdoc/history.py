"""Earlier runs bound the learning rate: above by what diverged, below by what was healthy.

One log tells that a rate was too high, hardly by how much. An earlier run that was fine at a
lower rate does, so a prescribed rate then lies between the two.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Channel, Severity, Verdict
from lossdoc.prescribe import snap
from lossdoc.robust.case import Case
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossdoc.model import Change, Diagnosis, Finding, Prescription, Run

DIVERGED = frozenset({"LD101", "LD102", "LD103", "LD201"})
"""Errors that say that the learning rate was too high."""

_UNSTABLE = ("LD1", "LD2")
"""Families whose remedy for a learning rate is a stable one."""

_RATE, _FACTOR = "learning_rate", "learning_rate_factor"

_REFERENCE = "Bengio 2012, Practical Recommendations for Gradient-Based Training (log scale)"

_CAVEAT = "earlier runs are matched by loss, optimizer and batch size; not if the model changed"
_BY_NAME = (
    "earlier runs are matched by the name of the loss alone, for this log tells neither optimizer "
    "nor batch size"
)


class Trial(NamedTuple):
    """One run as a trial of its learning rate.

    Parameters
    ----------
    place
        Real path and own name: the same for the same run however it was found.
    setup
        Axis, training loss, optimizer and batch size: trials in which they agree are compared.
    rate
        Highest rate in use, up to the onset where it diverged; None where the log tells none.
    code
        Of the error by which it diverged; empty where it did not.
    """

    path: str
    place: tuple[str, str]
    setup: tuple[object, ...]
    rate: float | None
    code: str
    healthy: bool


class History(NamedTuple):
    """Earlier runs, and what among them could not be read or judged: path, problem."""

    trials: tuple[Trial, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


class Bracket(NamedTuple):
    """Trials between which a learning rate is to be chosen; None where nothing bounds it."""

    lower: Trial | None
    upper: Trial | None


def history(diagnoses: Iterable[Diagnosis]) -> History:
    """Keep of earlier diagnoses what bounds a learning rate."""
    trials, unread = [], []
    for diagnosis in diagnoses:
        found = trial(diagnosis)
        if found is None or diagnosis.verdict is Verdict.INCONCLUSIVE:
            unread.append((diagnosis.path, diagnosis.problem))
        else:
            trials.append(found)
    return History(tuple(trials), tuple(unread))


def trial(diagnosis: Diagnosis) -> Trial | None:
    """Return a run as a trial of its learning rate; None where nothing could be read."""
    run = diagnosis.run
    if run is None:
        return None
    errors = (f for f in diagnosis.findings if f.severity is Severity.ERROR)
    first = next((f for f in errors if f.code in DIVERGED), None)
    return Trial(
        path=diagnosis.path,
        place=(os.path.realpath(diagnosis.path), run.name),
        setup=_setup(run),
        rate=_rate(run, None if first is None else first.onset.step),
        code="" if first is None else first.code,
        healthy=diagnosis.verdict is Verdict.HEALTHY,
    )


def _setup(run: Run) -> tuple[object, ...]:
    loss = run.get(Channel.TRAIN_LOSS) or run.get(Channel.VAL_LOSS)
    named = None if loss is None else (loss.channel, loss.name)
    optimizer = str(run.context.get("optimizer", "")).lower()
    return run.axis, named, optimizer, run.context.get("batch_size")


def _rate(run: Run, onset: float | None) -> float | None:
    """Highest rate up to a step (a ramp goes on after a divergence), or of the whole run."""
    case = Case(run)
    if case.rate is None or onset is None:
        return case.known_rate
    until = case.rate.y[case.rate.x <= onset]
    highest = float(until.max()) if len(until) else 0.0
    return highest or case.rate.peak


def bracket(trials: Sequence[Trial]) -> Bracket:
    """Return the lowest rate that diverged, and the highest one below it that was healthy."""
    rated = [t for t in trials if t.rate is not None]
    upper = min((t for t in rated if t.code), key=_of_rate, default=None)
    limit = np.inf if upper is None else _of_rate(upper)
    fine = (t for t in rated if t.healthy and _of_rate(t) < limit)
    return Bracket(max(fine, key=_of_rate, default=None), upper)


def _of_rate(item: Trial) -> float:
    return math.nan if item.rate is None else item.rate


def informed(diagnosis: Diagnosis, earlier: History) -> Diagnosis:
    """Bound the learning rates that a diagnosis prescribes by earlier runs.

    With both bounds, a lower rate against an instability becomes the geometric mean of the
    bracket, and a higher rate is at most that. With the upper bound alone, a rate at which an
    earlier run diverged is divided as the present one was. A diagnosis that prescribes no rate
    stays as it is; any other says what the earlier runs told, or why they told nothing.
    """
    names = {c.name for f in diagnosis.findings for p in f.prescriptions for c in p.changes}
    own = trial(diagnosis)
    if own is None or not names & {_RATE, _FACTOR}:
        return diagnosis
    others = [t for t in earlier.trials if t.place != own.place]
    alike = [t for t in others if t.setup == own.setup]
    nothing = _nothing(own, others, alike)
    if nothing:
        return replace(diagnosis, history=nothing)
    # A run that did not diverge shows that its own rate is stable, healthy or not.
    bounds = bracket([*alike, own._replace(healthy=not own.code)])
    findings = tuple(_bounded(finding, bounds, own) for finding in diagnosis.findings)
    told = _told(bracket(alike), len(others))
    if any(
        len(f.prescriptions) < len(g.prescriptions)
        for f, g in zip(findings, diagnosis, strict=True)
    ):
        told += "; a higher rate is not prescribed"
    return replace(diagnosis, findings=findings, history=told)


def _nothing(own: Trial, others: Sequence[Trial], alike: Sequence[Trial]) -> str:
    """Why earlier runs say nothing about a rate; empty where they do."""
    if not others:
        return "no earlier run could be judged"
    count = "the earlier run" if len(others) == 1 else f"all {len(others):,} earlier runs"
    if own.rate is None:
        return "this log tells no learning rate that could be compared"
    if not alike:
        return f"{count}: another loss, optimizer or batch size"
    if all(t.rate is None for t in alike):
        return f"{count}: no learning rate in the logs that are comparable"
    if bracket(alike) == Bracket(None, None):
        return f"{count}: neither diverged nor healthy where comparable"
    return ""


def _told(found: Bracket, count: int) -> str:
    runs = "1 earlier run" if count == 1 else f"{count:,} earlier runs"
    return f"{runs}: {' and '.join(_bounds(found, None))}"


def _bounds(found: Bracket, own: Trial | None) -> Iterator[str]:
    """Name the bounds, the lower one first."""
    for bound in found:
        if bound is None or bound.rate is None:
            continue
        mine = own is not None and bound.place == own.place
        how = f"{bound.code} at" if bound.code else "stable at" if mine else "healthy at"
        yield f"{how} {number(bound.rate)} ({'this run' if mine else bound.path})"


def _bounded(finding: Finding, bounds: Bracket, own: Trial) -> Finding:
    unstable = finding.code.startswith(_UNSTABLE)
    found = (_prescription(p, bounds, own, unstable) for p in finding.prescriptions)
    return replace(finding, prescriptions=tuple(p for p in found if p is not None))


def _prescription(
    item: Prescription, bounds: Bracket, own: Trial, unstable: bool
) -> Prescription | None:
    rate = next((c for c in item.changes if c.name == _RATE), None)
    if rate is None or not isinstance(rate.after, (int, float)):
        return item
    after = _bounded_rate(rate, float(rate.after), bounds, unstable)
    if after is None or after == rate.after:
        return None if after is None else item
    changes = tuple(c._replace(after=after) if c is rate else c for c in item.changes)
    told = " and ".join(_bounds(bounds, own))
    how = "geometric mean of" if None not in bounds else "bounded by"
    caveat = _BY_NAME if own.setup[2:] == ("", None) else _CAVEAT
    if bounds.lower is not None and after > _of_rate(bounds.lower):
        caveat = f"if it diverges, {number(_of_rate(bounds.lower))} is known to be stable; {caveat}"
    return replace(
        item,
        changes=changes,
        rationale=f"{how} {told}; this log alone gives {number(float(rate.after))}",
        reference=f"{item.reference}; {_REFERENCE}" if item.reference else _REFERENCE,
        caveat=f"{item.caveat}; {caveat}" if item.caveat else caveat,
    )


def _bounded_rate(rate: Change, after: float, bounds: Bracket, unstable: bool) -> float | None:
    """Rate to prescribe instead of one that this log alone gives; None where none is safe."""
    before = rate.before if isinstance(rate.before, (int, float)) else after
    upper = math.inf if bounds.upper is None else _of_rate(bounds.upper)
    lower = 0.0 if bounds.lower is None else _of_rate(bounds.lower)
    middle = _between(lower, upper) if None not in bounds else None
    if after > before:
        # Where this run was stable at a rate at which another diverged, no higher one is safe.
        least = max(after, lower)
        return min(least, middle) if middle is not None else least if least < upper else None
    if after < before and unstable and middle is not None:
        return middle
    if after < upper:
        return after
    return middle if middle is not None else _below(upper, after / before)


def _between(lower: float, upper: float) -> float:
    """Geometric mean on the ladder 1-2-3-5, or as near to it as lies inside."""
    mean = math.sqrt(lower * upper)
    candidates = (snap(mean), float(f"{mean:.2g}"), mean)
    return next(rate for rate in candidates if lower < rate < upper or rate == mean)


def _below(upper: float, share: float) -> float:
    """Rate below one that diverged: by the share by which this log lowers its own, or a third."""
    share = share if share < 1.0 else 1.0 / 3.0
    return min(snap(upper * share), upper * share)
