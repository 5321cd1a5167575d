"""Intervals of rates are those of scipy."""

import pytest
import scipy.stats

from lossdoc.intervals import wilson


@pytest.mark.parametrize(("successes", "trials"), [(0, 20), (13, 20), (20, 20), (198, 200)])
def test_intervals_are_those_of_scipy(successes, trials):
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(method="wilson")

    assert wilson(successes, trials) == pytest.approx((expected.low, expected.high))
