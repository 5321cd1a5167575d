"""Sum up what was judged: from sheets and corpora to results."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from lossdoc.rules import builtin
from lossdoc.scorecard import corpus, tally
from lossdoc.scorecard.results import (
    AlarmCount,
    CorpusScore,
    Draw,
    Results,
    RuleScore,
    TaskScore,
)
from lossdoc.scorecard.truth import primary
from lossdoc.trainer.log import versions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lossdoc.rules.base import Rule
    from lossdoc.scorecard.corpus import LabelledLog
    from lossdoc.scorecard.results import Triple
    from lossdoc.scorecard.scoring import Alarms, Sheet
    from lossdoc.scorecard.tally import Case, Span
    from lossdoc.trainer.courses import Cure

NEAR = 0.05
"""Share of the run by which a told onset may be off and still count as near."""


def results(
    sheet: Sheet,
    *,
    first_seed: int,
    seeds: int,
    cures: Mapping[str, Cure],
) -> Results:
    """Sum up a sheet, without labelled logs.

    Parameters
    ----------
    cures
        What treating scenarios came to, by name.
    """
    cases = sheet.cases
    answers = {primary(case.scenario) for case in cases if not case.sound}
    codes = sorted({rule.code for rule in builtin()} | answers)
    rules = {code: _rule(cases, code, cures) for code in codes}
    scores = [score.f1[0] for score in rules.values() if score.f1 is not None]
    return Results(
        versions=versions(),
        first_seed=first_seed,
        seeds=seeds,
        runs=len(cases) + sum(runs for runs, _ in sheet.hidden.values()),
        scenarios=_scenarios(cases),
        hidden=sheet.hidden,
        rules=rules,
        families={
            key: (count.runs, count.named, count.wrong)
            for key, count in tally.families(cases).items()
        },
        macro_f1=_triple(tally.macro_f1_span(cases)),
        rule_macro_f1=_rounded(math.fsum(scores) / len(scores)) if scores else None,
        sound=_sound(cases),
        tasks=_tasks(cases),
        confidence={name: dict(counts) for name, counts in tally.calibration(cases).items()},
        draws=tuple(
            _draw([c._replace(judged=j) for c, j in zip(cases, drawn, strict=True)])
            for drawn in sheet.drawn
        ),
        relogged=_counts(sheet.relogged),
        corpora={},
    )


def corpus_score(
    logs: Sequence[LabelledLog],
    draws: Sequence[Sequence[Rule]] = (),
    *,
    limited: Collection[str] = (),
    thorough: bool = True,
) -> CorpusScore:
    """Score a corpus: whole, in halves, with other thresholds, and (if thorough) logged otherwise.

    Parameters
    ----------
    limited
        Codes of rules that may not be called *high*.
    """
    halves = corpus.halves(logs)
    scored = [corpus.score(logs, rules) for rules in draws]
    return _scored(logs).replace(
        halves=tuple(_scored(half) for half in halves) if all(halves) else (),
        confidence={n: dict(counts) for n, counts in corpus.calibration(logs, limited).items()},
        draws=tuple(Draw(macro_f1=_rounded(s.macro_f1), alarms=s.alarms) for s in scored),
        relogged=_counts(corpus.relogged(logs)) if thorough else {},
    )


def _rule(cases: Sequence[Case], code: str, cures: Mapping[str, Cure]) -> RuleScore:
    counts, score = tally.rule_counts(cases, code)
    own = [case for case in cases if primary(case.scenario) == code]
    errors = tally.onset_errors(own, code)
    told = [case for case in cases if code in case.first_told]
    dated = [case for case in told if math.isfinite(case.onset)]
    delays = [(case.first_told[code] - case.onset, case.steps) for case in dated]
    treated = [
        cures[name]
        for name in dict.fromkeys(case.scenario.name for case in own)
        if name in cures and not cures[name].incurable
    ]
    return RuleScore(
        counts=counts._asdict(),
        f1=_triple(score),
        onsets=len(errors),
        near=sum(abs(error) <= NEAR * steps for error, steps in errors),
        onset_error=_triple(tally.median_span([abs(error) for error, _ in errors])),
        delay=_triple(tally.median_span([delay for delay, _ in delays])),
        delay_share=_triple(tally.median_span([delay / steps for delay, steps in delays])),
        timed=len(told),
        told_at=_triple(tally.median_span([c.first_told[code] / c.steps for c in told])),
        treated=sum(cure.seeds for cure in treated),
        cured=sum(cure.cured for cure in treated),
    )


def _scenarios(cases: Sequence[Case]) -> dict[str, tuple[int, int, int]]:
    by_name: dict[str, list[Case]] = {}
    for case in cases:
        by_name.setdefault(case.scenario.name, []).append(case)
    return {
        name: (
            len(own),
            sum(case.named for case in own),
            sum(bool(tally.wrong_codes(case)) for case in own),
        )
        for name, own in by_name.items()
    }


def _sound(cases: Sequence[Case]) -> dict[str, AlarmCount]:
    codes: dict[str, list[set[str]]] = {}
    for case in cases:
        if case.sound:
            codes.setdefault(case.scenario.kind, []).append(case.judged.alarms)
    return {
        kind: AlarmCount(
            runs=len(found),
            alarms=sum(bool(own) for own in found),
            codes=dict(Counter(code for own in found for code in own).most_common()),
        )
        for kind, found in codes.items()
    }


def _tasks(cases: Sequence[Case]) -> dict[str, TaskScore]:
    by_task: dict[str, list[Case]] = {}
    for case in cases:
        by_task.setdefault(type(case.scenario.config.task).__name__, []).append(case)
    return {
        task: TaskScore(
            faulty=sum(not case.sound for case in own),
            named=sum(case.named for case in own if not case.sound),
            sound=sum(case.sound for case in own),
            alarms=sum(bool(case.judged.alarms) for case in own if case.sound),
        )
        for task, own in by_task.items()
    }


def _draw(cases: Sequence[Case]) -> Draw:
    alarms = sum(bool(case.judged.alarms) for case in cases if case.sound)
    return Draw(macro_f1=_rounded(tally.macro_f1(cases)), alarms=alarms)


def _scored(logs: Sequence[LabelledLog]) -> CorpusScore:
    scored = corpus.score(logs)
    return CorpusScore(**scored._asdict(), macro_f1=_rounded(scored.macro_f1))


def _counts(counts: Mapping[str, Alarms]) -> dict[str, AlarmCount]:
    return {
        name: AlarmCount(runs=c.runs, alarms=c.alarms, codes=dict(c.codes.most_common()))
        for name, c in counts.items()
    }


def _triple(found: Span | None) -> Triple | None:
    if found is None or not math.isfinite(found.value):
        return None
    value, low, high = (float(f"{number:.4g}") for number in found)
    return value, low, high


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None
