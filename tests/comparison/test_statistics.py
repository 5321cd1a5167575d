"""The interval of a difference between two small samples."""

import math

import numpy as np
import pytest
from scipy import stats

from lossdoc.comparison.statistics import contrast, quantile


@pytest.mark.parametrize("degrees", [1, 4, 30, 31, 1000])
def test_the_quantile_is_that_of_student_and_never_less(degrees):
    exact = stats.t.ppf(0.995, degrees)

    assert exact - 1e-3 <= quantile(degrees) <= 1.07 * exact


def test_the_interval_is_that_of_the_pooled_t_test():
    random = np.random.default_rng(1)
    a, b = random.normal(0, 1, 4), random.normal(1, 1, 3)
    found = contrast(list(a), list(b))
    exact = stats.ttest_ind(b, a).confidence_interval(0.99)

    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-3)


def test_one_value_each_has_no_noise():
    found = contrast([1.0], [2.0])

    assert not found.known
    assert math.isnan(found.effect)


def test_copies_of_one_run_have_the_noise_within_the_run():
    found = contrast([1.0, 1.0], [1.01, 1.01], least_noise=0.1)

    assert found.noise == 0.1
    assert found.low < 0 < found.high


def test_at_most_one_in_two_hundred_pairs_of_one_distribution_looks_worse():
    random = np.random.default_rng(0)
    worse = sum(contrast(*random.normal(0, 1, (2, 3))).low > 0 for _ in range(4000))

    assert worse / 4000 < 0.01
