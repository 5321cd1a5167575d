"""The page that is sent round: whole in itself, and made of our markup alone."""

import json
import re
from html.parser import HTMLParser

import pytest
from judged_samples import judged
from report_samples import failing, healthy, unjudged
from test_hostile_formats import HOSTILE, whole

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
        self._in_data = tag == "script"
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


def test_nothing_is_fetched_and_nothing_runs():
    told = page(failing())
    scripts = re.findall(r"<script[^>]*>", told)

    assert "default-src 'none'" in told
    assert scripts == ['<script type="application/json" id="lossdoc-report">']
    assert not re.search(r"<(link|iframe|object)|@import|url\(", told)
    assert re.findall(r'src="(?!data:image/svg)', told) == []


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


def test_figures_are_images_of_their_own():
    what = judged(failing())._replace(
        pictures=[Painter(html.FIGURES, figures=True).paint(failing())]
    )
    told = html.render(what)

    assert told.count('src="data:image/svg+xml;base64,') == 1
    assert told == html.render(what)
    assert len(told) < 300_000


@pytest.mark.parametrize("room", [-1, 0])
def test_there_is_an_end_to_figures(room):
    painter = Painter(room, figures=True)

    drawn = [bool(painter.paint(failing()).figure) for _ in range(2)]

    assert drawn == [room == 0, False]
