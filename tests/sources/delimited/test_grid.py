"""The fast way says what the way for any rows says, or declines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc.sources.delimited import cells, grid
from lossdoc.sources.delimited.dialect import Dialect
from lossdoc.sources.delimited.layout import Layout, make_layout

NAMES = ("step", "loss", "acc")
plain = st.one_of(
    st.just(""),
    st.floats().map(repr),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["nan", "inf", "-inf", "None", "1.5%", " 2.5 ", '"3.5"', "tensor(0.5)", "-"]),
)
anything = st.one_of(plain, st.text("ab01.,;\"' -e#\t\r", max_size=6))


@pytest.fixture(autouse=True)
def arrays_for_every_size(monkeypatch):
    """Small blocks would not be worth it, but serve here."""
    monkeypatch.setattr(grid, "_FEW_LINES", 0)


def both_ways(text, layout=Layout(NAMES), delimiter=",", *, comma=False):  # noqa: B008 - frozen
    dialect = Dialect(delimiter, comma, 1, layout)
    fast = grid.from_block(text.encode(), 2, dialect, (), cells.CellReader())
    lines = text.split("\n")[:-1]
    fields = [dialect.split(line) for line in lines]
    slow = cells.from_fields(range(2, len(lines) + 2), fields, layout, cells.CellReader())
    return fast, slow


def assert_same(fast, slow):
    assert fast.columns.keys() == slow.columns.keys()
    for j, (rows, values) in slow.columns.items():
        assert fast.columns[j][0].tolist() == rows.tolist()
        assert fast.columns[j][1].view(np.int64).tolist() == values.view(np.int64).tolist()
    assert {j: rows.tolist() for j, rows in fast.texts.items()} == {
        j: rows.tolist() for j, rows in slow.texts.items()
    }
    assert fast.extra.tolist() == slow.extra.tolist()
    assert fast.short.tolist() == slow.short.tolist()
    assert list(fast.keys) == list(slow.keys)


@given(st.lists(st.tuples(plain, plain, plain), min_size=1, max_size=20))
def test_rows_of_numbers(rows):
    fast, slow = both_ways("".join(",".join(row) + "\n" for row in rows))

    # A row without any number may be a header: that is for the other way to decide.
    if fast is not None:
        assert_same(fast, slow)


@given(st.lists(st.lists(anything, min_size=2, max_size=5), min_size=1, max_size=8))
@settings(max_examples=400)
def test_any_rows(rows):
    fast, slow = both_ways("".join(",".join(row) + "\n" for row in rows))

    if fast is not None:
        assert_same(fast, slow)


@given(st.lists(st.tuples(plain, plain, plain), min_size=1, max_size=9), st.sampled_from(",;\t"))
def test_every_delimiter(rows, delimiter):
    fast, slow = both_ways(
        "".join(delimiter.join(row) + "\r\n" for row in rows), delimiter=delimiter
    )

    if fast is not None:
        assert_same(fast, slow)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,0.5,0.25\n2,0.75,\n", [0.5, 0.75]),
        ("1,0.5,0.25\r\n2,0.75,0.5\r\n", [0.5, 0.75]),
        (" 1 ,  0.5 ,0.25\n 2,\t0.75,\n", [0.5, 0.75]),
        ('"1","0.5","x, y"\n"2","0.75","z"\n', None),
        ('"1","0.5","0.25"\n"2"," 0.75 ",""\n', [0.5, 0.75]),
        ("1,nan,0.25\n2,,0.5\n", [np.nan]),
        ("1,0.5,0.25,9\n2,0.75,,\n", [0.5, 0.75]),
        ("1,0.5\n2,0.75\n", [0.5, 0.75]),
        ("1,0.5,0.25\n2,0.75\n", None),
        ("step,loss,acc\n1,0.5,0.25\n", None),
        ("1,0.5,0.25\n#,1,2\n", None),
        ("1,0.5,0.25\n\n2,0.75,1\n", None),
        ('1,"0.5,0.25\n2,0.75,1"\n', None),
    ],
)
def test_what_it_takes_and_what_it_declines(text, values):
    fast, slow = both_ways(text)

    if values is None:
        assert fast is None
    else:
        assert_same(fast, slow)
        np.testing.assert_array_equal(fast.columns[1][1], values)


def test_decimal_comma():
    fast, slow = both_ways("1;0,5;-2,5e-3\n", delimiter=";", comma=True)

    assert_same(fast, slow)
    assert fast.columns[2][1].tolist() == [-0.0025]


def test_texts_that_decide_where_numbers_belong():
    layout = make_layout(("mode", "step", "loss"), [["train", "1", "0.5"], ["val", "2", "0.7"]])

    fast, slow = both_ways("train,1,0.5\nval,2,0.75\n", layout)

    assert_same(fast, slow)
    assert list(fast.keys) == [("train",), ("val",)]
