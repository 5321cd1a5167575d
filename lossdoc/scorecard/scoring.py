"""Score the scenarios one after the other, so that few logs are in memory at a time."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.scorecard.judging import Judged, detection, judge
from lossdoc.scorecard.relogging import relogged
from lossdoc.scorecard.tally import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Run
    from lossdoc.rules.base import Rule
    from lossdoc.trainer.log import RunLog
    from lossdoc.trainer.scenarios import Scenario


class Alarms:
    """Alarms of logs that should have none.

    Attributes
    ----------
    runs, alarms
        How many logs, and how many of them with a warning or an error.
    codes
        Of which rules.
    """

    def __init__(self) -> None:
        self.runs = 0
        self.alarms = 0
        self.codes: Counter[str] = Counter()

    def add(self, codes: set[str]) -> None:
        """Count a log by the codes of its warnings and errors."""
        self.runs += 1
        self.alarms += bool(codes)
        self.codes.update(codes)


class Sheet(NamedTuple):
    """What was judged.

    Parameters
    ----------
    cases
        Runs that show what their scenario is for.
    drawn
        For each draw of the thresholds, what is said about the same runs.
    relogged
        Habit of logging -> alarms of sound runs.
    hidden
        Scenario -> runs that do not show what it is for, which are left out of everything, and how
        many of these have a warning or an error.
    """

    cases: list[Case]
    drawn: list[list[Judged]]
    relogged: dict[str, Alarms]
    hidden: dict[str, tuple[int, int]]


def empty(draws: int = 0) -> Sheet:
    """Return a sheet on which nothing stands yet."""
    return Sheet([], [[] for _ in range(draws)], {}, {})


def score(
    sheet: Sheet,
    scenario: Scenario,
    logs: Sequence[RunLog],
    draws: Sequence[Sequence[Rule]] = (),
    *,
    thorough: bool = True,
) -> list[Case]:
    """Add the runs of a scenario to a sheet.

    Parameters
    ----------
    draws
        Rules with other thresholds (`knife_edge.draws`).
    thorough
        Whether to cut faulty runs short and to log sound ones differently as well.

    Returns
    -------
    list of Case
        What was added.
    """
    shown = [log for log in logs if scenario.oracle(log)]
    if len(shown) < len(logs):
        alarms = sum(bool(judge(log.run()).alarms) for log in logs if not scenario.oracle(log))
        sheet.hidden[scenario.name] = (len(logs) - len(shown), alarms)
    added = []
    for log in shown:
        run = log.run()
        judged = judge(run)
        added.append(_case(scenario, log, run, judged, thorough=thorough))
        for rules, told in zip(draws, sheet.drawn, strict=True):
            told.append(judge(run, rules))
        if thorough and scenario.kind != "fault":
            add_relogged(sheet.relogged, run, log.config.steps, log.config.seed, judged)
    sheet.cases.extend(added)
    return added


def add_relogged(
    counts: dict[str, Alarms], run: Run, total_steps: float, seed: int, as_it_is: Judged
) -> None:
    """Count the alarms of a sound run in every variant of its log."""
    for name, variant in relogged(run, total_steps, seed):
        judged = as_it_is
        if variant.run is not run:
            judged = judge(variant.run, total_steps=variant.total_steps)
        counts.setdefault(name, Alarms()).add(judged.alarms)


def _case(scenario: Scenario, log: RunLog, run: Run, judged: Judged, *, thorough: bool) -> Case:
    steps = log.config.steps
    first_told: dict[str, float] = {}
    if thorough and scenario.expected:
        first_told = detection(run, judged, scenario.expected, steps)
    onset = math.nan if scenario.onset is None else scenario.onset(log)
    return Case(scenario, log.config.seed, judged, onset, steps, first_told)
