"""The page that is sent round: whole in itself, and made of our markup alone."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from judged_samples import judged
from report_samples import failing, healthy, unjudged
from test_hostile_formats import HOSTILE, diagnoses, whole

from lossdoc.report import html
from lossdoc.report import json as json_format
from lossdoc.report.pictures import Painter


class Reader(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.data = [], [], ""
        self._in_data = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._in_data = tag == "script" and ("type", "application/json") in attrs
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        self._in_data = False

    def handle_data(self, data):
        if self._in_data:
            self.data += data
        else:
            self.text.append(data)


def page(*diagnoses, **more):
    return html.render(judged(*diagnoses, **more))


def test_a_page_holds_the_verdict_the_finding_and_the_numbers_to_change():
    told = " ".join(Reader(page(failing())).text)

    assert "FAILING" in told
    assert "LD102 diverged" in told
    assert "learning_rate: 0.0003  # was 0.003" in told
    assert "3 rules not checked" in told


def test_several_runs_are_an_overview_then_each_the_worst_first():
    told = page(healthy(), unjudged(), failing())

    places = [told.index(f'id="run-{i}"') for i in range(3)]
    assert places == sorted(places)
    assert re.findall(r'badge ([a-z-]+)"', told) == ["failing", "inconclusive", "healthy"] * 2


def test_nothing_is_fetched_and_our_script_alone_runs():
    told = page(failing())
    script = re.findall(r"<script>(.*?)</script>", told, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()

    assert len(script) == 1
    assert f"script-src 'sha256-{digest}'" in told
    assert "default-src 'none'" in told
    assert told.count("<script") == 2
    assert not re.search(r"<(link|iframe|object|img)|@import|url\((?!#)|\ssrc=", told)


def test_the_report_for_programs_is_within():
    what = judged(failing(), healthy())

    assert json.loads(Reader(html.render(what)).data) == json.loads(json_format.render(what))


@HOSTILE
def test_names_from_a_log_add_no_tag_and_no_attribute(text):
    found, benign = Reader(html.render(whole(text))), Reader(html.render(whole("name")))
    # Where nothing is left of a text, so is its paragraph: those are the only tags that may be fewer.
    extra = [tag for tag in found.tags if tag not in benign.tags]

    assert extra == []
    assert len(found.tags) <= len(benign.tags)
    assert json.loads(found.data)["runs"]


def drawn(diagnosis):
    what = judged(diagnosis)
    return html.render(
        what._replace(pictures=[Painter(html.FIGURES, figures=True).paint(diagnosis)])
    )


def test_figures_stand_within_and_each_has_its_own_names():
    told = drawn(failing())
    names = re.findall(r'\sid="([^"]+)"', told)

    assert told == drawn(failing())
    assert len(told) < 300_000
    assert len(set(names)) == len(names)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', told)) <= set(names)
    assert re.findall(r'role="img" aria-label="([^"]+)', told)[0].startswith("Curves of")


@HOSTILE
def test_names_in_figures_add_no_tag(text):
    found, benign = (Reader(drawn(diagnoses(each)[0])) for each in (text, "name"))

    extra = {tag for tag, _ in found.tags} - {tag for tag, _ in benign.tags}

    assert extra == set()


@pytest.mark.parametrize("room", [-1, 0])
def test_there_is_an_end_to_figures(room):
    painter = Painter(room, figures=True)

    seen = [bool(painter.paint(failing()).figures.timeline) for _ in range(2)]

    assert seen == [room == 0, False]


def test_settings_of_the_log_stand_in_tables_the_known_ones_first():
    found = failing()
    seen = replace(found.run, context={"learning_rate": 0.003}, settings={"model/depth": 12.0})

    told = " ".join(Reader(page(replace(found, run=seen))).text)

    assert "Settings in the log setting value learning_rate 0.003" in " ".join(told.split())
    assert "Other settings in the log setting value model/depth 12" in " ".join(told.split())
