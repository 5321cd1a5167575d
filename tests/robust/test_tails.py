"""How far noise reaches in a long run: checked against simulated noise of known tails."""

import numpy as np
import pytest
from scipy import stats

from lossdoc.robust.tails import USUAL_LENGTH, heights, reach

NOISE = {
    "normal": stats.norm(),
    "laplace": stats.laplace(),
    "lognormal": stats.lognorm(0.5),
    "student-4": stats.t(4),
    "student-2.5": stats.t(2.5),
}


def draw(name, n, seed):
    return NOISE[name].rvs(n, random_state=np.random.default_rng(seed))


@pytest.mark.parametrize("name", NOISE)
def test_a_long_run_crosses_its_limit_no_more_often_than_a_short_one(name):
    limit = NOISE[name].isf(0.05 / USUAL_LENGTH)
    n, runs = 20_000, 40
    crossed = 0
    for seed in range(runs):
        values = draw(name, n, seed)
        crossed += values.max() >= limit * reach(values)
    assert crossed / runs <= 0.15


@pytest.mark.parametrize("name", NOISE)
def test_without_it_long_runs_would_cross_the_limit(name):
    limit = NOISE[name].isf(0.05 / USUAL_LENGTH)
    crossed = sum(draw(name, 20_000, seed).max() >= limit for seed in range(40))
    assert crossed / 40 >= 0.4


def test_the_reach_of_a_power_law_is_its_length_to_the_index():
    values = stats.pareto(3.0).rvs(100_000, random_state=np.random.default_rng(0))
    assert reach(values) == pytest.approx(100 ** (1 / 3), rel=0.4)


def test_runs_of_usual_length_are_judged_as_they_are():
    assert reach(draw("student-4", USUAL_LENGTH, 0)) == 1.0
    assert reach(np.empty(0)) == 1.0
    assert reach(np.zeros(5000)) == 1.0
    assert reach(np.full(5000, np.nan)) == 1.0


def test_the_spikes_that_are_looked_for_do_not_raise_the_limit():
    values = draw("normal", 10_000, 1)
    spiked = values.copy()
    spiked[[2000, 5000, 8000]] = 1e3
    spiked[6000:6030] = 500.0
    assert reach(spiked) == pytest.approx(reach(values), rel=0.1)


def test_heights_are_in_units_of_the_noise_before():
    rng = np.random.default_rng(2)
    values = 3.0 + 0.1 * rng.normal(size=2000)
    values[1500] += 1.0
    found = heights(values, 100)
    assert np.argmax(np.nan_to_num(found)) == 1500
    assert found[1500] == pytest.approx(10.0, rel=0.35)
    assert np.nanstd(found[200:1400]) == pytest.approx(1.0, rel=0.2)


def test_heights_of_a_constant_are_nothing():
    assert np.nanmax(np.abs(heights(np.ones(100), 20, floor=0.1))) == 0.0
