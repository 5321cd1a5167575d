"""Spikes and bumps: where they begin and end, and what is none."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust import spikes
from lossdoc.robust.case import Case


def curve(change=None, n: int = 400, noise: float = 0.05):
    values = curves.noisy(np.random.default_rng(3), curves.learning(n, 2.5, 0.3), noise)
    if change is not None:
        change(values)
    made = Case(curves.build({"train_loss": values})).train
    assert made is not None
    return made


def test_a_spike_is_found_where_it_begins_and_ends():
    def jump(values):
        values[250:260] += np.linspace(3.0, 0.5, 10)

    (found,) = spikes.sharp(curve(jump))

    assert found.start == found.peak == 250
    assert found.stop == pytest.approx(260, abs=2)
    assert found.recovered
    assert found.ratio == pytest.approx(3.0 / found.base, rel=0.2)


def test_one_that_does_not_come_back_runs_to_the_end():
    def step(values):
        values[250:] += 1.0

    (found,) = spikes.sharp(curve(step))

    assert (found.start, found.stop, found.recovered) == (250, 400, False)


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_batch_noise_is_no_spike(noise):
    c = curve(noise=noise)

    assert spikes.sharp(c) == []
    assert spikes.bumps(c) == []


def test_a_fall_is_no_spike():
    def drop(values):
        values[250:] *= 0.3

    assert spikes.sharp(curve(drop)) == []


def test_a_slow_rise_is_no_spike_but_a_bump():
    def hill(values):
        values[200:240] += 1.5 * np.sin(np.linspace(0, np.pi, 40))

    c = curve(hill, noise=0.02)
    (found,) = spikes.bumps(c)

    assert spikes.sharp(c) == []
    assert 195 <= found.start <= 205
    assert 215 <= found.peak <= 225
    assert found.height == pytest.approx(1.5, rel=0.1)


def test_spikes_at_the_start_do_not_count():
    def early(values):
        values[10] += 5.0

    assert spikes.sharp(curve(early)) == []


def test_overlapping_findings_are_merged():
    one = spikes.Spike(10, 11, 20, 1.0, 1.0, recovered=True)
    inside = spikes.Spike(15, 16, 18, 1.0, 0.5, recovered=True)
    after = spikes.Spike(30, 31, 32, 1.0, 0.5, recovered=True)

    assert spikes.merged([one], [inside, after]) == [one, after]


@pytest.mark.parametrize("n", [60, 150, 400, 1500])
def test_losses_of_single_samples_have_no_bumps(n):
    """Squared errors of one sample each, chi-squared of one degree, over many decades."""
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        level = 0.2 + np.exp(-np.arange(n) / (n / 8))
        made = Case(curves.build({"train_loss": level * rng.chisquare(1, n)})).train
        found += bool(spikes.bumps(made)) + bool(spikes.sharp(made))

    assert found <= 2
