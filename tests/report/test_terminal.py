import io
import os

import pytest

from lossdoc.report.spans import Span, span
from lossdoc.report.terminal import (
    LINK,
    STYLES,
    Writer,
    hush,
    terminal_width,
    to_ascii,
    wants_colour,
)

LINE = [
    Span(" FAILING ", "failing"),
    Span(" "),
    span("[bold]run[/].csv :smile:", "label"),
    Span("  "),
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def written(lines, *, colour=False, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    Writer(stream, colour=colour).write(lines)
    return stream.buffer.getvalue().decode(encoding)


def test_plain_lines_carry_no_codes_and_no_trailing_blanks():
    assert written([LINE, []]) == " FAILING  [bold]run[/].csv :smile:\n\n"


def test_colour_adds_codes_and_nothing_else():
    import re

    coloured = written([LINE], colour=True)

    assert "\x1b[1;37;41m FAILING \x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == written([LINE])


def test_every_style_is_known_to_rich():
    for style in STYLES:
        written([[Span("x", style)]], colour=True)


def test_codes_of_rules_are_links():
    assert "https://x/LD1" in written([[Span("LD1", LINK + "https://x/LD1")]], colour=True)
    assert "https://x" not in written([[Span("LD1", LINK + "https://x/LD1")]])


def test_long_lines_are_not_broken_by_the_writer():
    assert written([[Span("x" * 500)]], colour=True) == "x" * 500 + "\n"


@pytest.mark.parametrize("colour", [False, True])
def test_without_unicode_every_sign_has_a_likeness(colour):
    line = [Span("0.003 → 0.001 · ⠉⣿⡇ ╎ ▲ █▁ ┤└─┴ 5–7 λ")]

    assert written([line], encoding="ascii", colour=colour) == (
        "0.003 -> 0.001 - '#: : ^ #_ |+-+ 5-7 ?\n"
    )


def test_ascii_text_stays_as_it_is():
    assert to_ascii("plain ~ text") == "plain ~ text"


def test_json_is_utf8_whatever_the_terminal_speaks():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    Writer(stream).write_json('"→"\n')

    assert stream.buffer.getvalue() == '"→"\n'.encode()


def test_json_goes_to_streams_without_bytes_too():
    stream = io.StringIO()

    Writer(stream).write_json('"→"')

    assert stream.getvalue() == '"→"'


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "wanted"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_there_is_colour(choice, environment, terminal, wanted):
    stream = Terminal() if terminal else io.StringIO()

    assert wants_colour(choice, stream, environment) is wanted


def test_the_width_is_as_asked_or_reads_well(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")

    assert terminal_width(37) == 37
    assert terminal_width() == 100


def test_a_reader_that_leaves_is_no_error():
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    writer = Writer(stream)

    writer.write([[Span("x")]])
    writer.write([[Span("y")]])

    assert writer.closed
    stream.close()


def test_a_stream_without_a_descriptor_needs_no_hushing():
    hush(io.StringIO())
