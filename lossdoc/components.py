"""Losses that are made of parts: each part is judged, and what they say is told once.

Detectors and multi-task models log the parts of their loss. Where there is a total it stands for
the run, since a part may rise while the run learns: box losses do, once there are objects to
place, and so do adversarial parts. It can hide a part that is lost, though. Parts without a total
are judged one by one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lossdoc.model import Channel, Evidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossdoc.model import Finding, Run, Series

PARTS = frozenset({Channel.TRAIN_COMPONENT, Channel.VAL_COMPONENT})
_LOSSES = PARTS | {Channel.TRAIN_LOSS, Channel.VAL_LOSS}

_SPLITS = frozenset(
    {"train", "training", "tr", "val", "valid", "validation", "eval", "test", "dev", "loss"}
)
"""Words that do not tell what a part measures."""

_NOT_FINITE, _DIVERGED = "LD101", "LD102"
LOST = frozenset({_NOT_FINITE, _DIVERGED})
"""Codes that say that a loss is lost, whatever the weight with which it enters a total."""

_FELL, _ROSE = 0.5, 3.0
"""A part that had come down to this share of its start, and ends at this many times it, diverged
behind its total; one that only rose may have had nothing to measure at first."""

_BEFORE = 0.05
"""Share of the run before the onset in a total in which the parts that caused it break down."""

_MOST_NAMED = 4


def without_total(run: Run) -> tuple[Run, ...]:
    """Return a run for each part of a loss that has no total; the run itself where it has one.

    In each of them the part is the training loss, and the validation loss is that of the same
    name. A validation loss of the whole is judged with no part.
    """
    parts = run.all(Channel.TRAIN_COMPONENT)
    if Channel.TRAIN_LOSS in run or len(parts) < 2:
        return (run,)
    alone = [_alone(run, part) for part in parts]
    if Channel.VAL_LOSS in run:
        alone.append(replace(run, series=tuple(s for s in run.series if s.channel not in PARTS)))
    return tuple(alone)


def behind_total(run: Run) -> tuple[Run, ...]:
    """Return a run for each part of a loss that has a total as well; none where it has one part."""
    parts = run.all(Channel.TRAIN_COMPONENT)
    if Channel.TRAIN_LOSS not in run or len(parts) < 2 or run.objective != "supervised":
        return ()
    return tuple(_alone(run, part) for part in parts)


def _alone(run: Run, part: Series) -> Run:
    vals = (s for s in run.all(Channel.VAL_COMPONENT) if _measures(s) == _measures(part))
    val = next(vals, None)
    kept = [s for s in run.series if s.channel not in _LOSSES]
    losses = [replace(part, channel=Channel.TRAIN_LOSS)]
    losses += [replace(val, channel=Channel.VAL_LOSS)] if val is not None else []
    return replace(run, series=(*losses, *kept))


def _measures(series: Series) -> tuple[str, ...]:
    """What a part measures: the words of its name without the split."""
    found = re.findall(r"[a-z0-9]+", series.name.lower())
    return tuple(word for word in found if word not in _SPLITS)


def told_once(by_part: Iterable[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Merge equal codes: the worst and earliest finding speaks, and names the other parts."""
    alike: dict[tuple[str, int], list[Finding]] = {}
    for finding in (f for findings in by_part for f in findings):
        alike.setdefault((finding.code, finding.segment), []).append(finding)
    return tuple(_merged(found) for found in alike.values())


def _merged(found: list[Finding]) -> Finding:
    first, *others = sorted(found, key=lambda f: (-int(f.severity), f.onset.step))
    names = list(dict.fromkeys(f.series for f in others if f.series != first.series))
    if not names:
        return first
    return replace(
        first,
        last_step=max(f.last_step for f in found),
        message=f"{first.message}; likewise {_list(names)}",
        evidence=(*first.evidence, *_onsets(found)),
    )


def lost_parts(total: Sequence[Finding], parts: Sequence[Finding]) -> tuple[Finding, ...]:
    """Add what happened to the parts to the findings of their total.

    Parameters
    ----------
    total
        Findings of the total.
    parts
        Findings of the parts, of the codes in `LOST` alone.

    Returns
    -------
    tuple of Finding
        Where the total was lost, its finding names the parts that were. Where it was not, a part
        that is not finite any more is a warning, and one that diverged a note.
    """
    if any(f.code in LOST for f in total):
        return tuple(_caused(f, parts) if f.code in LOST else f for f in total)
    hidden = [replace(f, channel=Channel.TRAIN_COMPONENT) for f in _hidden(parts)]
    return (*total, *told_once([hidden]))


def _caused(finding: Finding, parts: Sequence[Finding]) -> Finding:
    """Name the parts that broke down with a total, the first one first."""
    reach = finding.onset.step - _BEFORE * max(finding.last_step, 0.0)
    near = sorted(
        (p for p in parts if p.onset.step >= reach and p.segment == finding.segment),
        key=lambda p: p.onset.step,
    )
    if not near:
        return finding
    names = list(dict.fromkeys(p.series for p in near))
    return replace(
        finding,
        message=f"{finding.message}; parts that broke down, the first one first: {_list(names)}",
        evidence=(*finding.evidence, *_onsets(near)),
    )


def _hidden(parts: Sequence[Finding]) -> Iterator[Finding]:
    for part in parts:
        if part.code == _NOT_FINITE:
            yield replace(
                part,
                severity=Severity.WARNING,
                message=f"{part.message}; the total goes on without it",
                caveat="unless that part was switched off on purpose",
            )
        elif part.number("best") <= _FELL * part.number("start") and (
            part.number("end") >= _ROSE * part.number("start")
        ):
            yield replace(
                part,
                severity=Severity.NOTE,
                message=f"{part.message}, while the total hides it",
                prescriptions=(),
                caveat="a term against the others (a divergence, an adversary) rises by design",
            )


def _onsets(found: Sequence[Finding]) -> tuple[Evidence, ...]:
    return tuple(Evidence(f"onset:{f.series}", f.onset.step, "step") for f in found[:_MOST_NAMED])


def _list(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
