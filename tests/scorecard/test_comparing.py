"""Figures of comparisons: draws without putting back, and how far a fault really lies above."""

import numpy as np
import pytest

from lossdoc import load
from lossdoc.engine import diagnose
from lossdoc.scorecard import comparing


def side(first, factor):
    made = []
    for seed in range(first, first + comparing.RUNS):
        level = factor * np.exp(0.01 * np.random.default_rng(seed).standard_normal())
        made.append(diagnose(load({"train_loss": level * np.linspace(2, 1, 60)}), rules=()))
    return made


@pytest.fixture(scope="module")
def healthy():
    return side(0, 1.0)


def test_a_fault_far_beyond_seed_noise_is_caught(healthy):
    worse = side(0, 1.3)
    found = comparing.trials("made-up", 2.0, (3, 3), healthy, worse)

    assert found.harm > comparing.HURTS
    assert found.outcomes["worse"] > 0.95 * comparing.TRIALS


def test_one_distribution_gives_hardly_any_alarm(healthy):
    found = comparing.trials("made-up", 1.0, (3, 3), healthy, healthy)

    assert found.harm == 0.0
    assert found.outcomes["worse"] <= 0.02 * comparing.TRIALS
    assert f"{'3:3':>5}" in comparing.told(found)


def test_a_rate_has_an_interval():
    assert comparing.rate("alarms", 0, 100) == "alarms: 0 of 100 (0.00%; 0.00% to 3.70%)"
    assert comparing.rate("alarms", 0, 0) == "alarms: no trials"


def test_rates_are_summed_up_for_each_number_of_runs(healthy):
    worse = side(0, 1.3)
    found = [comparing.trials("made-up", 2.0, sides, healthy, worse) for sides in ((3, 3), (8, 1))]

    three, eight = comparing.totals("hurt, worse", [*found, found[0]])

    assert three.startswith("hurt, worse, 3:3: ")
    assert f" of {2 * comparing.TRIALS} " in three
    assert eight.startswith("hurt, worse, 8:1: ")
    assert f" of {comparing.TRIALS} " in eight
