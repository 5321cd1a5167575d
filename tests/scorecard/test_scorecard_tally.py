"""Counts by hand, and intervals."""

import math

import numpy as np
import pytest
import scipy.stats
from scorecard_samples import FAULT, MEDIUM, NOTE, SOUND, case, scenario, told

from lossdoc.scorecard import tally
from lossdoc.scorecard.tally import RuleCount

STUCK = scenario("stuck", expected=("LD301", "LD302"), forbidden=("LD102",))

CASES = [
    case(FAULT, "LD102"),
    case(FAULT, "LD101", seed=1),
    case(FAULT, "LD401", seed=2),
    case(STUCK, "LD302", explained=[("LD301", "LD302")]),
    case(STUCK, "LD301", "LD102", seed=1),
    case(STUCK, "LD204", told("LD301", NOTE), seed=2),
    case(SOUND),
    case(SOUND, "LD102", seed=1),
    case(SOUND, told("LD305", NOTE), seed=2),
]
"""Nine runs: LD102 is told rightly once, wrongly twice; a plateau is named three times."""


def test_a_rule_is_counted_where_it_is_the_best_answer_and_wherever_it_is_told():
    counts, _ = tally.rule_counts(CASES, "LD102")

    assert counts == RuleCount(
        runs=3, found=1, named=2, right=1, wrong=2, alarms=1, sure_right=1, sure_wrong=2
    )


def test_what_another_expected_code_explains_counts_as_found_and_a_note_does_too():
    counts, _ = tally.rule_counts(CASES, "LD301")

    assert (counts.runs, counts.found, counts.named) == (3, 3, 3)
    assert (counts.right, counts.wrong) == (1, 0)


@pytest.mark.parametrize(
    ("code", "neither", "notes"), [("LD204", 1, 0), ("LD305", 0, 1), ("LD903", 0, 0)]
)
def test_what_counts_for_nothing_is_counted_itself(code, neither, notes):
    counts, score = tally.rule_counts(CASES, code)

    assert (counts.neither, counts.notes, counts.right, counts.wrong) == (neither, notes, 0, 0)
    assert math.isnan(score.value)


def test_f1_is_the_harmonic_mean_of_found_and_precision():
    _, score = tally.rule_counts(CASES, "LD102")

    assert score.value == pytest.approx(scipy.stats.hmean([1 / 3, 1 / 3]))
    assert score.low <= score.value <= score.high


def test_a_rule_that_finds_nothing_has_an_f1_of_zero():
    _, score = tally.rule_counts([case(FAULT, "LD101"), case(FAULT)], "LD102")

    assert score.value == 0


def test_families_count_what_is_named_and_what_is_wrongly_given():
    counts = tally.families(CASES)

    assert counts == {"LD1": (3, 2, 2), "LD3": (3, 3, 0)}
    assert tally.macro_f1(CASES) == pytest.approx((4 / (4 + 2 + 1) + 1) / 2)


def test_macro_f1_varies_with_the_scenarios():
    good = [case(scenario(f"good {k}"), "LD102") for k in range(5)]
    bad = [case(scenario(f"bad {k}")) for k in range(5)]

    found = tally.macro_f1_span(good + bad)

    assert found.value == pytest.approx(2 / 3)
    assert found.low < 0.5
    assert found.high > 0.75


def test_one_scenario_has_nothing_to_vary():
    found = tally.macro_f1_span([case(FAULT, "LD102"), case(FAULT)])

    assert found.low == found.value == found.high


def test_rows_are_drawn_anew_within_their_strata():
    counts = np.array([[1, 0], [3, 0], [0, 5], [0, 5]])

    sums = tally.resampled(counts, ["a", "a", "b", "b"])

    assert set(sums[:, 0]) == {2, 4, 6}
    assert set(sums[:, 1]) == {10}
    assert sums[:, 0].mean() == pytest.approx(4, abs=0.1)


def test_a_median_and_its_interval():
    values = scipy.stats.norm(10, 1).rvs(101, random_state=0).tolist()

    found = tally.median_span(values)

    assert found.value == np.median(values)
    assert found.low < found.value < found.high
    # Asymptotically the standard error of a median is 1.2533 σ / √n.
    assert found.high - found.low == pytest.approx(2 * 1.96 * 1.2533 / math.sqrt(101), rel=0.35)
    assert tally.median_span([]) is None


def test_onsets_are_compared_where_the_code_is_told_and_the_truth_is_known():
    late = case(FAULT, told("LD102", onset=30.0), onset=25.0, steps=60)
    undated = case(FAULT, told("LD102", onset=30.0), steps=60)
    missed = case(FAULT, "LD101", onset=25.0, steps=60)

    assert tally.onset_errors([late, undated, missed], "LD102") == [(5.0, 60)]


def test_confidence_is_limited_by_the_record_on_the_other_seeds():
    # On even seeds LD102 is right, on odd ones it is wrong: only the odd ones may be called high.
    even = [case(FAULT, "LD102", seed=2 * k) for k in range(4)]
    odd = [case(SOUND, "LD102", seed=2 * k + 1) for k in range(3)]

    counts = tally.calibration(even + odd)

    assert counts["high"] == {"wrong": 3}
    assert counts["medium"] == {"right": 4}


def test_what_lacks_a_factor_is_not_called_high():
    cases = [case(FAULT, told("LD102", level=MEDIUM)), case(FAULT, told("LD204"), seed=1)]

    counts = tally.calibration(cases)

    assert counts["medium"] == {"right": 1}
    assert counts["high"] == {"neither": 1}


def test_notes_are_called_nothing():
    counts = tally.calibration([case(SOUND, told("LD305", NOTE))])

    assert not any(counts.values())
