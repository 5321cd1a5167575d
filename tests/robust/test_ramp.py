"""Rises of the rate, and what the loss says of the rates that it passes."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust.case import Case
from lossdoc.robust.ramp import ramp, reading

T = np.arange(300) / 300
GEOMETRIC = 1e-5 * 10 ** (6 * T)


def case(rates, loss=None):
    return Case(curves.build({"train_loss": np.ones(300) if loss is None else loss, "lr": rates}))


class TestRamp:
    def test_a_range_test_is_geometric_and_passes_decades(self):
        up = ramp(case(GEOMETRIC).rate)

        assert up.geometric
        assert up.decades == pytest.approx(6.0, abs=0.05)
        assert (up.x, up.x_top) == (1.0, 300.0)

    def test_a_warm_up_is_a_line_though_it_begins_at_zero(self):
        up = ramp(case(np.minimum(T / 0.2, 1.0)).rate)

        assert not up.geometric
        assert up.x == 2.0
        assert up.x_top == pytest.approx(61.0, abs=1)

    @pytest.mark.parametrize(
        "rates",
        [
            np.full(300, 0.1),
            1.0 - T,
            np.where(T < 0.1, 0.5 - T, T),  # falls first
        ],
    )
    def test_what_begins_high_is_no_ramp(self, rates):
        assert ramp(case(rates).rate) is None


class TestReading:
    def loss(self, low, floor=0.4):
        """Lowest at a share ``low`` of the ramp, and worse than at the start from there on."""
        down = floor + 1.9 / (1 + np.exp((T - 0.7 * low) / 0.03))
        return down + 20.0 * np.clip(T - low, 0, 1)

    def test_reads_the_rate_at_the_lowest_loss(self):
        one = case(GEOMETRIC, self.loss(0.6))
        read = reading(one, one.train, 300.0)

        assert read.x == pytest.approx(180, abs=12)
        assert read.rate == pytest.approx(1e-5 * 10**3.6, rel=0.8)
        assert read.peak == read.rate / 4
        assert not read.open

    def test_a_loss_that_is_lowest_at_the_end_leaves_the_rate_open(self):
        one = case(GEOMETRIC, self.loss(1.0))

        assert reading(one, one.train, 300.0).open

    def test_a_loss_that_did_not_fall_tells_no_rate(self):
        one = case(GEOMETRIC, 2.3 + 0.0 * T)

        assert reading(one, one.train, 300.0) is None

    def test_a_rate_that_had_stopped_rising_long_before_is_no_test(self):
        one = case(np.minimum(T / 0.1, 1.0), self.loss(0.6))

        assert reading(one, one.train, 300.0) is None
