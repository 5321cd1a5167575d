import pytest
from report_samples import finding, run

from lossdoc.report import phrases


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.40912, "0.409"),
        (-13.14, "-13.1"),
        (1899.0, "1,899"),
        (2.5e-6, "2.50e-06"),
        (3.2e12, "3.20e+12"),
        (float("nan"), "NaN"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers(value, text):
    assert phrases.number(value) == text


@pytest.mark.parametrize("value", [1e300, -123456789.0, 5e-324, 0.1234567, -1.23456e-5, 1e9])
def test_labels_of_an_axis_are_short(value):
    assert len(phrases.tick(value)) <= 8


@pytest.mark.parametrize(
    ("axis", "value", "text"),
    [
        ("step", 1899.0, "step 1,899"),
        ("epoch", 2.5, "epoch 2.5"),
        ("tokens", 3e9, "token 3,000,000,000"),
        ("row", 12.0, "row 12"),
    ],
)
def test_places_in_a_run(axis, value, text):
    assert phrases.position(axis, value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not logged"),
        (True, "true"),
        (60, "60"),
        (3000.0, "3,000"),
        (0.003, "0.003"),
        (3e-05, "3e-05"),
        (float("inf"), "inf"),
        ("cosine", "cosine"),
    ],
)
def test_settings(value, text):
    assert phrases.setting(value) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 errors"), (1, "1 error"), (2000, "2,000 errors")]
)
def test_counts(count, text):
    assert phrases.plural(count, "error") == text


def test_what_a_finding_lacks_is_named():
    lacking = finding(factors={"effect": False, "points": True, "second_log": False})

    assert phrases.doubts(lacking) == "a small effect, no second log"
    assert phrases.doubts(finding()) == ""


def test_a_run_inside_a_file_is_named_with_it():
    assert phrases.title("runs.csv", run(name="seed 3")) == "runs.csv [seed 3]"
    assert phrases.title("runs.csv", None) == "runs.csv"
