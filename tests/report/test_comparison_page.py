"""The page of a comparison: curves of both sides in one picture, and nothing that a log can steer."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from test_hostile_formats import PAYLOADS, STEERING

import lossdoc
from lossdoc.report import comparison, comparison_html, comparison_json, figure_compare
from lossdoc.report.spans import plain

STEPS = np.arange(80.0)
NASTY = "</script><script>alert(1)</script><!-- ]]> & \" ' $x$ \x1b[31m ::error::"


def seed_run(seed, *, factor=1.0, shift=0.0, rates=True, name=""):
    random = np.random.default_rng(seed)
    loss = factor * np.exp(0.01 * random.standard_normal()) * (0.5 + 2 * np.exp(-STEPS / 15))
    told = {"train_loss": (STEPS, loss + shift)}
    if rates:
        told["learning_rate"] = (STEPS, factor * 1e-3 * (1 - STEPS / 80))
    run = lossdoc.load(told)
    return replace(run, path=name, name=name) if name else run


def compared(*, old=3, new=2, **how):
    reference = [seed_run(i, rates=how.get("rates", True)) for i in range(old)]
    candidate = [seed_run(100 + i, **how) for i in range(new)]
    return lossdoc.compare(reference, candidate)


class Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.links, self.text, self.data = [], [], [], ""
        self._kind = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.links += [given[name] for name in ("src", "href", "action") if name in given]
        assert not [name for name in given if name.startswith("on")]
        self._kind = given.get("type", "code") if tag in {"script", "style"} else ""

    def handle_endtag(self, tag):
        self._kind = ""

    def handle_data(self, data):
        if self._kind == "application/json":
            self.data += data
        elif not self._kind:
            self.text.append(data)


def test_the_page_says_the_outcome_and_the_numbers_behind_it():
    told = " ".join(Reader(comparison_html.render(compared(factor=1.3))).text)

    assert "REGRESSED" in told
    assert "beyond seed noise" in told
    assert "final train_loss" in told
    assert "peak learning rate" in told
    assert "3 references" in told
    assert "2 new runs" in told


def test_both_scales_are_shown_and_no_name_within_them_stands_twice():
    page = comparison_html.render(compared())
    names = re.findall(r'\bid="([^"]+)"', page)

    assert page.count("<svg") == 2
    assert "logarithmic scale" in page
    assert len(names) == len(set(names))


def test_losses_below_zero_have_one_scale():
    page = comparison_html.render(compared(shift=-10.0))

    assert page.count("<svg") == 1


def test_the_page_asks_the_network_for_nothing():
    page = comparison_html.render(compared())

    assert "default-src 'none'" in page
    assert [link for link in Reader(page).links if not link.startswith("#")] == []


def test_names_of_a_log_stay_text():
    hostile = seed_run(7, name=NASTY)
    page = comparison_html.render(lossdoc.compare([hostile, seed_run(8)], seed_run(9, name=NASTY)))
    reader = Reader(page)

    assert reader.tags.count("script") == 2  # the data, and our own
    assert "alert(1)" in " ".join(reader.text)
    assert "\x1b" not in page
    assert json.loads(reader.data)["reference"][0].startswith("</script>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_log_breaks_a_format(payload, tmp_path):
    text = PAYLOADS[payload]
    runs = [replace(seed_run(i, name=text), context={"optimizer": f"{text}{i}"}) for i in range(3)]
    found = lossdoc.compare(runs[:2], runs[2])

    told = "\n".join(plain(line) for line in comparison.text(found, 80))
    shown = told + comparison.markdown(found) + comparison_html.render(found)
    shown.encode()
    assert not STEERING.search(shown.replace("\n", ""))
    assert len(json.loads(comparison_json.dump(found))["reference"]) == 2
    figure_compare.save(found, tmp_path / "c.svg")


def test_the_page_holds_the_document_for_programs():
    found = compared()

    assert json.loads(Reader(comparison_html.render(found)).data) == json.loads(
        comparison_json.dump(found)
    )


def test_a_run_that_broke_down_is_drawn_to_where_it_did():
    broken = seed_run(5)
    broken.series[0].values[40:] = np.nan
    found = lossdoc.compare([seed_run(i) for i in range(3)], broken)

    drawn = figure_compare.draw(found).axes[0]
    crosses = [line for line in drawn.lines if line.get_marker() == "x"]
    assert [list(line.get_xdata()) for line in crosses] == [[39.0]]
    assert "NaN" in " ".join(Reader(comparison_html.render(found)).text)


def test_runs_that_were_nan_from_the_start_leave_a_page_without_their_curve():
    broken = seed_run(5)
    broken.series[0].values[:] = np.nan

    page = comparison_html.render(lossdoc.compare(seed_run(1), broken))

    assert "REGRESSED" in page


def test_of_many_runs_the_band_is_drawn_and_the_page_stays_small():
    found = compared(old=30, new=20)

    assert len(figure_compare.draw(found, rates=False).axes[0].lines) == 2
    assert len(comparison_html.render(found)) < 150_000


@pytest.mark.parametrize(("rates", "panels"), [(True, 2), (False, 1)])
def test_learning_rates_stand_below_where_all_logs_tell_them(rates, panels):
    assert len(figure_compare.draw(compared(rates=rates)).axes) == panels


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_the_same_comparison_is_the_same_picture(tmp_path, kind):
    found = compared()
    for name in "ab":
        figure_compare.save(found, tmp_path / f"{name}.{kind}")

    first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
    assert first == second
    assert len(first) > 2000
