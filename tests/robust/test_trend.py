"""Theil-Sen against SciPy, and what it withstands."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossdoc.robust import theil_sen

distinct = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))


@given(arrays(float, st.integers(3, 40), elements=distinct), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_slope_and_interval_agree_with_scipy(y, seed):
    x = np.cumsum(np.random.default_rng(seed).integers(1, 9, len(y))).astype(float)

    ours = theil_sen(x, y)
    theirs = scipy.stats.theilslopes(y, x, alpha=0.9)

    assert ours.value == pytest.approx(theirs.slope)
    assert (ours.low, ours.high) == pytest.approx((theirs.low_slope, theirs.high_slope))


def test_a_quarter_of_wild_points_does_not_matter():
    x = np.arange(40.0)
    y = 3.0 - 0.05 * x
    y[::4] += 1e6

    assert theil_sen(x, y).value == pytest.approx(-0.05)


def test_the_interval_holds_the_slope_of_noise_nine_times_in_ten():
    x = np.arange(24.0)
    noise = np.random.default_rng(0).standard_normal((400, 24))
    held = [theil_sen(x, y).flat for y in noise]

    assert 0.86 <= np.mean(held) <= 0.95


def test_a_long_curve_has_the_slope_of_its_block_medians():
    x = np.arange(20_000.0)
    y = 2.0 - 1e-5 * x + 0.1 * np.random.default_rng(0).standard_normal(20_000)
    slope = theil_sen(x, y)

    assert slope.low < -1e-5 < slope.high
    assert slope.value == pytest.approx(-1e-5, rel=0.05)
    assert not slope.flat


@pytest.mark.parametrize("x", [[], [3.0], [3.0, 3.0]])
def test_points_at_one_place_have_no_slope(x):
    assert theil_sen(np.array(x), np.zeros(len(x))) is None
