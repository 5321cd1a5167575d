"""The generated pages are up to date, and complete."""

import json
from pathlib import Path

import pytest

from lossdoc import docs
from lossdoc.rules import builtin

PAGES = docs.pages()


@pytest.mark.parametrize("path", sorted(PAGES))
def test_a_generated_page_is_up_to_date(path):
    assert (docs.FOLDER / path).read_text("utf-8") == PAGES[path], "run python -m lossdoc.docs"


def test_there_is_no_page_of_a_rule_that_is_gone():
    assert set(docs.FOLDER.glob("rules/*.md")) == {
        docs.FOLDER / path for path in PAGES if path.startswith("rules/")
    }


def test_every_rule_has_a_page_that_tells_everything():
    for rule in builtin():
        page = PAGES[f"rules/{rule.code}-{rule.name}.md"]
        assert page.index("# " + rule.code) < page.index("## How it is measured")
        assert all(f"`{option.name}`" in page for option in rule.options())


def test_the_schema_is_json():
    assert json.loads(PAGES["schema/report-v1.json"])["title"] == "lossdoc report, version 1"


def test_every_option_is_in_the_reference():
    page = PAGES["reference/cli.md"]

    for option in ("--fail-on", "--output-format", "--min-confidence", "--map", "--version"):
        assert option in page


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    return tmp_path


def test_writing_and_checking(elsewhere, capsys):
    assert docs.main(["--check"]) == 1
    assert "not up to date: docs/rules/index.md" in capsys.readouterr().err

    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_a_page_that_nobody_wants_is_found_and_removed(elsewhere):
    docs.main([])
    surplus = Path(elsewhere, "rules", "LD000-gone.md")
    surplus.write_text("x")

    assert docs.main(["--check"]) == 1
    docs.main([])
    assert not surplus.exists()
