"""A page for everybody: by keyboard, by screen reader, and as axe-core judges it."""

import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_pages import SAMPLES

EVERY_PAGE = pytest.mark.parametrize("name", [*SAMPLES, "compared", "huge"])

STOPS = "a[href], button, summary, [tabindex='0']"
OPEN_ALL = "document.querySelectorAll('details').forEach(e => e.open = true)"
FOCUSED = """stops => {
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    return {
        index: [...document.querySelectorAll(stops)].filter(s => s.checkVisibility()).indexOf(e),
        ring: style.outlineStyle == "none" ? 0 : parseFloat(style.outlineWidth),
        seen: box.bottom > 0 && box.top < innerHeight,
    };
}"""


@pytest.mark.parametrize("name", ["failing", "several", "compared"])
def test_tab_reaches_everything_in_order_and_shows_where_it_is(visit, name):
    page = visit(name)
    page.evaluate(OPEN_ALL)
    count = page.evaluate(
        "stops => [...document.querySelectorAll(stops)].filter(s => s.checkVisibility()).length",
        STOPS,
    )
    seen = []
    for _ in range(count):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED, STOPS))

    assert count > 0
    assert [each["index"] for each in seen] == list(range(count))
    assert [each for each in seen if each["ring"] < 1 or not each["seen"]] == []


@pytest.mark.parametrize("name", ["failing", "healthy"])
def test_what_is_folded_opens_by_keyboard(visit, name):
    page = visit(name)
    first = page.locator("summary").first
    first.focus()
    page.keyboard.press("Enter")

    assert page.locator("details").first.evaluate("e => e.open") is True


def test_the_overview_leads_to_each_run_by_keyboard(visit):
    page = visit("several")
    links = page.locator("table a[href^='#']")

    assert links.count() == len(SAMPLES["several"]) + 1  # the panel holds two runs
    links.nth(1).focus()
    page.keyboard.press("Enter")
    goal = page.locator(links.nth(1).get_attribute("href"))
    assert abs(goal.bounding_box()["y"]) < 200


@EVERY_PAGE
def test_landmarks_and_headings(visit, name):
    page = visit(name)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => +e.localName[1])"
    )

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title().strip()
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("contentinfo").count() == 1
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    nameless = "e => e.filter(x => !(x.getAttribute('aria-label') || x.alt || '').trim()).length"
    for kind in ("main img, main svg:not([aria-hidden=true])", "section"):
        assert page.locator(kind).evaluate_all(nameless) == 0
    assert page.locator("th:not([scope])").count() == 0


@EVERY_PAGE
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, name, scheme):
    page = visit(name, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    found = [
        f"{each['impact']} {each['id']}: {each['help']}: {node['html'][:200]}"
        for each in Axe().run(page).response["violations"]
        for node in each["nodes"]
    ]

    assert found == []
