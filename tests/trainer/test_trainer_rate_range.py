"""The range test: what it reads off curves made by hand, and the rates it suggests for real runs."""

import numpy as np
import pytest
import torch

from lossdoc.trainer.batch import run_batch
from lossdoc.trainer.config import Interruption, Recovery, TrainConfig
from lossdoc.trainer.models import MLP
from lossdoc.trainer.rate_range import STEPS, RateCurve, range_test, running_mean
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import Digits, LeastSquares, Mixture

torch.set_num_threads(1)

RATES = np.geomspace(1e-6, 10.0, 141)
"""Twenty rates per decade."""

PLACE = np.log10(RATES)


def curve(losses) -> RateCurve:
    """A curve whose losses have no noise: they need no smoothing."""
    losses = np.asarray(losses, dtype=np.float64)
    return RateCurve(RATES, losses, losses)


def valley(bottom: float = -2.0) -> np.ndarray:
    """Half a cosine from 2 down to 0.5 over two decades, and another one up to 4 over one."""
    down = np.clip((PLACE - bottom) / 2.0 + 1.0, 0.0, 1.0)
    up = np.clip(PLACE - bottom, 0.0, 1.0)
    return 2.0 - 0.75 * (1.0 - np.cos(np.pi * down)) + 1.75 * (1.0 - np.cos(np.pi * up))


class TestCurves:
    @pytest.mark.parametrize("bottom", [-3.0, -2.0, -1.0])
    def test_lowest_is_the_rate_at_the_bottom(self, bottom):
        made = curve(valley(bottom))

        assert made.lowest == pytest.approx(10**bottom)
        assert made.suggested == made.lowest / 4.0

    def test_steepest_is_the_rate_in_the_middle_of_the_descent(self):
        assert curve(valley()).steepest == pytest.approx(1e-3)

    def test_steepest_ignores_how_a_blow_up_comes_down(self):
        losses = valley()
        losses[-10:] = np.linspace(1000.0, 4.0, 10)

        assert curve(losses).steepest == curve(valley()).steepest

    def test_steepest_ignores_how_the_mean_settles(self):
        losses = valley()
        losses[0] = 3.0

        assert curve(losses).steepest == curve(valley()).steepest

    def test_a_loss_that_only_rises_has_its_low_at_the_first_rate(self):
        made = curve(np.linspace(1.0, 2.0, len(RATES)))

        assert made.lowest == made.steepest == RATES[0]

    def test_a_loss_that_only_falls_has_its_low_at_the_last_rate(self):
        made = curve(np.linspace(2.0, 1.0, len(RATES)))

        assert made.lowest == RATES[-1]
        assert made.onset is None

    @pytest.mark.parametrize("factor", [0.01, 1000.0])
    def test_the_unit_of_the_loss_does_not_matter(self, factor):
        made, scaled = curve(valley()), curve(factor * valley())

        assert (scaled.lowest, scaled.steepest) == (made.lowest, made.steepest)
        assert scaled.onset == made.onset


class TestOnset:
    def test_the_first_rate_of_those_that_stay_half_above_the_low(self):
        losses = np.where(PLACE < -1.0, 1.0, 2.0)

        assert curve(losses).onset == pytest.approx(RATES[PLACE >= -1.0][0])

    def test_a_rise_that_comes_back_is_none(self):
        losses = np.where((PLACE > -3.0) & (PLACE < -2.0), 5.0, 1.0)

        assert curve(losses).onset is None

    def test_less_than_half_above_the_low_is_none(self):
        assert curve(np.where(PLACE < -1.0, 1.0, 1.4)).onset is None

    def test_noise_about_a_tiny_loss_is_none(self):
        losses = np.where(PLACE < -4.0, 2.0, 0.001)
        losses[-20:] *= 30.0

        assert curve(losses).onset is None

    @pytest.mark.parametrize("ending", [np.nan, np.inf])
    def test_what_is_not_finite_has_blown_up(self, ending):
        losses = np.where(PLACE < -1.0, 2.0 - 0.1 * PLACE, ending)
        made = curve(losses)

        assert made.onset == pytest.approx(RATES[PLACE >= -1.0][0])
        assert made.lowest < made.onset
        assert made.steepest < made.onset

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_run_that_is_never_finite_blew_up_at_the_first_rate(self, value):
        made = curve(np.full(len(RATES), value))

        assert made.onset == made.lowest == made.steepest == RATES[0]


class TestRunningMean:
    def test_a_constant_stays_one_from_the_first_value_on(self):
        np.testing.assert_allclose(running_mean(np.full(30, 7.0)), 7.0)

    def test_weights_fall_by_the_decay(self):
        means = running_mean(np.array([1.0, 0.0, 0.0]), decay=0.5)

        np.testing.assert_allclose(means, [1.0, 1 / 3, 1 / 7])

    def test_it_does_not_come_back_from_what_is_not_finite(self):
        means = running_mean(np.array([1.0, np.nan, 1.0]))

        assert np.isnan(means[1:]).all()


DIGITS = TrainConfig(task=Digits(), steps=300, schedule=Cosine(), eval_every=50)
RUNS = {
    "momentum": DIGITS.replace(momentum=0.9),
    "adam": DIGITS.replace(optimizer="adam"),
    "adagrad": DIGITS.replace(optimizer="adagrad"),
    "mixture": DIGITS.replace(task=Mixture()),
}
GRID = tuple(10.0 ** (k / 2) for k in range(-8, 2))


class TestRealRuns:
    @pytest.mark.parametrize("name", RUNS)
    def test_the_suggested_rate_is_nearly_as_good_as_the_best_of_a_grid(self, name):
        config = RUNS[name]
        suggested = range_test(config).suggested
        tried = [suggested, *GRID]
        ends = [log["val_loss"][-1] for log in run_batch([config.replace(lr=r) for r in tried])]

        assert ends[0] < 1.3 * np.nanmin(ends[1:])
        assert np.nanmax(ends[1:]) > 3.0 * ends[0]

    def test_gradient_descent_on_a_quadratic_blows_up_past_its_edge(self):
        """The loss needs some steps past the largest stable rate, 1, to be seen to grow."""
        config = TrainConfig(task=LeastSquares(), model=MLP(depth=0), batch_size=None)
        found = range_test(config)

        assert 1.0 < found.onset < 5.0
        assert found.suggested < 1.0

    def test_the_ramp_goes_from_the_lowest_to_the_highest_rate_by_one_factor(self):
        found = range_test(RUNS["mixture"], lowest=1e-4, highest=1.0, steps=50)

        assert len(found.rates) == len(found.losses) == len(found.smooth) == 50
        assert found.rates[[0, -1]] == pytest.approx([1e-4, 1.0])
        assert np.diff(np.log(found.rates)) == pytest.approx(np.log(1e4) / 49, rel=1e-3)

    def test_every_step_counts_and_nothing_holds_the_loss_back(self):
        plain = RUNS["momentum"]
        held = plain.replace(
            log_every=10,
            warmup_steps=50,
            recovery=Recovery(),
            early_stopping=1,
            interruption=Interruption(after=100, checkpoint=50),
        )

        found = range_test(held)

        assert len(found.losses) == STEPS
        np.testing.assert_array_equal(found.losses, range_test(plain).losses)
