"""Score logs of others that were labelled by hand.

A corpus is a folder with ``labels.csv`` and ``data/ID/``: one log, or one folder of a log, per ID. Of
the columns of the labels, ``id`` and ``repo`` are needed; each of `CLASSES` and ``healthy`` hold 1, 0,
or ``?`` where two engineers could disagree; logs of ``confidence`` 1, guesses, count for coverage alone.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.api import analyze_all
from lossdoc.errors import UsageError
from lossdoc.model import Confidence, Verdict
from lossdoc.scorecard.judging import Judged, judge, last_step, summary
from lossdoc.scorecard.scoring import Alarms, add_relogged
from lossdoc.scorecard.tally import f1
from lossdoc.scorecard.truth import Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from lossdoc.model import Run
    from lossdoc.rules.base import Rule

CLASSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "divergence": frozenset({"LD101", "LD102", "LD103", "LD104"}),
        "nan_or_inf": frozenset({"LD101", "LD105"}),
        "oscillation": frozenset({"LD201"}),
        "plateau": frozenset({"LD301", "LD302", "LD305", "LD502"}),
        "overfitting": frozenset({"LD401", "LD402"}),
        "gradient_spike": frozenset({"LD204"}),
        "loss_spike": frozenset({"LD202", "LD203"}),
        "slow_convergence": frozenset({"LD303", "LD304"}),
        "underfitting": frozenset({"LD301", "LD302", "LD303", "LD403"}),
    }
)
"""Label -> codes of which one, told as a warning or an error, predicts it."""

FACTS = frozenset({"LD105"})
"""Codes that predict as a note too: an isolated NaN is a fact."""

FEWEST = 4
"""Classes with fewer labelled logs do not enter the macro-F1."""


class LabelledLog(NamedTuple):
    """A log, its labels, and what lossdoc says about its runs.

    Parameters
    ----------
    labels
        Class -> whether it is one; classes that are not certain are left out.
    healthy
        None where that is not certain.
    conclusive
        Whether any run of it was judged.
    """

    name: str
    repository: str
    labels: Mapping[str, bool]
    healthy: bool | None
    guessed: bool
    conclusive: bool
    runs: tuple[Run, ...]
    judged: tuple[Judged, ...]

    def told(self, rules: Sequence[Rule] | None = None) -> set[str]:
        """Codes that count, of all of its runs together; with other rules if they are given."""
        judged = self.judged if rules is None else [judge(run, rules) for run in self.runs]
        return {
            told.code for one in judged for told in one.told if told.alarm or told.code in FACTS
        }


class Scored(NamedTuple):
    """How some logs were judged.

    Parameters
    ----------
    classes
        Class -> counts of ``tp``, ``fp``, ``fn`` and ``tn``.
    healthy, alarms
        Healthy logs, and those with a warning or an error.
    faulty, silent
        Faulty logs, and those without.
    """

    logs: int
    judged: int
    healthy: int
    alarms: int
    faulty: int
    silent: int
    classes: dict[str, dict[str, int]]

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes with enough labelled logs; NaN if there are none."""
        scores = [
            f1(c["tp"], c["fp"], c["fn"])
            for c in self.classes.values()
            if c["tp"] + c["fn"] >= FEWEST
        ]
        return math.fsum(scores) / len(scores) if scores else math.nan


def read(folder: Path) -> list[LabelledLog]:
    """Read the labels and judge the logs of a corpus.

    Raises
    ------
    UsageError
        There are no labels.
    """
    file = folder / "labels.csv"
    if not file.is_file():
        raise UsageError(f"{folder} holds no labels.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return [_labelled(folder, row) for row in csv.DictReader(lines)]


def _labelled(folder: Path, row: Mapping[str, str]) -> LabelledLog:
    entries = sorted((folder / "data" / row["id"]).iterdir())
    path = entries[0] if len(entries) == 1 else folder / "data" / row["id"]
    diagnoses = list(analyze_all([path]))
    known = {"0": False, "1": True}
    runs = [(d.run, summary(d)) for d in diagnoses if d.run is not None]
    return LabelledLog(
        name=row["id"],
        repository=row["repo"],
        labels={name: known[row[name]] for name in CLASSES if row.get(name) in known},
        healthy=known.get(row.get("healthy", "")),
        guessed=row.get("confidence") == "1",
        conclusive=any(d.verdict is not Verdict.INCONCLUSIVE for d in diagnoses),
        runs=tuple(run for run, _ in runs),
        judged=tuple(judged for _, judged in runs),
    )


def score(logs: Sequence[LabelledLog], rules: Sequence[Rule] | None = None) -> Scored:
    """Compare what is told of logs with their labels; with other rules if they are given."""
    classes = {name: Counter({"tp": 0, "fp": 0, "fn": 0, "tn": 0}) for name in CLASSES}
    outcomes: Counter[str] = Counter()
    for log in logs:
        outcomes["judged"] += log.conclusive
        if log.guessed:
            continue
        told = log.told(rules)
        for name, label in log.labels.items():
            said = not told.isdisjoint(CLASSES[name])
            classes[name][("t" if said == label else "f") + ("p" if said else "n")] += 1
        if log.healthy is not None:
            outcomes["healthy" if log.healthy else "faulty"] += 1
            outcomes["alarms"] += log.healthy and bool(told - FACTS)
            outcomes["silent"] += not log.healthy and not told
    return Scored(
        logs=len(logs),
        judged=outcomes["judged"],
        healthy=outcomes["healthy"],
        alarms=outcomes["alarms"],
        faulty=outcomes["faulty"],
        silent=outcomes["silent"],
        classes={name: dict(counts) for name, counts in classes.items()},
    )


def calibration(
    logs: Sequence[LabelledLog], limited: Collection[str] = ()
) -> dict[str, Counter[Standing]]:
    """What becomes of warnings and errors, by how sure lossdoc says that it is.

    One is right if a class that its code predicts is labelled so, wrong if all of them are labelled
    otherwise, or the log is healthy. It is neither where the labels do not tell.

    Parameters
    ----------
    limited
        Codes of rules that may not be called *high* (`lossdoc.measured`).
    """
    counts: dict[str, Counter[Standing]] = {level.label: Counter() for level in Confidence}
    for log in logs:
        for code, told in {t.code: t for j in log.judged for t in j.told if t.alarm}.items():
            level = Confidence(
                min(told.level, Confidence.MEDIUM) if code in limited else told.level
            )
            if not log.guessed:
                counts[level.label][_standing(log, code)] += 1
    return counts


def _standing(log: LabelledLog, code: str) -> Standing:
    labels = [log.labels.get(name) for name, codes in CLASSES.items() if code in codes]
    if any(labels):
        return Standing.RIGHT
    if log.healthy or (labels and None not in labels):
        return Standing.WRONG
    return Standing.NEITHER


def halves(logs: Sequence[LabelledLog]) -> tuple[list[LabelledLog], list[LabelledLog]]:
    """Part logs by their repositories, no repository in both halves; which, its name decides."""
    parts: tuple[list[LabelledLog], list[LabelledLog]] = ([], [])
    for log in logs:
        parts[hashlib.sha256(log.repository.encode()).digest()[0] % 2].append(log)
    return parts


def relogged(logs: Sequence[LabelledLog]) -> dict[str, Alarms]:
    """Alarms of healthy logs that are logged in other ways; each run is as long as its log."""
    counts: dict[str, Alarms] = {}
    for log in logs:
        if log.healthy and not log.guessed:
            for run, judged in zip(log.runs, log.judged, strict=True):
                add_relogged(counts, run, last_step(run), 0, judged)
    return counts
