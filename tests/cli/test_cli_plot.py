"""``lossdoc analyze --plot``: the figure alone, ready for a paper."""

import re
from pathlib import Path

import pytest

COLUMN = 234  # points: 3.25 inches


def test_the_picture_is_as_wide_as_a_column_of_a_paper(lossdoc):
    code, out, err = lossdoc("analyze", "nan.csv", "--plot", "a.svg", "--plot", "a.PDF")

    assert (code, err) == (1, "")
    assert "FAILING" in out
    assert re.search(r'<svg[^>]* width="(\d+)pt"', Path("a.svg").read_text())[1] == f"{COLUMN}"
    box = re.search(rb"/MediaBox \[ ?0 0 (\d+)", Path("a.PDF").read_bytes())
    assert int(box[1]) == COLUMN


def test_it_is_the_picture_that_an_output_of_that_name_is(lossdoc):
    lossdoc("analyze", "nan.csv", "--plot", "a.png", "-o", "b.png")

    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


def test_several_runs_are_numbered_and_what_was_not_read_is_told(lossdoc, logs):
    code, _, err = lossdoc("analyze", "nan.csv", "empty.csv", "healthy.csv", "--plot", "a.svg")

    assert code == 1
    assert {p.name for p in logs.glob("*.svg")} == {"a.svg", "a-2.svg"}
    assert "healthy.csv: healthy" in Path("a-2.svg").read_text()
    assert err == "a.svg: no picture of 1 log that could not be read\n"


def test_where_nothing_was_read_the_missing_picture_is_told(lossdoc):
    code, _, err = lossdoc("analyze", "empty.csv", "--plot", "a.svg")

    assert code == 3
    assert err == "a.svg was not written: nothing could be read\n"
    assert not Path("a.svg").exists()


@pytest.mark.parametrize("wrong", ["a.jpg", "a", "a.html", "a.svg:figure", ""])
def test_another_extension_is_refused_before_anything_is_read(lossdoc, wrong):
    code, out, err = lossdoc("analyze", "nan.csv", f"--plot={wrong}")

    assert (code, out) == (2, "")
    assert "extensions: .svg, .png, .pdf" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--plot", "nowhere/a.svg"], "no folder nowhere"),
        (["--plot", "a.svg", "-o", "a.svg"], "a.svg: named twice"),
    ],
)
def test_what_cannot_be_written_is_an_error(lossdoc, arguments, told):
    code, out, err = lossdoc("analyze", "nan.csv", *arguments)

    assert (code, out) == (2, "")
    assert told in err
