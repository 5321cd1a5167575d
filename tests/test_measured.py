"""The record of a rule: how it is read, told, and what it allows the rule to say."""

import json

import pytest

from lossdoc import curves, docs, measured
from lossdoc.engine import diagnose
from lossdoc.measured import Measured, is_reliable, sentence
from lossdoc.model import Confidence
from lossdoc.report.explain import explanation
from lossdoc.report.spans import plain
from lossdoc.robust.case import Case
from lossdoc.rules.ld102_diverged import Diverged


@pytest.fixture
def record(monkeypatch):
    """Set the record of LD102."""

    def set_record(**counts):
        monkeypatch.setattr(measured, "_records", lambda: {"LD102": Measured(**counts)})

    return set_record


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            {"runs": 320, "found": 312, "sound": 528, "alarms": 2, "treated": 20, "cured": 19},
            "found in 312 of 320 runs that have it; 2 false alarms in 528 sound runs; cured 19 of 20",
        ),
        ({"sound": 528, "alarms": 1}, "1 false alarm in 528 sound runs"),
        (
            {"runs": 9, "found": 9, "sound": 99, "notes": 3},
            "found in 9 of 9 runs that have it; no false alarm in 99 sound runs; a note in 3 of these",
        ),
        ({}, ""),
    ],
)
def test_a_record_is_told_in_a_sentence(record, counts, said):
    record(**counts)

    assert sentence("LD102") == said


def test_what_was_not_measured_is_not_told(record):
    record(sound=10)

    assert sentence("LD999") == ""
    assert measured.reliable("LD999")
    assert not measured.reliable("MY101")


@pytest.mark.parametrize(
    ("right", "wrong", "good"),
    [(0, 0, True), (3, 0, True), (19, 1, True), (18, 1, False), (0, 1, False)],
)
def test_a_rule_is_reliable_unless_it_was_wrong_too_often(right, wrong, good):
    assert is_reliable(right, wrong) is good


def diverged():
    """What LD102 says of a plain blow-up."""
    run = curves.altered(curves.healthy(), curves.blow_up)(0)
    return diagnose(run, rules=[Diverged()]).findings[0]


def test_a_reliable_rule_is_as_sure_as_its_factors(record):
    record(sure_right=40, sure_wrong=1)

    assert diverged().confidence is Confidence.HIGH
    assert set(diverged().factors) == {"effect", "points", "agreement"}


def test_a_rule_that_was_wrong_too_often_is_not_sure_and_says_why(record):
    record(sure_right=40, sure_wrong=5)

    assert diverged().confidence is Confidence.MEDIUM
    assert diverged().factors["measured"] is False


def test_a_missing_factor_and_a_bad_record_do_not_add_up(record):
    """The record takes away *high* and nothing else, so that what is shown stays the same."""
    record(sure_right=0, sure_wrong=5)
    case = Case(curves.healthy()(0))
    stated = {"onset": case.onset(1.0), "message": "something", "series": "loss"}

    assert Diverged().finding(case, **stated, effect=False).confidence is Confidence.MEDIUM
    assert (
        Diverged().finding(case, **stated, effect=False, points=False).confidence is Confidence.LOW
    )


def test_explanations_and_pages_tell_the_record(record):
    record(runs=320, found=312, sound=528)
    said = "found in 312 of 320 runs that have it; no false alarm in 528 sound runs"

    text = " ".join(plain(line).strip() for line in explanation(Diverged(), 80))
    assert f"measured: {said}" in text
    assert f"| [measured](../scorecard.md) | {said} |" in docs.page(Diverged())


def test_records_are_read_from_the_package(tmp_path, monkeypatch):
    data = {"rules": {"LD102": {"runs": 3, "found": 2, "sound": 9}}}
    (tmp_path / "measured.json").write_text(json.dumps(data))
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)

    assert measured._records.__wrapped__() == {"LD102": Measured(runs=3, found=2, sound=9)}


def test_without_a_file_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)

    assert measured._records.__wrapped__() == {}
