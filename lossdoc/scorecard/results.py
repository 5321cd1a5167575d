"""What a scoring found, as plain data: for the page, for ``docs/scorecard.json``, for the rules."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from lossdoc.measured import Measured
from lossdoc.trainer.plain import Plain

PACKAGE = Path(__file__).resolve().parents[1]
RESULTS = PACKAGE.parent / "docs" / "scorecard.json"
RECORDS = PACKAGE / "measured.json"

Triple = tuple[float, float, float]
"""A number and the bounds of its 95 % interval."""


class RuleScore(Plain, frozen=True, kw_only=True):
    """Everything about one rule.

    Parameters
    ----------
    counts
        The fields of `tally.RuleCount`.
    f1
        None where there is no precision or no recall.
    onsets, near
        Runs whose true onset is known; those in which the told one is off by a twentieth of the run
        at most.
    onset_error
        Median of how far the told onset is off, in steps.
    delay, delay_share
        Median of the steps from the true onset until it is told; the same in shares of the run.
    timed, told_at
        Runs that expect it and are told; the median share of them after which they first are.
    treated, cured
        Runs that were treated with what is prescribed, and those that were cured.
    """

    counts: dict[str, int]
    f1: Triple | None
    onsets: int
    near: int
    onset_error: Triple | None
    delay: Triple | None
    delay_share: Triple | None
    timed: int = 0
    told_at: Triple | None
    treated: int
    cured: int


class TaskScore(Plain, frozen=True, kw_only=True):
    """Runs of one kind of task: with a fault, those that are named; without, those with an alarm."""

    faulty: int
    named: int
    sound: int
    alarms: int


class AlarmCount(Plain, frozen=True, kw_only=True):
    """Logs that should have no alarm, those that have one, and the rules that gave it."""

    runs: int
    alarms: int
    codes: dict[str, int]


class Draw(Plain, frozen=True, kw_only=True):
    """Results with other thresholds."""

    macro_f1: float | None
    alarms: int


class CorpusScore(Plain, frozen=True, kw_only=True):
    """Results on labelled logs; the fields of `corpus.Scored` and its macro-F1.

    Parameters
    ----------
    halves
        Of the repositories: the same for each; empty where one has no logs.
    confidence
        What lossdoc calls its warnings and errors -> what these are.
    draws
        With other thresholds.
    relogged
        Habit of logging -> alarms of healthy logs.
    """

    logs: int
    judged: int
    healthy: int
    alarms: int
    faulty: int
    silent: int
    classes: dict[str, dict[str, int]]
    macro_f1: float | None
    halves: tuple[CorpusScore, ...] = ()
    confidence: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    draws: tuple[Draw, ...] = ()
    relogged: dict[str, AlarmCount] = msgspec.field(default_factory=dict)


class Results(Plain, frozen=True, kw_only=True):
    """A scorecard.

    Parameters
    ----------
    scenarios
        Name -> its runs that show what it is for, those named, those with a wrong warning.
    hidden
        Name -> runs that do not show it, and how many of these have a warning.
    families
        Key -> runs, named, wrong.
    sound
        Kind -> alarms of runs without a fault.
    confidence
        What lossdoc calls its warnings and errors -> what these are.
    draws
        With other thresholds.
    relogged
        Habit of logging -> alarms of sound runs.
    """

    versions: dict[str, str]
    first_seed: int
    seeds: int
    runs: int
    scenarios: dict[str, tuple[int, int, int]]
    hidden: dict[str, tuple[int, int]]
    rules: dict[str, RuleScore]
    families: dict[str, tuple[int, int, int]]
    macro_f1: Triple | None
    rule_macro_f1: float | None
    sound: dict[str, AlarmCount]
    tasks: dict[str, TaskScore]
    confidence: dict[str, dict[str, int]]
    draws: tuple[Draw, ...]
    relogged: dict[str, AlarmCount]
    corpora: dict[str, CorpusScore]


def save(found: Results, path: Path, record_path: Path) -> None:
    """Keep results for the page, and the record of each rule for `lossdoc.measured`."""
    rules = {code: record._asdict() for code, record in records(found).items()}
    first, last = found.first_seed, found.first_seed + found.seeds - 1
    about = {"versions": found.versions, "seeds": [first, last], "rules": rules}
    for file, data in ((path, found.to_dict()), (record_path, about)):
        file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8", newline="\n")


def saved(path: Path) -> Results | None:
    """Read the results that are kept; None if there are none."""
    return Results.from_dict(json.loads(path.read_text("utf-8"))) if path.exists() else None


def records(found: Results) -> dict[str, Measured]:
    """Record of each rule."""
    sound = sum(count.runs for count in found.sound.values())
    return {
        code: Measured(
            sound=sound,
            treated=score.treated,
            cured=score.cured,
            **{
                name: score.counts[name]
                for name in ("runs", "found", "alarms", "notes", "sure_right", "sure_wrong")
            },
        )
        for code, score in found.rules.items()
    }
