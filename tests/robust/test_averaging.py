"""Losses that went through a mean before they were logged are told from raw and from smooth ones."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.model import Channel, Series
from lossdoc.robust.averaging import averaged
from lossdoc.robust.case import Case
from lossdoc.robust.curve import Curve

SEEDS = range(5)


def raw(seed, n=1200):
    return curves.noisy(np.random.default_rng(seed), curves.learning(n, 2.5, 0.3), 0.1)


def curve(values):
    steps = np.arange(1, len(values) + 1)
    made = Curve.of(Series(Channel.TRAIN_LOSS, "loss", steps.astype(float), values, steps))
    assert made is not None
    return made


def exponential(values, factor):
    out = values.copy()
    for i in range(1, len(out)):
        out[i] = factor * out[i - 1] + (1 - factor) * values[i]
    return out


def running(values, width):
    sums = np.cumsum(np.concatenate(([0.0], values)))
    return np.concatenate((values[: width - 1], (sums[width:] - sums[:-width]) / width))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("width", [8, 20, 50])
def test_the_width_of_a_running_mean(seed, width):
    mean = averaged(curve(running(raw(seed), width)))

    assert mean is not None
    assert 0.5 * width <= mean.points <= 1.5 * width


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("factor", [0.9, 0.95])
def test_an_exponential_mean_is_told_a_little_narrow(seed, factor):
    mean = averaged(curve(exponential(raw(seed), factor)))

    assert mean is not None
    assert 0.25 <= mean.points * (1 - factor) / (1 + factor) <= 1.5


@pytest.mark.parametrize("seed", SEEDS)
def test_raw_losses_have_no_width(seed):
    values = raw(seed)

    assert averaged(curve(values)) is None
    assert averaged(curve(values[::5])) is None
    assert averaged(curve(values.reshape(-1, 5).mean(axis=1))) is None


def test_a_smooth_curve_was_not_averaged():
    level = curves.learning(1200, 2.5, 0.3)

    assert averaged(curve(level)) is None
    assert averaged(curve(level + 0.02 * np.sin(np.arange(1200) / 30))) is None


def test_a_loss_that_blew_up_has_a_memory_of_its_own():
    walk = np.cumsum(np.random.default_rng(0).normal(size=600))

    assert averaged(curve(walk - walk.min() + 1.0 + np.linspace(0, 60, 600))) is None


def test_too_few_points_tell_nothing():
    assert averaged(curve(running(raw(0), 20)[:99])) is None


def test_epoch_means_are_not_asked():
    run = curves.build({"train_loss": running(raw(0), 20)}, axis="epoch")

    assert Case(run).averaged is None
