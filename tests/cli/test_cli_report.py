"""``lossdoc report``: the files, the exit code, the browser."""

import json
import re
import webbrowser
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def test_the_page_is_written_and_named(lossdoc):
    code, out, _ = lossdoc("report", "nan.csv")
    page = Path("report.html").read_text("utf-8")

    assert code == 1
    assert "FAILING  nan.csv" in out
    assert re.search(r"Wrote report\.html \(\d+ kB\)", out)
    assert "LD101 non-finite-terminal" in page
    assert "<code>lossdoc report nan.csv</code>" in page


def test_the_same_command_gives_the_same_bytes(lossdoc):
    lossdoc("report", "nan.csv", "healthy.csv")
    first = Path("report.html").read_bytes()
    lossdoc("report", "nan.csv", "healthy.csv")

    assert Path("report.html").read_bytes() == first


def test_the_json_within_is_that_of_analyze(lossdoc):
    lossdoc("report", "nan.csv", "-q")
    _, out, _ = lossdoc("analyze", "nan.csv", "--output-format", "json")
    page = Path("report.html").read_text("utf-8")
    held = re.search(r'id="lossdoc-report">(.*?)</script>', page, re.DOTALL)

    assert json.loads(held[1]) == json.loads(out)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["healthy.csv"]),
        (0, ["nan.csv", "--exit-zero"]),
        (3, ["short.csv"]),
        (3, ["missing.csv"]),
        (2, ["nan.csv", "-o", "gone/report.html"]),
        (2, ["nan.csv", "--gpus", "4"]),
        (2, ["nan.csv", "-o", "report.md", "--open"]),
    ],
)
def test_exit_codes_are_those_of_analyze(lossdoc, code, arguments):
    assert lossdoc("report", *arguments)[0] == code


def test_markdown_holds_a_curve_and_the_change(lossdoc):
    lossdoc("report", SAMPLES / "nan.jsonl", "-o", "post-mortem.md")
    told = Path("post-mortem.md").read_text("utf-8")

    assert told.startswith("# FAILING: `")
    assert "```yaml\nlearning_rate:" in told
    assert re.search("[⠁-⣿]", told)
    assert re.search(
        r"<sub>lossdoc 0[.\d]+: `lossdoc report .*nan.jsonl -o post-mortem.md`</sub>", told
    )


def test_several_runs_are_sorted_by_verdict(lossdoc):
    lossdoc("report", "healthy.csv", "nan.csv", "short.csv")
    page = Path("report.html").read_text("utf-8")

    assert re.findall(r'badge ([a-z-]+)"', page)[:3] == ["failing", "inconclusive", "healthy"]
    assert page.count('<svg class="small"') == 3


def test_a_price_is_told_or_said_to_be_unknown(lossdoc):
    lossdoc("report", SAMPLES / "overfitting.csv", "--gpu-hour-price", "2.5")

    assert "the log has no wall time" in Path("report.html").read_text("utf-8")


@pytest.mark.parametrize("works", [True, False])
def test_the_page_is_shown(lossdoc, monkeypatch, works):
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda url: shown.append(url) or works)
    _, _, err = lossdoc("report", "nan.csv", "--open")

    assert shown == [Path("report.html").resolve().as_uri()]
    assert ("open report.html yourself" in err) is not works


def test_quiet_says_nothing(lossdoc):
    assert lossdoc("report", "nan.csv", "-q") == (1, "", "")
