"""Pictures of rules: small, complete, and the same wherever they are drawn."""

import re
from xml.etree import ElementTree as ET

import pytest

from lossdoc import docs
from lossdoc.handbook import pictures
from lossdoc.rules import builtin

FOLDER = docs.FOLDER / "images" / "rules"
SVG = "{http://www.w3.org/2000/svg}"


def rule(code):
    return next(r for r in builtin() if r.code == code)


def texts(svg):
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("each", builtin(), ids=lambda r: r.code)
def test_every_rule_has_its_picture(each):
    kept = (FOLDER / f"{each.code}.svg").read_text("utf-8")

    assert pictures.alike(kept, pictures.picture(each)), "run python docs/make_images.py"
    assert len(kept) < 15_000
    assert f"images/rules/{each.code}.svg" in docs.page(each)


def test_all_of_them_together_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000


def test_one_half_fires_and_the_other_stays_silent():
    told = texts(pictures.picture(rule("LD102")))

    assert told.count("LD102 diverged") == 1
    assert told.count("stays silent") == 1
    assert [t for t in told if t.startswith("onset")] == ["onset 240"]


def test_what_is_not_finite_is_a_band():
    root = ET.fromstring(pictures.picture(rule("LD101")))
    bands = [e for e in root.iter(f"{SVG}rect") if e.get("class") == "n"]
    lines = [e.get("d") for e in root.iter(f"{SVG}path")]

    assert float(bands[0].get("width")) > 100
    assert not any("nan" in line.lower() for line in lines)


def test_a_rule_without_examples_has_none():
    class Bare(type(rule("LD102"))):
        examples = ()

    assert pictures.picture(Bare()) == ""


def test_a_pixel_more_or_less_is_no_change_and_another_curve_is():
    svg = pictures.picture(rule("LD102"))
    moved = re.sub(r"\d+", lambda m: str(int(m[0]) + 1), svg)
    other = re.sub(r"\d+", lambda m: str(int(m[0]) + 9), svg)

    assert pictures.alike(svg, moved)
    assert not pictures.alike(svg, other)
    assert not pictures.alike(svg, pictures.picture(rule("LD101")))
