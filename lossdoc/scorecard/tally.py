"""Sum up what was judged: per rule, per family of faults, per task; with intervals."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.model import Confidence
from lossdoc.scorecard.truth import FAMILIES, Standing, family, primary, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from lossdoc.scorecard.judging import Judged
    from lossdoc.trainer.scenarios import Scenario

    Ints = NDArray[np.int64]

RESAMPLES = 2000


class Case(NamedTuple):
    """A run that shows what its scenario is for, and what lossdoc says about it.

    Parameters
    ----------
    onset
        True step at which the fault begins; NaN where there is none.
    steps
        Planned length.
    first_told
        Expected code -> step at which it is first told while the run is going on.
    """

    scenario: Scenario
    seed: int
    judged: Judged
    onset: float = math.nan
    steps: int = 1
    first_told: Mapping[str, float] = {}

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.scenario.kind != "fault"

    @property
    def named(self) -> bool:
        """Whether an expected code is told."""
        return self.judged.names(self.scenario.expected)


class Span(NamedTuple):
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def f1(tp: float, fp: float, fn: float) -> float:
    """Harmonic mean of precision and recall; NaN where there is nothing to find and nothing told."""
    total = 2 * tp + fp + fn
    return 2 * tp / total if total else math.nan


def resampled(counts: Ints, strata: Sequence[str], seed: int = 0) -> Ints:
    """Sums of rows that are drawn anew, with replacement, within their strata.

    Parameters
    ----------
    counts
        int64[n, k].
    strata
        Stratum of each row.

    Returns
    -------
    int64[RESAMPLES, k]
    """
    rng = np.random.default_rng(seed)
    sums = np.zeros((RESAMPLES, counts.shape[1]), dtype=np.int64)
    for stratum in dict.fromkeys(strata):
        rows = counts[[own == stratum for own in strata]]
        times = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RESAMPLES)
        sums += times @ rows
    return sums


def span(value: float, draws: NDArray[np.float64]) -> Span:
    """Percentile interval of a number that was computed from resampled data."""
    finite = draws[np.isfinite(draws)]
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (math.nan, math.nan)
    return Span(value, float(low), float(high))


def median_span(values: Sequence[float], seed: int = 0) -> Span | None:
    """Median and its bootstrap interval; None of no values."""
    if not values:
        return None
    data = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(seed).choice(data, (RESAMPLES, len(data)))
    return span(float(np.median(data)), np.median(drawn, axis=1))


# ---- families


class FamilyCount(NamedTuple):
    """Runs with a fault of a family, those that are named, and runs that are wrongly given one."""

    runs: int
    named: int
    wrong: int


def _by_family(case: Case) -> list[int]:
    """Counts of one run: named, not named and wrong for each family in turn."""
    wrong = {family(code) for code in wrong_codes(case)}
    own = family(primary(case.scenario))
    cells = []
    for key in FAMILIES:
        cells += [key == own and case.named, key == own and not case.named, key in wrong]
    return [int(cell) for cell in cells]


def wrong_codes(case: Case) -> set[str]:
    """Codes that are told and are wrong."""
    return {
        told.code
        for told in case.judged.told
        if standing(case.scenario, told.code, told.severity) is Standing.WRONG
    }


def families(cases: Sequence[Case]) -> dict[str, FamilyCount]:
    """Counts by family, of families that have a scenario."""
    sums = np.sum([_by_family(case) for case in cases], axis=0).reshape(-1, 3).tolist()
    counts = {
        key: FamilyCount(named + missed, named, wrong)
        for key, (named, missed, wrong) in zip(FAMILIES, sums, strict=True)
    }
    return {key: count for key, count in counts.items() if count.runs}


def macro_f1(cases: Sequence[Case]) -> float:
    """Mean F1 of the families that have a scenario."""
    counts = families(cases).values()
    scores = [f1(c.named, c.wrong, c.runs - c.named) for c in counts]
    return math.fsum(scores) / len(scores) if scores else math.nan


def macro_f1_span(cases: Sequence[Case]) -> Span:
    """Macro-F1 with the interval of a bootstrap over scenarios within their families.

    Runs of one scenario are alike; what would vary most is the choice of the scenarios.
    """
    by_scenario: dict[str, Ints] = {}
    for case in cases:
        name = case.scenario.name
        by_scenario[name] = by_scenario.get(name, 0) + np.array(_by_family(case))
    kinds = {case.scenario.name: family(primary(case.scenario)) for case in cases}
    table = np.array(list(by_scenario.values()))
    sums = resampled(table, [kinds[name] for name in by_scenario])
    cells = sums.reshape(RESAMPLES, -1, 3)[:, table.sum(axis=0).reshape(-1, 3)[:, :2].any(axis=1)]
    named, missed, wrong = (cells[:, :, k] for k in range(3))
    return span(macro_f1(cases), (2 * named / (2 * named + missed + wrong)).mean(axis=1))


# ---- rules


class RuleCount(NamedTuple):
    """What was counted of one rule.

    Parameters
    ----------
    runs
        Runs whose fault it names best: it is the first of the expected codes.
    found, named
        Those of which it is told, or would be but for another expected one that explains it; those
        of which any expected code is told.
    right, wrong, neither
        Runs with a warning or an error of it, by what that is.
    alarms, notes
        Sound runs with a warning or an error of it; with a note.
    sure_right, sure_wrong
        As right and wrong, of findings in which every factor of confidence holds.
    """

    runs: int = 0
    found: int = 0
    named: int = 0
    right: int = 0
    wrong: int = 0
    neither: int = 0
    alarms: int = 0
    notes: int = 0
    sure_right: int = 0
    sure_wrong: int = 0


def by_rule(case: Case, code: str) -> RuleCount:
    """Counts of one run."""
    scenario = case.scenario
    own = [told for told in case.judged.told if told.code == code]
    alarms = [told for told in own if told.alarm]
    fate = standing(scenario, code, alarms[0].severity) if alarms else None
    sure = any(told.level == Confidence.HIGH for told in alarms)
    mine = primary(scenario) == code
    return RuleCount(
        runs=int(mine),
        found=int(mine and case.judged.finds(code, scenario.expected)),
        named=int(mine and case.named),
        right=int(fate is Standing.RIGHT),
        wrong=int(fate is Standing.WRONG),
        neither=int(fate is Standing.NEITHER),
        alarms=int(case.sound and bool(alarms)),
        notes=int(case.sound and bool(own) and not alarms),
        sure_right=int(sure and fate is Standing.RIGHT),
        sure_wrong=int(sure and fate is Standing.WRONG),
    )


def rule_counts(cases: Sequence[Case], code: str) -> tuple[RuleCount, Span]:
    """Counts of a rule over all runs, and its F1 with a bootstrap over runs within scenarios.

    F1 is NaN of a rule that is the best answer to no scenario, or that finds but never warns.
    """
    table = np.array([by_rule(case, code) for case in cases])
    total = RuleCount(*table.sum(axis=0).tolist())
    draws = resampled(table, [case.scenario.name for case in cases])
    return total, span(float(_rule_f1(np.array([total]))[0]), _rule_f1(draws))


def _rule_f1(sums: Ints) -> NDArray[np.float64]:
    """F1 of counts, int64[n, k] with the columns of `RuleCount`; 0 where nothing is found."""
    columns = RuleCount(*sums.T.astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = columns.right / np.add(columns.right, columns.wrong)
        recall = np.divide(columns.found, columns.runs)
        score = 2 * precision * recall / (precision + recall)
    return np.where((recall == 0) | (precision == 0), 0.0, score)


def onset_errors(cases: Iterable[Case], code: str) -> list[tuple[float, int]]:
    """Told onset minus true one in steps, and the planned length, where a code is told."""
    found = ((case.judged.first((code,)), case) for case in cases)
    return [
        (told.onset - case.onset, case.steps)
        for told, case in found
        if told is not None and math.isfinite(case.onset)
    ]


# ---- confidence


def calibration(cases: Sequence[Case]) -> dict[str, Counter[str]]:
    """What becomes of warnings and errors, by how sure lossdoc says that it is.

    The precision that limits a rule's confidence (`lossdoc.measured`) is measured on the runs of even
    seeds for those of odd ones, and the other way round.
    """
    from lossdoc.measured import is_reliable

    counts: dict[str, Counter[str]] = {level.label: Counter() for level in Confidence}
    halves = [[case for case in cases if case.seed % 2 == odd] for odd in (0, 1)]
    for judged, measured in (halves, halves[::-1]):
        records: dict[str, RuleCount] = {}
        for case in judged:
            for code, told in {t.code: t for t in case.judged.told if t.alarm}.items():
                if code not in records:
                    records[code] = _summed(measured, code)
                record, level = records[code], Confidence(told.level)
                if not is_reliable(record.sure_right, record.sure_wrong):
                    level = min(level, Confidence.MEDIUM)
                counts[level.label][standing(case.scenario, code, told.severity)] += 1
    return counts


def _summed(cases: Sequence[Case], code: str) -> RuleCount:
    rows = [by_rule(case, code) for case in cases]
    return RuleCount(*map(sum, zip(*rows, strict=True)))
