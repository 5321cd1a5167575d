"""How a page looks: in the light, in the dark, on a phone, on paper, and without a script."""

import io
import re
import unicodedata

import numpy as np
import pytest
from browser_pages import PAGES, SAMPLES
from PIL import Image
from pypdf import PdfReader

EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
EVERY_SAMPLE = pytest.mark.parametrize("name", SAMPLES)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAPER = {"width": 718, "height": 1000}
"""CSS pixels of a sheet of A4 between margins of a centimetre."""

OPEN_ALL = "document.querySelectorAll('details').forEach(e => e.open = true)"

CLIPPED = """() => [...document.querySelectorAll("main *")].filter(e => {
    const style = getComputedStyle(e);
    return e.checkVisibility() && e.clientWidth && e.scrollWidth > e.clientWidth + 1
        && !(e instanceof SVGElement) && style.display != "inline";
}).map(e => `${e.localName}.${e.className}: ${e.textContent.slice(0, 60)}`)"""
"""What is wider than its place."""

COLOURS = """() => {
    const of = e => getComputedStyle(e);
    const drawn = [...document.querySelectorAll("svg text, svg path, svg polyline")];
    return {
        page: of(document.body).backgroundColor,
        ink: of(document.body).color,
        drawn: drawn.filter(e => e.checkVisibility()).map(e => e.localName == "text"
            ? [4.5, of(e).fill, +of(e).opacity] : [3, of(e).stroke, +of(e).opacity]),
    };
}"""


@EVERY_SAMPLE
def test_light_and_dark_are_two_looks_of_one_page(visit, photograph, name):
    seen = {}
    for scheme in ("light", "dark"):
        page = visit(name, color_scheme=scheme, viewport={"width": 1000, "height": 800})
        with Image.open(photograph(page, f"{name}-{scheme}")) as picture:
            seen[scheme] = page.evaluate(COLOURS), np.asarray(picture.convert("RGB"))

    (day, light), (night, dark) = seen["light"], seen["dark"]
    assert contrast(day["page"], day["ink"]) >= 7
    assert contrast(night["page"], night["ink"]) >= 7
    assert light[2, 2].min() > 230
    assert dark[2, 2].max() < 60
    assert light.shape == dark.shape
    for picture in (light, dark):
        assert len(np.unique(picture[:800] @ [1, 256, 65536])) > 20, "an empty picture"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_can_be_read_on_the_page(visit, scheme):
    """Letters need a contrast of 4.5, lines one of 3 (WCAG 2.2, 1.4.3 and 1.4.11)."""
    colours = visit("several", color_scheme=scheme).evaluate(COLOURS)
    weak = {
        colour
        for least, colour, opacity in colours["drawn"]
        if colour != "none" and opacity == 1 and contrast(colour, colours["page"]) < least
    }

    assert weak == set()


@EVERY_PAGE
@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_need_not_be_moved_sideways(visit, photograph, name, width):
    page = visit(name, **PHONE | {"viewport": {"width": width, "height": 844}})
    page.evaluate(OPEN_ALL)
    if width == 390 and name in SAMPLES:
        photograph(page, f"{name}-phone")

    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = """() => [...document.querySelectorAll("main :not(svg *)")].filter(
        e => e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 12).length"""
    assert page.evaluate(small) == 0


def test_on_a_phone_the_overview_is_a_list(visit):
    page = visit("several", **PHONE)
    rows = page.locator(".overview tbody tr")

    for i in range(rows.count()):
        for cell in rows.nth(i).locator("td").all():
            box = cell.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["viewport"]["width"]


@EVERY_SAMPLE
def test_paper_holds_all_that_the_page_tells(visit, name):
    """What is folded, too; but no buttons."""
    page = visit(name)
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    printed = squeezed("".join(sheet.extract_text() for sheet in sheets))
    page.evaluate(OPEN_ALL)
    shown = page.locator("main").inner_text().splitlines()

    assert len(shown) > 10
    assert [line for line in shown if squeezed(line) not in printed] == ["Copy"] * shown.count(
        "Copy"
    )


@EVERY_SAMPLE
def test_the_page_tells_what_the_report_tells(visit, written, name):
    page = visit(name)
    page.evaluate(OPEN_ALL)
    shown = squeezed(page.locator("main").inner_text())

    runs = written(name).report["runs"]
    told = [run["problem"] or run["summary"] for run in runs]
    told += [finding["message"] for run in runs for finding in run["findings"]]
    told += [f"{rule['code']} {rule['name']}" for run in runs for rule in run["not_checked"]]
    told += [c["source"] for run in runs for c in run["channels"].values()]
    assert [text for text in told if squeezed(text) not in shown] == []


@EVERY_PAGE
def test_nothing_is_cut_off_on_paper(visit, name):
    page = visit(name, viewport=PAPER)
    page.emulate_media(media="print")

    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]


@EVERY_SAMPLE
def test_without_a_script_the_page_tells_the_same(visit, name):
    told = [
        visit(name, java_script_enabled=enabled).locator("main").inner_text()
        for enabled in (True, False)
    ]
    with_buttons, plain = ([line for line in text.split("\n") if line.strip()] for text in told)

    assert [line for line in with_buttons if line.strip() != "Copy"] == plain


def contrast(one, other):
    """Contrast of two colours as WCAG 2.2 has it; ``rgb(1, 2, 3)``."""
    bright, dark = sorted(map(_luminance, (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour):
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def squeezed(text):
    """Text without blanks, hyphens and ligatures, which setting may add or take."""
    return re.sub(r"[\s\u00ad-]", "", unicodedata.normalize("NFKC", text))
