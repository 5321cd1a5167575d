"""The README and the hand-written pages tell the truth: rules, links, and commands that CI runs."""

import re
import runpy
from pathlib import Path

import pytest

from lossdoc.rules import builtin

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text("utf-8")
PAGES = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md"), TOP / "sample_logs" / "README.md"])


def test_the_table_of_rules_is_complete():
    told = re.findall(r"\[([\w-]+)\]\(docs/rules/(LD\d+)-\1\.md\)", README)

    assert told == [
        (rule.name, rule.code) for rule in sorted(builtin(), key=lambda rule: rule.code)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    inside = [link for link in links if not link.startswith(("http://", "https://"))]

    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("name", "first_words"),
    [("try", "pip install -e . && lossdoc"), ("test", "pip install -e"), ("examples", "lossdoc")],
)
def test_ci_finds_the_commands(name, first_words):
    commands = runpy.run_path(str(TOP / ".ci" / "readme_commands.py"))["commands"](README, name)

    assert commands.startswith(first_words)
    assert "```" not in commands


def test_ci_does_not_take_a_block_under_another_name():
    commands = runpy.run_path(str(TOP / ".ci" / "readme_commands.py"))["commands"]
    text = "<!-- ci: a -->\n```sh\nleft\n```\n\n<!-- ci: b -->\n```sh\nright\n```\n"

    assert commands(text, "a") == "left\n"
    assert commands(text, "c") == ""
