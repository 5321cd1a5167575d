"""Whole blocks of decimal text become numbers that are bit for bit those of ``float``."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc.sources.delimited.floats import Block, Cells, to_floats


def parse(texts):
    """Values of a column of texts, and the texts that were declined."""
    block = Block.of("".join(f"{text}\n" for text in texts).encode())
    newlines = np.flatnonzero(block.code == ord("\n"))
    ends = block.at[newlines]
    values, odd = to_floats(block, Cells(ends[:-1] + 1, ends[1:], newlines[:-1] + 1, newlines[1:]))
    return values, {texts[i] for i in odd}


def bits(value):
    return struct.pack("<d", value)


def assert_exact(texts):
    """Every cell that was accepted is what float() says, to the last bit; returns the others."""
    values, odd = parse(texts)
    for text, value in zip(texts, values, strict=True):
        if text not in odd:
            assert bits(value) == bits(float(text)), text
    return odd


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_what_python_writes_is_read_back(numbers):
    texts = [repr(number) for number in numbers]

    odd = assert_exact(texts)

    # Nothing of a usual size is left to the slow way; beyond 2**53 there are exact ties.
    assert not [text for text in odd if 1e-20 < abs(float(text)) < 1e15]


@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
        min_size=1,
    )
)
def test_decimals_of_any_length(numbers):
    assert_exact([format(number, "f") for number in numbers])


@given(st.lists(st.text("0123456789.-+eE", min_size=1, max_size=30), min_size=1))
@settings(max_examples=300)
def test_whatever_is_accepted_is_a_number_and_the_right_one(texts):
    assert_exact(texts)


@given(st.integers(2**52, 2**53 - 1), st.integers(-60, 40))
def test_halves_between_two_floats(mantissa, power):
    """The hardest numbers to round lie exactly between two floats."""
    whole = (2 * mantissa + 1) * 2**power if power >= 0 else None
    text = str(whole) if whole else f"{(2 * mantissa + 1) * 5**-power}e{power}"

    assert_exact([text, text[:19], text[:17] + "e3", "0." + text[:18]])


def test_frequent_shapes_take_the_fast_way():
    texts = ["0.5", "12", "-3.25", "1e-05", "2.6587543983272695e-05", "7.", ".5", "-0.0", "1E+3"]

    values, odd = parse(texts)

    assert not odd
    assert values.tolist() == [float(text) for text in texts]
    assert math.copysign(1, values[7]) == -1


def test_nan_is_read_and_nothing_else_is_taken_for_it():
    values, odd = parse(["nan", "NaN", "NAN", "nab", "an", "inf", "1.5"])

    assert np.isnan(values[:3]).all()
    assert odd == {"nab", "an", "inf"}
    assert values[6] == 1.5


@pytest.mark.parametrize(
    "text",
    ["abc", "-", ".", "e5", "1e", "1e+", "1.2.3", "5-3", "--1", "1e5-2", "1_0", "0x10", "1e2.5"],
)
def test_what_is_no_plain_decimal_is_declined(text):
    assert parse(["1.5", text])[1] == {text}


def test_many_cells_of_mixed_shapes():
    rng = np.random.default_rng(5)
    scale = 10.0 ** rng.integers(-12, 12, 40_000)
    texts = [repr(float(x)) for x in rng.normal(size=40_000) * scale]
    texts[::7] = [str(i) for i in range(len(texts[::7]))]

    assert not assert_exact(texts)
