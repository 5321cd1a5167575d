import pytest

from lossdoc.report.spans import Span, cells, clean, emphasise, pad, plain, span, wrap


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("loss", "loss"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title", ""),
        ("a\x1bcb", "ab"),
        ("bell\x07 back\x08 nul\x00", "bell back nul"),
        ("two\nlines\tand\rmore", "two lines and more"),
        ("c1\u009b2J", "c12J"),
        ("turn\u202eround\u2066", "turnround"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("no\u00a0break", "no break"),
        ("half\udcff", "half\ufffd"),
        ("Verlust_größe 损失", "Verlust_größe 损失"),
    ],
)
def test_text_of_a_log_cannot_steer_a_terminal(hostile, shown):
    assert clean(hostile) == shown
    assert span(hostile).text == shown


def test_a_lone_escape_at_the_end_is_dropped():
    assert clean("x\x1b") == "x"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("损失", 4), ("e\u0301", 1), ("", 0)])
def test_columns_on_a_terminal(text, columns):
    assert cells(text) == columns


def test_numbers_stand_out_and_names_with_digits_do_not():
    styled = emphasise("rose from 0.409 to 1,310 (37 %) at -2e-05 in resnet50 by LD102")

    assert [part.text for part in styled if part.style == "number"] == [
        "0.409",
        "1,310",
        "37 %",
        "-2e-05",
    ]
    assert plain(styled) == "rose from 0.409 to 1,310 (37 %) at -2e-05 in resnet50 by LD102"


def test_ladders_and_powers_are_no_numbers():
    styled = emphasise("rounded to 1-2-3-5, from 2^16 / 10, v1.2.3")

    assert [part.text for part in styled if part.style == "number"] == ["10"]


def test_wrapping_fills_lines_and_indents_them():
    lines = wrap([Span("one two three four")], 12, first=[Span(" fix")], indent=6)

    assert [plain(line) for line in lines] == [
        " fix  one",
        "      two",
        "      three",
        "      four",
    ]


def test_wrapping_keeps_styles_and_words_that_change_style():
    lines = wrap([Span("at ("), Span("12", "number"), Span(") now")], 8)

    assert [plain(line) for line in lines] == ["at (12)", "now"]
    assert Span("12", "number") in lines[0]


def test_words_of_one_style_become_one_span():
    (line,) = wrap([Span("all of it dim", "dim"), Span(" 12", "number")], 40)

    assert line[-3:] == [Span("all of it dim", "dim"), Span(" "), Span("12", "number")]


def test_a_long_path_is_not_broken_so_that_it_can_be_copied():
    lines = wrap([Span("see /a/very/long/path here")], 10)

    assert [plain(line) for line in lines] == ["see", "/a/very/long/path", "here"]


def test_wrapping_counts_wide_characters():
    assert len(wrap([Span("损失 损失 损失")], 10)) == 2


def test_padding_never_shortens():
    assert plain([*pad([Span("ab")], 4), Span("|")]) == "ab  |"
    assert plain(pad([Span("abcdef")], 4)) == "abcdef"
