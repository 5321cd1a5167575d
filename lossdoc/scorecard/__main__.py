"""Train, judge, sum up, keep; or the small slice alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lossdoc.errors import LossdocError
from lossdoc.measured import reliable
from lossdoc.rules import builtin
from lossdoc.scorecard import (
    cache,
    corpus,
    knife_edge,
    labelled_page,
    page,
    results,
    scoring,
    totals,
)
from lossdoc.scorecard.tally import wrong_codes
from lossdoc.trainer.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lossdoc.rules.base import Rule
    from lossdoc.scorecard.tally import Case
    from lossdoc.trainer.courses import Cure

FIRST_SEED, SEEDS, DRAWS = 5000, 16, 10


def main(arguments: Sequence[str]) -> int:
    """Score what is asked for; keep the results unless told otherwise."""
    from lossdoc.trainer.batch import use_one_thread

    parser = _parser()
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if options.no_train and options.cache is None:
        parser.error("--no-train needs --cache")
    if options.corpus_only and not options.corpus:
        parser.error("--corpus-only needs --corpus")
    use_one_thread()
    try:
        if options.slice:
            return _slice()
        return _corpus_only(options) if options.corpus_only else _score(options)
    except LossdocError as error:
        parser.error(error.message)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lossdoc.scorecard")
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios; all if none")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="runs of each scenario")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the logs here")
    parser.add_argument("--no-train", action="store_true", help="take all logs from the cache")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--draws", type=int, default=DRAWS, help="of other thresholds")
    parser.add_argument(
        "--corpus",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="labelled logs to score as well; may be given several times",
    )
    parser.add_argument("--corpus-only", action="store_true", help="no scenarios; keep nothing")
    parser.add_argument("--quick", action="store_true", help="no prefixes, draws, other logging")
    parser.add_argument("--slice", action="store_true", help="the small fixed slice alone")
    parser.add_argument("--dry-run", action="store_true", help="print the page, keep nothing")
    return parser


def _score(options: argparse.Namespace) -> int:
    thorough = not options.quick
    draws = knife_edge.draws(options.draws if thorough else 0)
    sheet = scoring.empty(len(draws))
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    for name in options.names or SCENARIOS:
        logs = cache.logs_of(
            SCENARIOS[name], seeds, options.cache, options.device, train=not options.no_train
        )
        added = scoring.score(sheet, SCENARIOS[name], logs, draws, thorough=thorough)
        _say(f"{name:32} {line(added)}")
    found = totals.results(
        sheet, first_seed=options.first_seed, seeds=options.seeds, cures=_cures()
    )
    limited = [code for code, record in results.records(found).items() if not record.reliable]
    corpora = _corpora(options.corpus, draws, limited, thorough=thorough)
    found = found.replace(corpora=corpora)
    if options.dry_run:
        _say(page.page(found))
        return 0
    results.save(found, results.RESULTS, results.RECORDS)
    results.RESULTS.with_suffix(".md").write_text(
        page.generated(found), encoding="utf-8", newline="\n"
    )
    _say("\n".join(page.headlines(found)))
    return 0


def _cures() -> dict[str, Cure]:
    """What treating scenarios came to, of those whose recipe is still the same."""
    from lossdoc.trainer.cure_report import kept
    from lossdoc.trainer.survey import recipe

    found = kept()
    return {
        name: cure
        for name, cure in found.scenarios.items()
        if name in SCENARIOS and found.recipes.get(name) == recipe(SCENARIOS[name])
    }


def _corpora(
    folders: Sequence[Path],
    draws: Sequence[Sequence[Rule]],
    limited: Collection[str],
    *,
    thorough: bool,
) -> dict[str, results.CorpusScore]:
    scores = {}
    for folder in folders:
        _say(f"{folder} ...")
        logs = corpus.read(folder)
        scores[folder.name] = totals.corpus_score(logs, draws, limited=limited, thorough=thorough)
    return scores


def _corpus_only(options: argparse.Namespace) -> int:
    draws = knife_edge.draws(0 if options.quick else options.draws)
    limited = [rule.code for rule in builtin() if not reliable(rule.code)]
    corpora = _corpora(options.corpus, draws, limited, thorough=not options.quick)
    _say(labelled_page.section(corpora))
    return 0


def _slice() -> int:
    from lossdoc.scorecard.slice import slice_score

    score = slice_score()
    for run, trouble in score.troubles.items():
        _say(f"{run:34} {trouble}")
    _say(
        f"named {score.named} of {score.faulty} faulty runs, {score.wrong} of them wrongly as well; "
        f"alarms in {score.alarms} of {score.sound} sound runs"
    )
    return 0


def line(cases: Sequence[Case]) -> str:
    """Say what came of one scenario, in a line."""
    told: dict[str, int] = {}
    for case in cases:
        for code in sorted({t.code + ("" if t.alarm else " (note)") for t in case.judged.told}):
            told[code] = told.get(code, 0) + 1
    faulty = [case for case in cases if not case.sound]
    named = f", {sum(case.named for case in faulty)} named" if faulty else ""
    wrong = sum(bool(wrong_codes(case)) for case in cases)
    said = ", ".join(f"{code} {count}" for code, count in sorted(told.items()))
    return f"{len(cases)} shown{named}, {wrong} wrong; {said or 'nothing told'}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
