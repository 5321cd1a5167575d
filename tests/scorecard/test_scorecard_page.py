"""The page repeats the numbers, and names what is weak."""

import pytest

from lossdoc.scorecard import page
from lossdoc.scorecard.markdown import fraction, per_thousand, rate, span, table
from lossdoc.scorecard.results import (
    AlarmCount,
    CorpusScore,
    Draw,
    Results,
    RuleScore,
    TaskScore,
)

COUNTS = {
    "runs": 320, "found": 312, "named": 316, "right": 330, "wrong": 4, "neither": 7, "alarms": 2,
    "notes": 5, "sure_right": 300, "sure_wrong": 1,
}  # fmt: skip
RULE = RuleScore(
    counts=COUNTS,
    f1=(0.98, 0.97, 0.99),
    onsets=300,
    near=290,
    onset_error=(5.0, 0.0, 16.0),
    delay=(61.5, 49.0, 76.0),
    timed=8,
    delay_share=(0.17, 0.15, 0.2),
    told_at=(0.28, 0.22, 0.33),
    treated=20,
    cured=19,
)
NOTHING = RULE.replace(
    counts=dict.fromkeys(COUNTS, 0),
    f1=None,
    onsets=0,
    near=0,
    onset_error=None,
    delay=None,
    delay_share=None,
    told_at=None,
    treated=0,
    cured=0,
)
HALF = CorpusScore(
    logs=60,
    judged=50,
    healthy=20,
    alarms=1,
    faulty=10,
    silent=2,
    classes={"loss_spike": {"tp": 9, "fp": 1, "fn": 3, "tn": 40}},
    macro_f1=0.8182,
)
FOUND = Results(
    versions={"lossdoc": "0.1.0"},
    first_seed=5000,
    seeds=16,
    runs=1072,
    scenarios={"divergence-sgd": (16, 12, 0), "grokking": (16, 0, 3), "bayes-floor": (16, 0, 0)},
    hidden={"early-plateau": (2, 1)},
    rules={"LD102": RULE, "LD104": NOTHING},
    families={"LD1": (320, 316, 4)},
    macro_f1=(0.91, 0.83, 0.97),
    rule_macro_f1=0.898,
    sound={"healthy": AlarmCount(runs=500, alarms=2, codes={"LD102": 2})},
    tasks={"Digits": TaskScore(faulty=320, named=316, sound=500, alarms=2)},
    confidence={"low": {}, "medium": {"right": 42, "wrong": 2}, "high": {"right": 95, "wrong": 5}},
    draws=(Draw(macro_f1=0.88, alarms=7), Draw(macro_f1=0.9, alarms=1)),
    relogged={"every 2nd row": AlarmCount(runs=500, alarms=9, codes={"LD401": 9})},
    corpora={"others": HALF.replace(halves=(HALF, HALF), draws=(Draw(macro_f1=0.7, alarms=3),))},
)


@pytest.mark.parametrize(
    "text",
    [
        "Measured on 1,072 runs: 4 scenarios, seeds 5000 to 5015, with lossdoc 0.1.0. Recipes and rules were tuned on seeds 0 to 39.\n",
        "Of 320 faulty runs 316 are named rightly: 98.8 % (97–100 %).",
        "Of 500 sound runs 2 have a false alarm: per 1,000 4.0 (1.1 to 14.5).",
        "| healthy | 2/500 (0–1 %) | LD102 2 |",
        "Macro-F1 over the families of faults: 0.91 (0.83 to 0.97).",
        "Of 100 warnings called *high* that are right or wrong, 95 are right: 95.0 % (89–98 %).",
        "| [LD102](rules/LD102-diverged.md) | 312/320 (95–99 %) | 316/320 (97–100 %) |",
        "| 330/334 (97–100 %) | 0.98 (0.97 to 0.99) | 7 | 4.0 (1.1 to 14.5) | 10.0 (4.3 to 23.2) | 19/20 (76–99 %) |",
        "the first answer to no scenario: LD104.",
        "| [LD102](rules/LD102-diverged.md) | 5 (0 to 16) | 290/300 (94–98 %) |",
        "| 61.5 (49 to 76) | 17 (15 to 20) % | 28 (22 to 33) % |",
        "| divergence, non-finite numbers (LD1) | 316/320 (97–100 %) | 316/320 (97–100 %) | 0.988 |",
        "| Digits | 316/320 (97–100 %) | 2/500 (0–1 %) |",
        "| medium | 42/44 (85–99 %) | 0 |",
        "| macro-F1 | 0.91 | 0.88 | 0.9 |",
        "| alarms of 500 sound runs | 2 | 1 | 7 |",
        "| every 2nd row | 9/500 (1–3 %) | LD401 9 |",
        "| others, half 2 | 60 | 50 | 1/20 (1–24 %) | 2/10 (6–51 %) | 0.818 |",
        "| loss spike | 9/10 (60–98 %) | 9/12 (47–91 %) | 0.818 |",
        "With other thresholds (1 draws): macro-F1 from 0.700 to 0.700, 3 to 3 healthy logs",
        "| [divergence-sgd](scenarios.md#divergence-sgd) | 12/16 (51–90 %) | 0/16 (0–19 %) |",
        "| [grokking](scenarios.md#grokking) | – | 3/16 (7–43 %) |",
        "early-plateau 2. Of these 2 runs 1 have a warning or an error.",
    ],
)
def test_every_number_stands_on_the_page(text):
    assert text in page.page(FOUND)


def test_what_is_well_is_not_listed_as_weak():
    assert "[bayes-floor]" not in page.page(FOUND)


def test_seeds_that_were_tuned_on_are_told():
    assert "these among them: **in-sample**" in page.page(FOUND.replace(first_seed=0))


def test_what_was_not_measured_has_no_section():
    text = page.page(FOUND.replace(draws=(), relogged={}, corpora={}))

    assert "Knife edge" not in text
    assert "Logged differently" not in text
    assert "Logs of others" not in text


def test_nothing_has_no_share():
    assert {fraction(0, 0), rate(0, 0), per_thousand(0, 0), span(None)} == {"–"}


def test_a_table():
    assert table(("a", "b"), [(1, "x")]) == "| a | b |\n| --- | --- |\n| 1 | x |"


def test_results_come_back_as_they_were(tmp_path):
    from lossdoc.scorecard import results

    results.save(FOUND, tmp_path / "scorecard.json", tmp_path / "measured.json")

    assert results.saved(tmp_path / "scorecard.json") == FOUND
    assert results.saved(tmp_path / "nothing.json") is None
