"""What the generated pages of the handbook say."""

import re

import pytest

from lossdoc import docs
from lossdoc.handbook import decisions, gallery, records, trust
from lossdoc.scorecard import results
from lossdoc.trainer.scenarios import SCENARIOS

TOP = docs.FOLDER.parent
SCORES = results.saved(results.RESULTS)


@pytest.fixture(scope="module")
def shown():
    """Card of each scenario in the gallery."""
    cards = re.split(r"^- \[!\[Curve of ", gallery.page(), flags=re.MULTILINE)[1:]
    return {card.partition("]")[0]: card for card in cards}


def test_the_gallery_has_every_scenario_with_its_curve(shown):
    assert set(shown) == set(SCENARIOS)
    for name in SCENARIOS:
        assert (docs.FOLDER / "images" / "scenarios" / f"{name}.png").exists()
        assert SCENARIOS[name].seen in shown[name]


def test_a_fault_has_its_verdict_its_prescription_and_its_rate_of_cure(shown):
    card = shown["divergence-sgd"]

    assert "**Failing.**" in card
    assert "(rules/LD102-diverged.md)" in card
    assert re.search(r"`learning_rate \S+ → \S+`", card)
    assert re.search(r"\*\*Cured\*\* \d+/20 ", card)


def test_a_sound_run_has_neither_prescription_nor_cure(shown):
    card = shown["healthy-digits-adam"]

    assert "**Healthy.**" in card
    assert "Prescribed" not in card
    assert "Cured" not in card


def test_names_of_columns_are_no_emphasis(shown):
    assert r"train\_loss jumped" in shown["divergence-sgd"]


def test_the_page_of_a_rule_has_its_record():
    text = records.section("LD102", SCORES)

    for row in (
        "found (recall)",
        "right (precision)",
        "F1",
        "false alarms",
        "onset off by",
        "cured",
    ):
        assert f"| {row}" in text
    assert "[divergence-sgd](../scenarios.md#divergence-sgd)" in text


def test_what_was_not_measured_is_not_told_as_if_it_were():
    text = records.section("LD104", SCORES)

    assert "found (recall)" not in text
    assert "how many faults it misses is not known" in text
    assert records.section("LD102", None) == ""
    assert records.section("MY101", SCORES) == ""


def test_the_table_of_the_readme_has_the_same_figures():
    readme = (TOP / "README.md").read_text("utf-8")
    rows = trust.measured(SCORES).splitlines()[2:]

    assert len(rows) >= 5
    assert [row for row in rows if row not in readme] == []
    assert trust.measured(None) == ""


def test_every_decision_is_listed_with_what_was_decided():
    folder = docs.FOLDER / "adr"
    listed = re.findall(
        r"^\| \[(\d+)\. .+\]\((.+)\) \| (.+) \|$", decisions.page(folder), re.MULTILINE
    )

    assert [name for _, name, _ in listed] == sorted(p.name for p in folder.glob("[0-9]*.md"))
    assert [int(number) for number, _, _ in listed] == list(range(1, len(listed) + 1))
