"""The page about Python tells the truth: each of its examples prints what stands below it."""

import doctest
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PAGE = (TOP / "docs" / "python.md").read_text("utf-8")
OPTIONS = doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def beside_the_logs(tmp_path, monkeypatch):
    """A folder to write into, with the sample logs in it."""
    (tmp_path / "sample_logs").symlink_to(TOP / "sample_logs")
    monkeypatch.chdir(tmp_path)


def examples(page):
    # Doctest takes the end of a block for output: to it a blank line is the end.
    return doctest.DocTestParser().get_doctest(
        re.sub(r"^```.*$", "", page, flags=re.MULTILINE), {}, "docs/python.md", None, 0
    )


def failures(page):
    told = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    runner.run(examples(page), out=told.append)
    return "".join(told)


def test_every_example_prints_what_stands_below_it(beside_the_logs):
    assert failures(PAGE) == ""


def test_no_code_is_left_out():
    assert set(re.findall(r"^```(\w+)", PAGE, flags=re.MULTILINE)) == {"pycon"}
    assert len(examples(PAGE).examples) > 20


def test_a_wrong_example_is_found(beside_the_logs):
    assert "Got:\n    2" in failures("```pycon\n>>> 1 + 1\n3\n```\n")
