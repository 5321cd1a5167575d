"""The documentation as a site: links as the hook of MkDocs turns them, navigation, other hosts.

That every link and anchor leads somewhere, `mkdocs build --strict` says (`.ci/run`).
"""

import re
import runpy
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import lossdoc
from lossdoc import trainer

TOP = Path(__file__).parent.parent
HOOKS = runpy.run_path(str(TOP / "docs" / "site_hooks.py"))
PAGES = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md"), TOP / "sample_logs" / "README.md"])
GITHUB = "https://github.com/lossdoc/lossdoc/blob/main"


def relinked(text, source="docs/quickstart.md", target="quickstart.md"):
    return HOOKS["relinked"](text, source, target)


@pytest.mark.parametrize(
    ("source", "target", "link", "wanted"),
    [
        ("docs/index.md", "index.md", "why.md", "why.md"),
        ("docs/index.md", "index.md", "../CONTRIBUTING.md#a-rule", "contributing.md#a-rule"),
        ("docs/index.md", "index.md", "../sample_logs/README.md", "sample-logs.md"),
        ("docs/index.md", "index.md", "../sample_logs", "sample-logs.md"),
        ("docs/index.md", "index.md", "adr", "adr/index.md"),
        ("docs/reference/cli.md", "reference/cli.md", "../settings.md", "../settings.md"),
        ("docs/index.md", "index.md", "../lossdoc/rules", f"{GITHUB}/lossdoc/rules"),
        ("docs/index.md", "index.md", "make_images.py", f"{GITHUB}/docs/make_images.py"),
        ("docs/index.md", "index.md", "notebooks", f"{GITHUB}/docs/notebooks"),
        ("CONTRIBUTING.md", "contributing.md", "docs/adr", "adr/index.md"),
        ("CONTRIBUTING.md", "contributing.md", "LICENSE", f"{GITHUB}/LICENSE"),
        ("sample_logs/README.md", "sample-logs.md", "../docs/scenarios.md", "scenarios.md"),
        ("sample_logs/README.md", "sample-logs.md", "../README.md", "index.md"),
    ],
)
def test_a_link_as_github_reads_it_becomes_one_of_the_site(source, target, link, wanted):
    assert relinked(f"[a]({link})", source, target) == (f"[a]({wanted})", [])


def test_links_that_are_none_of_ours_stay():
    text = "[a](https://example.org/x) [b](#here) [c](mailto:me@example.org)"

    assert relinked(text) == (text, [])


def test_code_stays_as_it_is():
    text = "`[a](../LICENSE)`\n\n```python\nx = f[0](../LICENSE)\n```\n\n[a](../LICENSE)"

    assert relinked(text)[0] == text.replace("\n[a](../LICENSE)", f"\n[a]({GITHUB}/LICENSE)")


@pytest.mark.parametrize("link", ["gone.md", "../../outside.md", "../gone/README.md"])
def test_a_link_to_nothing_is_told(link):
    assert relinked(f"[a]({link})")[1] == [link]


def test_a_pattern_takes_the_pages_that_nothing_else_lists():
    nav = [
        {"Start": ["index.md"]},
        {"Rules": ["rules/index.md", {"LD1": ["rules/LD1*.md"]}]},
        {"Rest": ["*.md"]},
        {"Nothing": ["x/*.md"]},
    ]
    pages = ["index.md", "new.md", "rules/index.md", "rules/LD101.md", "rules/LD102.md"]

    assert HOOKS["spelled_out"](nav, pages) == [
        {"Start": ["index.md"]},
        {"Rules": ["rules/index.md", {"LD1": ["rules/LD101.md", "rules/LD102.md"]}]},
        {"Rest": ["new.md"]},
    ]


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md", "docs/first-rule.md"])
def test_files_that_pages_for_contributors_name_are_there(name):
    text = (TOP / name).read_text("utf-8")
    named = re.findall(r"`((?:lossdoc|tests|docs|sample_logs)/[\w./-]+)`", text)

    assert named
    made_there = {"lossdoc/rules/ld208_growing_gradient.py"}
    assert [path for path in named if not (TOP / path).exists() and path not in made_there] == []


@pytest.mark.parametrize("package", [lossdoc, trainer], ids=lambda package: package.__name__)
def test_every_public_name_is_in_the_reference(package):
    page = (TOP / "docs" / "reference" / "python.md").read_text("utf-8")
    told = re.findall(rf"^::: {re.escape(package.__name__)}\.(\w+)$", page, flags=re.MULTILINE)

    assert set(told) >= {*package.__all__} - {"__version__", "SCENARIOS"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_addresses_of_other_hosts_are_whole(page):
    found = re.findall(r"\]\((https?:[^)\s]*)\)", page.read_text("utf-8"))

    for address in found:
        parts = urlsplit(address)
        assert (parts.scheme, "." in parts.netloc) == ("https", True), address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_lists_begin_after_a_blank_line(page):
    """GitHub does not mind; Python-Markdown, which makes the site, runs them into the paragraph."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)

    assert (
        re.findall(r"^(?![-*|# ]|\d+\. |<!--).+\n(?:[-*] |\d+\. |\|).*$", text, re.MULTILINE) == []
    )
