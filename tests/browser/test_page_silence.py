"""A page asks for nothing, runs nothing but its copy buttons, and says nothing to the console."""

import json

import pytest
from browser_pages import HOSTILE, PAGES

from lossdoc.report.html_style import SCRIPT
from lossdoc.report.links import DOCS

EVERY_PAGE = pytest.mark.parametrize("name", PAGES)

ELEMENTS = """() => [...document.querySelectorAll("*")].map(e => ({
    tag: e.localName,
    text: e.localName == "script" || e.localName == "style" ? e.textContent : "",
    attributes: Object.fromEntries([...e.attributes].map(a => [a.name, a.value])),
}))"""

ACTIVE = {
    "iframe",
    "frame",
    "object",
    "embed",
    "base",
    "form",
    "input",
    "link",
    "applet",
    "template",
}
"""Elements that no page of ours has."""


@EVERY_PAGE
def test_nothing_is_asked_for_and_nothing_is_said(visit, name):
    page = visit(name)
    page.wait_for_load_state("networkidle")
    page.mouse.move(200, 200)
    page.mouse.wheel(0, 5000)

    assert page.evaluate("window.pwned") is None
    assert "lossdoc" in page.title()


@EVERY_PAGE
def test_the_page_is_made_of_our_elements_alone(visit, name):
    elements = visit(name).evaluate(ELEMENTS)
    tags = [each["tag"] for each in elements]
    attributes = [(a, value) for e in elements for a, value in e["attributes"].items()]

    assert not ACTIVE & set(tags)
    for tag in ("html", "head", "body", "main", "title", "style"):
        assert tags.count(tag) == 1
    assert [a for a, _ in attributes if a.startswith("on")] == []
    assert {v for a, v in attributes if a == "http-equiv"} == {"Content-Security-Policy"}
    addresses = [v for a, v in attributes if a in {"href", "xlink:href", "action", "formaction"}]
    assert [v for v in addresses if not v.startswith(("#", f"{DOCS}/"))] == []
    assert [v for a, v in attributes if a in {"src", "srcset", "srcdoc", "data", "poster"}] == []
    scripts = [e for e in elements if e["tag"] == "script"]
    assert [e["attributes"].get("id") for e in scripts] == ["lossdoc-report", None]
    assert scripts[1]["text"] == SCRIPT


@EVERY_PAGE
def test_the_policy_forbids_what_was_not_written_by_us(visit, name):
    page = visit(name)
    policy = page.locator("meta[http-equiv]").get_attribute("content")

    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    scripts = next((part for part in policy.split(";") if "script-src" in part), "")
    assert "unsafe" not in scripts
    assert "*" not in policy


@EVERY_PAGE
def test_the_report_for_programs_is_that_of_the_json_format(visit, written, name):
    page = visit(name)
    held = json.loads(page.locator("#lossdoc-report").text_content())

    assert held == written(name).report


def test_a_script_that_came_in_would_not_run(browser, written):
    """What the other tests rely on: the browser obeys the policy of the page."""
    page = browser.new_page()
    page.goto(written("failing").page.as_uri())
    refused = page.evaluate(
        """() => new Promise(done => {
            addEventListener("securitypolicyviolation", e => done(e.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "pwned = 1";
            document.body.append(script);
            setTimeout(() => done("ran"), 1000);
        })"""
    )

    assert refused == "script-src-elem"
    assert page.evaluate("window.pwned") is None
    page.context.close()


def test_hostile_names_are_shown_as_text(visit):
    """Their letters stand in the page to be read; what would steer the reader is left out."""
    shown = visit("hostile").locator("main").text_content()
    letters = HOSTILE | {
        "blanks": "_loss",
        "terminal": "x31m",
        "direction": "agpj.exeb",
        "letters": "损失 ضياع 🔥",
    }

    assert [kind for kind, text in letters.items() if text not in shown] == []
    assert not set("\u202e\u2066\u2069\x1b\x9b\0") & set(shown)
