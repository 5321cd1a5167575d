"""The outlook of curves whose future is known."""

import time

import numpy as np
import pytest

from lossdoc.robust import extrapolate


def exponential(t):
    return 0.3 + 2.0 * np.exp(-t / 0.4)


def power(t):
    return 1.0 + 1.2 * (1.0 + t / 0.1) ** -0.7


def sampled(law, n, noise, seed=0):
    t = np.arange(1, n + 1) / n
    return t, law(t) + noise * np.random.default_rng(seed).standard_normal(n)


def gain(law):
    return float(law(1.0) - law(2.0))


class TestKnownLaws:
    @pytest.mark.parametrize(("law", "name"), [(exponential, "exponential"), (power, "power law")])
    def test_finds_the_law_and_its_gain(self, law, name):
        outlook = extrapolate(*sampled(law, 2000, 0.005))

        assert outlook.law == name
        assert outlook.gain == pytest.approx(gain(law), rel=0.1)

    @pytest.mark.parametrize("law", [exponential, power])
    @pytest.mark.parametrize("n", [40, 400])
    def test_the_interval_holds_the_gain_four_times_in_five(self, law, n):
        outlooks = [extrapolate(*sampled(law, n, 0.05, seed)) for seed in range(60)]
        held = [o.low <= gain(law) <= o.high for o in outlooks]

        assert 0.65 <= np.mean(held) <= 0.95

    def test_more_noise_makes_the_interval_wider(self):
        quiet, loud = (extrapolate(*sampled(power, 400, noise)) for noise in (0.005, 0.1))

        assert loud.high - loud.low > 3 * (quiet.high - quiet.low)

    def test_a_straight_line_goes_on(self):
        outlook = extrapolate(*sampled(lambda t: 2.4 - 0.3 * t, 400, 0.005))

        assert outlook.gain == pytest.approx(0.3, rel=0.1)
        assert outlook.low <= 0.3 <= 1.05 * outlook.high

    def test_what_has_converged_has_little_to_gain(self):
        outlook = extrapolate(*sampled(lambda t: 0.3 + np.exp(-t / 0.05), 400, 0.01))

        assert outlook.high < 0.02


class TestKindsOfLogs:
    def test_the_unit_of_the_loss_does_not_matter(self):
        t, y = sampled(power, 400, 0.02)
        one, thousand = extrapolate(t, y), extrapolate(t, 1000 * y)

        assert thousand[1:] == pytest.approx([1000 * value for value in one[1:]], rel=1e-6)

    def test_negative_losses_fall_alike(self):
        t, y = sampled(power, 400, 0.02)

        assert extrapolate(t, y - 50.0).gain == pytest.approx(extrapolate(t, y).gain, rel=1e-6)

    def test_a_positive_loss_stays_positive(self):
        t, y = sampled(lambda t: 1.05 - t, 400, 0.002)

        assert extrapolate(t, y).high < 0.1

    def test_irregular_rows_have_the_same_future(self):
        t = np.sort(np.random.default_rng(1).uniform(0, 1, 500) ** 2)
        t[-1] = 1.0
        y = power(t) + 0.01 * np.random.default_rng(2).standard_normal(500)

        assert extrapolate(t, y).gain == pytest.approx(gain(power), rel=0.25)

    def test_means_of_ten_rows_have_the_same_future(self):
        t, y = (a.reshape(-1, 10).mean(axis=1) for a in sampled(power, 1000, 0.02))

        assert extrapolate(t, y).gain == pytest.approx(gain(power), rel=0.35)

    def test_a_tenth_of_wild_points_does_not_matter(self):
        t, y = sampled(exponential, 400, 0.01)
        y[::10] += 1e3

        assert extrapolate(t, y).gain == pytest.approx(gain(exponential), rel=0.2)


class TestWhatIsNotTold:
    def test_few_points(self):
        assert extrapolate(*sampled(power, 39, 0.01)) is None

    @pytest.mark.parametrize(
        "y", [np.linspace(1, 2, 100), np.full(100, 2.0)], ids=["rising", "constant"]
    )
    def test_what_does_not_fall(self, y):
        assert extrapolate(np.arange(1, 101) / 100, y) is None


def test_the_same_curve_has_the_same_outlook():
    t, y = sampled(power, 300, 0.1)

    assert extrapolate(t, y) == extrapolate(t, y)


def test_a_long_log_takes_a_moment():
    t, y = sampled(power, 1_000_000, 0.1)
    begin = time.process_time()
    extrapolate(t, y)

    assert time.process_time() - begin < 1.0
