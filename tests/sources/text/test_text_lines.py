"""Lines as a terminal shows them."""

import pytest

from lossdoc.sources.text.lines import passages


def shown(source, data):
    (passage,) = passages(source(data))
    return passage.lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\r\nb\r\n", ["a", "b"]),
        ("1/3\r2/3\r3/3\n", ["1/3", "2/3", "3/3"]),
        ("long\b\b\b\bnew\n", ["new"]),
        ("long\b\b\b\b\rnew\n", ["long", "new"]),
        ("\x1b[32mgreen\x1b[0m \x1b]0;title\x07text\x1b[2K\n", ["green text"]),
        ("hole\0\0\0s\n", ["holes"]),
        ("one\x0bline\x0c\u2028\x85\n", ["one\x0bline\x0c\u2028\x85"]),
    ],
)
def test_control_characters(source, text, lines):
    assert shown(source, text) == lines


def test_numbers_go_on_from_passage_to_passage(source, monkeypatch):
    made = source("".join(f"line {i}\n" for i in range(1, 2001)))
    blocks = type(made).blocks
    monkeypatch.setattr(type(made), "blocks", lambda self: blocks(self, 64))
    found = list(passages(made))
    assert len(found) > 10
    assert all(p.lines[0] == f"line {p.first}" for p in found)


def test_damage_and_a_torn_end_are_marked(source):
    whole, last = passages(source(b"fine\nb\xffd\ntorn"))
    assert whole.damaged
    assert not whole.torn
    assert whole.lines == ["fine", "b\ufffdd"]
    assert last.torn
    assert (last.first, last.lines) == (3, ["torn"])
