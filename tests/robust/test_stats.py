"""The statistics against SciPy and against hand-computed values."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossdoc.robust import (
    autocorrelation,
    block_medians,
    difference_noise,
    mad,
    mann_kendall,
    running_median,
    swings,
    trailing_median,
)

floats = st.floats(-1e6, 1e6)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestNoise:
    def test_mad_estimates_the_standard_deviation_of_normal_values(self):
        assert mad(rng().normal(3.0, 2.0, 20_000)) == pytest.approx(2.0, rel=0.03)

    def test_mad_agrees_with_scipy(self):
        values = rng().standard_cauchy(500)

        assert mad(values) == pytest.approx(
            scipy.stats.median_abs_deviation(values, scale="normal"), rel=1e-4
        )

    def test_mad_of_nothing_is_zero(self):
        assert mad(np.empty(0)) == 0.0

    def test_difference_noise_is_blind_to_a_descent(self):
        slope = np.linspace(10.0, 0.0, 4000)

        assert difference_noise(slope + rng().normal(0, 0.1, 4000)) == pytest.approx(0.1, rel=0.1)


class TestMedians:
    @given(arrays(float, st.integers(1, 60), elements=floats), st.integers(1, 15))
    @settings(max_examples=60, deadline=None)
    def test_running_median_agrees_with_scipy_away_from_the_edges(self, values, half):
        width = 2 * half + 1
        ours = running_median(values, width)
        assert len(ours) == len(values)
        if len(values) > width:
            theirs = scipy.ndimage.median_filter(values, width, mode="nearest")
            np.testing.assert_array_equal(ours[half:-half], theirs[half:-half])

    def test_a_wide_window_on_many_points_is_interpolated_closely(self):
        values = np.sin(np.linspace(0, 20, 60_000)) + rng().normal(0, 0.1, 60_000)
        exact = scipy.ndimage.median_filter(values, 1001)

        assert np.abs(running_median(values, 1001) - exact)[500:-500].max() < 0.02

    def test_running_median_ignores_a_spike(self):
        values = np.ones(50)
        values[20] = 1e9

        assert running_median(values, 5).max() == 1.0

    def test_trailing_median_looks_only_back(self):
        values = np.array([1.0, 2.0, 3.0, 100.0, 5.0])

        np.testing.assert_array_equal(trailing_median(values, 3), [np.nan, 1.0, 1.5, 2.0, 3.0])

    def test_block_medians_of_fewer_points_than_blocks_are_the_points(self):
        np.testing.assert_array_equal(block_medians(np.array([3.0, 1.0]), 12), [3.0, 1.0])


class TestTrends:
    @pytest.mark.parametrize("n", [5, 40, 300])
    def test_mann_kendall_has_the_sign_and_p_value_of_kendalls_tau(self, n):
        values = rng(n).normal(size=n) + np.linspace(0, 1.0, n)
        p = scipy.stats.kendalltau(np.arange(n), values, method="asymptotic").pvalue
        z = mann_kendall(values)

        assert z > 0
        # SciPy applies no continuity correction: half a unit of the score apart.
        assert 2 * scipy.stats.norm.sf(abs(z)) == pytest.approx(p, abs=0.35 / np.sqrt(n))

    def test_mann_kendall_of_a_constant_is_zero(self):
        assert mann_kendall(np.ones(20)) == 0.0

    def test_mann_kendall_of_a_line(self):
        # S = n (n - 1) / 2 = 45, variance 10 * 9 * 25 / 18 = 125, continuity 1.
        assert mann_kendall(np.arange(10.0)) == pytest.approx(44 / np.sqrt(125))


class TestAutocorrelation:
    def test_of_a_wave_peaks_at_its_period(self):
        acf = autocorrelation(np.sin(2 * np.pi * np.arange(400) / 25), 60)

        assert int(np.argmax(acf[10:])) + 10 == 25
        assert acf[0] == pytest.approx(1.0)

    def test_of_a_constant_is_zero(self):
        assert not autocorrelation(np.ones(30), 5).any()


SWINGS = [
    ([3, 2, 1, 0], 0.5, []),
    ([0, 1, 0, 1, 0], 0.5, [(0, 1, 2), (2, 3, 4)]),
    ([0, 1, 0.9, 1.1, 0], 0.5, [(0, 3, 4)]),
    ([5, 1, 4, 2, 4.5, 0], 2.5, [(1, 4, 5)]),
    ([0, 1], 0.5, []),
    ([1, 1, 1], 0.5, []),
]


@pytest.mark.parametrize(("values", "height", "expected"), SWINGS)
def test_swings_are_rises_followed_by_equal_falls(values, height, expected):
    found = swings(np.array(values, dtype=float), height)

    assert [(s.valley, s.peak, s.end) for s in found] == expected


@given(arrays(float, st.integers(0, 80), elements=floats), st.floats(0.1, 1e5))
@settings(max_examples=80, deadline=None)
def test_every_swing_is_as_high_as_asked_for(values, height):
    for s in swings(values, height):
        assert s.valley < s.peak < s.end
        assert s.height >= height
        assert s.fall >= height
