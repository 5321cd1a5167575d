"""Periods of a loss: found where it repeats itself, and in points even where epochs are not whole."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust import periodicity
from lossdoc.robust.case import Case

N = 600


def case(pattern=(), *, noise=0.05, points=None, seed=0):
    """A run whose loss repeats a pattern; one epoch lasts ``points`` steps where that is given."""
    rng = np.random.default_rng(seed)
    level = curves.learning(N, 2.5, 0.3)
    if len(pattern):
        level = level * (1 + np.asarray(pattern)[np.arange(N) % len(pattern)])
    columns = {"train_loss": curves.noisy(rng, level, noise)}
    if points:
        columns["epoch"] = (np.arange(N) + 1) / points
    return Case(curves.build(columns))


SAW = np.linspace(0.3, -0.3, 25)


@pytest.mark.parametrize("seed", range(5))
def test_a_fixed_order_of_the_data_has_a_period(seed):
    found = periodicity.period(case(SAW, seed=seed).train)

    assert found is not None
    assert found.points == 25
    assert periodicity.period(case(seed=seed).train) is None


def test_of_a_period_and_its_multiples_the_shortest_counts():
    found = periodicity.period(case(SAW, noise=0.001).train)

    assert found is not None
    assert found.points == 25
    assert min(found.once, found.twice) > 0.7


def test_a_slow_decay_of_memory_is_no_period():
    walk = np.cumsum(np.random.default_rng(1).normal(size=N))
    run = curves.build({"train_loss": 50 + walk})

    assert periodicity.period(Case(run).train) is None


def test_the_period_of_an_epoch_is_sought_there_alone():
    with_epochs = case(SAW, points=25)
    other = case(SAW, points=40)

    assert periodicity.points_in_an_epoch(with_epochs, with_epochs.train) == pytest.approx(25)
    assert periodicity.epoch_period(with_epochs, with_epochs.train).points == pytest.approx(25)
    assert periodicity.epoch_period(other, other.train) is None


def test_an_epoch_need_not_be_a_whole_number_of_points():
    steps = np.arange(1, N + 1)
    epoch = steps / 16.4
    level = curves.learning(N, 2.5, 0.3) * (1.2 - 0.4 * (epoch % 1))
    run = curves.build({"train_loss": level, "epoch": epoch})

    found = periodicity.epoch_period(Case(run), Case(run).train)

    assert found is not None
    assert found.points == pytest.approx(16.4)


def test_stairs_that_a_median_would_follow_are_found():
    stairs = 2.0 - 0.05 * (np.arange(N) // 60)
    run = curves.build({"train_loss": stairs, "epoch": np.arange(N) / 60})

    assert periodicity.period(Case(run).train) is None
    assert periodicity.epoch_period(Case(run), Case(run).train).once > 0.5


def test_without_epochs_or_with_an_epoch_axis_there_is_no_epoch_period():
    plain = case(SAW)
    by_epoch = Case(curves.build({"train_loss": plain.train.y}, axis="epoch"))

    for one in (plain, by_epoch):
        assert periodicity.steps_in_an_epoch(one) is None
        assert periodicity.epoch_period(one, one.train) is None
    assert periodicity.repeats(plain, plain.train)


def test_a_handful_of_points_has_no_period():
    run = curves.build({"train_loss": np.tile([1.0, 2.0], 10)})

    assert periodicity.period(Case(run).train) is None
