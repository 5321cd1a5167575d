"""Several runs of one configuration: what they have in common, and what is one run's accident.

A seed is no setting. A fault that most seeds show belongs to the configuration and can be
prescribed against; one that a single seed shows may be its draw of data or weights.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from lossdoc.composition import settle
from lossdoc.ensemble.consensus import consensus
from lossdoc.ensemble.names import labels, pattern, shared_pattern
from lossdoc.model import Channel, Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from lossdoc.model import Confidence, Diagnosis, Finding, Run

_NO_SETTING = frozenset({"seed", "global_step"})
"""Parts of the context in which runs of one configuration may differ."""

Extent = Literal["common", "some", "single"]

_EVALUATED = frozenset(
    {Channel.VAL_LOSS, Channel.VAL_COMPONENT, Channel.VAL_ACCURACY, Channel.VAL_METRIC}
)

_MAJORITY = 0.5
"""What more than this share of the runs shows is common to them."""


class Member(NamedTuple):
    """One run as it is compared with others; it holds on to no array of the log.

    Parameters
    ----------
    configuration
        Runs in which it is equal are runs of one configuration.
    silent
        Codes of the rules that judged it and did not fire.
    explained
        Code of a finding that was set aside -> code of the finding that explains it.
    """

    path: str
    name: str
    axis: str
    verdict: Verdict
    context: Mapping[str, float | str]
    configuration: Hashable
    findings: tuple[Finding, ...]
    silent: frozenset[str]
    explained: Mapping[str, str]


class Shared(NamedTuple):
    """What one rule states about the runs of an ensemble.

    Parameters
    ----------
    finding
        That of the run whose onset is in the middle, with the highest severity; its prescriptions
        are what the runs agree on, where most of them are affected.
    runs, onsets
        Labels of the affected runs, and the step at which each one begins.
    silent
        Labels of the runs in which the rule judged and did not fire.
    explained
        Labels of runs in which another finding explains it, with the code of that.
    of
        Runs in all.
    """

    finding: Finding
    runs: tuple[str, ...]
    onsets: tuple[float, ...]
    silent: tuple[str, ...]
    explained: tuple[tuple[str, str], ...]
    of: int

    @property
    def extent(self) -> Extent:
        """``common`` to most of the runs, in ``some`` of them, or a ``single`` one's accident.

        What another finding explains is there, too.
        """
        count = len(self.runs) + len(self.explained)
        if count > _MAJORITY * self.of:
            return "common"
        return "single" if count == 1 else "some"


class Ensemble(NamedTuple):
    """Runs of one configuration.

    Parameters
    ----------
    pattern
        Their path with ``#`` where they differ.
    paths, runs
        Of each run: the path, and a label that tells it from the others.
    shared
        Worst and most common first.
    """

    pattern: str
    paths: tuple[str, ...]
    runs: tuple[str, ...]
    axis: str
    context: Mapping[str, float | str]
    verdicts: tuple[Verdict, ...]
    shared: tuple[Shared, ...]


def member(diagnosis: Diagnosis) -> Member | None:
    """Keep of a diagnosis what can be compared; None where nothing could be read."""
    run = diagnosis.run
    if run is None:
        return None
    return Member(
        path=diagnosis.path,
        name=run.name,
        axis=run.axis,
        verdict=diagnosis.verdict,
        context={k: v for k, v in run.context.items() if k not in _NO_SETTING},
        configuration=_configuration(run),
        findings=diagnosis.findings,
        silent=frozenset(diagnosis.passed),
        explained={s.finding.code: s.by for s in diagnosis.superseded},
    )


def groups(diagnoses: Iterable[Diagnosis]) -> tuple[Ensemble, ...]:
    """Return what the runs of each configuration have in common; a single run is no ensemble."""
    return together(m for d in diagnoses if (m := member(d)) is not None)


def together(members: Iterable[Member]) -> tuple[Ensemble, ...]:
    """Return the ensembles of two runs and more, in the order of their first runs."""
    by_configuration: dict[Hashable, dict[tuple[str, str], Member]] = {}
    for one in members:
        # The same log may have been named twice.
        by_configuration.setdefault(one.configuration, {})[one.path, one.name] = one
    return tuple(_ensemble([*g.values()]) for g in by_configuration.values() if len(g) > 1)


def _configuration(run: Run) -> Hashable:
    """Settings, roles and names that runs of one configuration share."""
    context = {k: v for k, v in run.context.items() if k not in _NO_SETTING}
    # A run that died early may never have reached an evaluation, so these need not agree.
    series = frozenset((s.channel, s.name) for s in run.series if s.channel not in _EVALUATED)
    return (
        run.axis,
        run.objective,
        series or frozenset((s.channel, s.name) for s in run.series),
        _grid(run),
        frozenset(context.items()),
        None if "learning_rate" in context else _first_rate(run),
        (pattern(run.path), pattern(run.name)),
    )


def _grid(run: Run) -> str:
    """First step of the loss and the steps between two of its points, to two digits."""
    loss = run.get(Channel.TRAIN_LOSS) or run.get(Channel.VAL_LOSS)
    if loss is None or len(loss) < 2:
        return ""
    stride = float(np.median(np.diff(loss.steps)))
    return f"{loss.steps[0]:.2g} {stride:.2g}"


def _first_rate(run: Run) -> str:
    """First positive learning rate: where nothing else tells, it is what a sweep varies."""
    series = run.get(Channel.LEARNING_RATE)
    positive = np.empty(0) if series is None else series.values[series.values > 0]
    return "".join(f"{rate:.2g}" for rate in positive[:1])


def _ensemble(group: Sequence[Member]) -> Ensemble:
    names = labels([(m.path, m.name) for m in group])
    codes = dict.fromkeys(f.code for m in group for f in m.findings)
    every = [_shared(code, group, names) for code in codes]
    every.sort(key=lambda s: (-int(s.finding.severity), -len(s.runs)))
    settled = settle([s.finding for s in every])
    return Ensemble(
        pattern=shared_pattern([m.path for m in group]),
        paths=tuple(m.path for m in group),
        runs=names,
        axis=group[0].axis,
        context=group[0].context,
        verdicts=tuple(m.verdict for m in group),
        shared=tuple(s._replace(finding=f) for s, f in zip(every, settled, strict=True)),
    )


def _shared(code: str, group: Sequence[Member], names: Sequence[str]) -> Shared:
    # The first of a rule's findings in a run: later ones are of later executions.
    found = {
        name: next(f for f in m.findings if f.code == code)
        for m, name in zip(group, names, strict=True)
        if any(f.code == code for f in m.findings)
    }
    by_onset = sorted(found.values(), key=lambda f: f.onset.step)
    middle = by_onset[(len(by_onset) - 1) // 2]
    shared = Shared(
        finding=replace(
            middle,
            severity=max(f.severity for f in by_onset),
            confidence=_usual([f.confidence for f in by_onset]),
            prescriptions=(),
            segment=0,
        ),
        runs=tuple(found),
        onsets=tuple(f.onset.step for f in found.values()),
        silent=tuple(n for m, n in zip(group, names, strict=True) if code in m.silent),
        explained=tuple(
            (n, m.explained[code])
            for m, n in zip(group, names, strict=True)
            if code in m.explained and n not in found
        ),
        of=len(group),
    )
    if len(found) <= _MAJORITY * len(group):
        return shared
    return shared._replace(finding=replace(shared.finding, prescriptions=consensus(by_onset)))


def _usual(values: Sequence[Confidence]) -> Confidence:
    return Counter(values).most_common(1)[0][0]
