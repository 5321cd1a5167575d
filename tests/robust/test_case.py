"""Curves and schedules as the rules see them."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.model import Channel, Series
from lossdoc.robust.case import Case, Rate
from lossdoc.robust.curve import Curve
from lossdoc.robust.restarts import value_restart


def curve(values, steps=None) -> Curve:
    values = np.asarray(values, dtype=float)
    steps = np.arange(1, len(values) + 1) if steps is None else np.asarray(steps)
    series = Series(
        Channel.TRAIN_LOSS, "loss", steps.astype(float), values, np.arange(1, len(values) + 1)
    )
    made = Curve.of(series)
    assert made is not None
    return made


class TestCurve:
    def test_non_finite_points_are_left_out(self):
        c = curve([3, np.nan, 2, np.inf, 1])

        assert list(c.y) == [3, 2, 1]
        assert list(c.x) == [1, 3, 5]

    def test_all_nan_is_no_curve(self):
        series = Series(
            Channel.TRAIN_LOSS, "loss", np.arange(2.0), np.full(2, np.nan), np.arange(1, 3)
        )

        assert Curve.of(series) is None

    def test_the_start_of_a_quiet_curve_is_its_first_value(self):
        assert curve(np.linspace(9, 1, 50)).start == 9.0

    def test_the_start_of_a_noisy_curve_is_a_median(self):
        values = 2 + np.random.default_rng(0).normal(0, 0.5, 100)
        values[0] = 4.0

        assert curve(values).start < 3.0

    def test_an_evaluation_before_the_first_step_is_the_start_where_it_agrees(self):
        c = curve([2.0, 1.0, 0.5])
        assert Curve("loss", c.x, c.y, c.rows, start_hint=2.3).start == 2.3
        assert Curve("loss", c.x, c.y, c.rows, start_hint=50.0).start == 2.0

    def test_a_summary_row_at_the_end_is_dropped(self):
        falling = list(np.linspace(2.0, 1.0, 30))

        assert curve([*falling, 1.9]).n == 30
        assert curve([*falling, 0.97]).n == 31

    def test_a_blow_up_at_the_end_is_no_summary_row(self):
        assert curve([*np.linspace(2.0, 1.0, 30), 500.0]).n == 31

    @pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
    def test_rise_does_not_depend_on_the_scale_of_the_loss(self, scale):
        values = scale * np.concatenate((np.linspace(3, 1, 80), np.linspace(1, 2, 80)))

        assert curve(values).rise == pytest.approx(0.5, abs=0.05)


class TestRate:
    def test_a_cosine_has_no_rebound(self):
        y = curves.cosine(200)
        assert Rate(np.arange(200.0), y).rebounds == ()

    def test_a_wrapped_cosine_has_one(self):
        t = np.arange(400.0)
        rate = Rate(t, 0.5e-3 * (1 + np.cos(2 * np.pi * t / 400)))
        (rebound,) = rate.rebounds

        assert rebound.x == pytest.approx(200, abs=2)
        assert rebound.high == pytest.approx(1e-3, rel=0.01)

    def test_restarts_are_counted(self):
        t = np.arange(400.0)
        rate = Rate(t, 1e-3 * (0.5 + 0.5 * np.cos(np.pi * ((t / 100) % 1.0))) + 1e-9)

        assert len(rate.rebounds) == 3

    def test_the_rate_in_force_is_the_last_one_logged(self):
        rate = Rate(np.array([0.0, 10.0]), np.array([1.0, 0.1]))

        assert (rate.at(-1), rate.at(5), rate.at(10), rate.at(99)) == (1.0, 1.0, 0.1, 0.1)


class TestProgressAxis:
    def test_without_a_rate_it_is_the_share_of_the_steps(self):
        case = Case(curves.build({"train_loss": np.ones(11)}))

        np.testing.assert_allclose(case.progress(np.arange(1.0, 12.0)), np.linspace(0, 1, 11))

    def test_under_a_cosine_the_last_quarter_holds_little(self):
        case = Case(curves.healthy()(0))
        axis = case.progress(np.arange(1.0, 401.0))

        assert axis[300] > 0.9
        assert axis[-1] == pytest.approx(1.0)


class TestValueRestart:
    def test_a_second_execution_on_the_same_axis_is_seen(self):
        one = curves.learning(100, 2.4, 0.3)
        two = np.concatenate((one, one)) + np.random.default_rng(0).normal(0, 0.01, 200)

        assert value_restart(curve(two)) == 100

    def test_a_spike_to_the_start_level_is_none(self):
        values = curves.learning(200, 2.4, 0.3)
        values[120:130] += np.linspace(1.9, 0.1, 10)

        assert value_restart(curve(values)) is None

    def test_a_run_that_diverges_to_its_start_is_none(self):
        values = curves.learning(200, 2.4, 0.3)
        values[120:] = 2.3

        assert value_restart(curve(values)) is None

    def test_a_schedule_that_goes_on_is_no_second_execution(self):
        one = np.concatenate((curves.learning(100, 2.4, 0.3), curves.learning(100, 2.4, 0.3)))
        ramp, twice = np.linspace(0.01, 1, 200), np.tile(curves.cosine(100), 2)
        cosine, constant = curves.cosine(200), np.full(200, 0.1)

        def again(**columns):
            return Case(curves.build({"train_loss": one, **columns})).rate_starts_again(100.0)

        assert not again(lr=ramp)
        assert not again(lr=cosine)
        assert again(lr=twice)
        assert again(lr=constant)
        assert again()
