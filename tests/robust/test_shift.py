"""A step up is found to the point, and told from spikes, climbs, swings and damage."""

import numpy as np
import pytest
from scipy import stats

from lossdoc import curves
from lossdoc.robust.case import Case
from lossdoc.robust.curve import Curve
from lossdoc.robust.shift import harmless_shift, level_shift, split

SEEDS = range(10)


def curve(y):
    n = len(y)
    return Curve("train_loss", np.arange(1.0, n + 1), np.asarray(y, float), np.arange(1, n + 1))


def noisy(rng, level, noise=0.2):
    return level * np.exp(noise * rng.standard_normal(len(level)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_split_of_least_squares_is_that_of_the_largest_t_statistic(seed):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(60)
    values[rng.integers(5, 55) :] += rng.uniform(0.0, 2.0)

    i = split(values)

    t = [abs(stats.ttest_ind(values[:k], values[k:]).statistic) for k in range(2, 59)]
    assert i in {1, 59, 2 + int(np.argmax(t))}
    if i not in {1, 59}:
        assert abs(stats.ttest_ind(values[:i], values[i:]).statistic) == pytest.approx(max(t))


def test_a_step_without_noise_is_split_where_it_is():
    assert split(np.array([1.0, 1.0, 1.0, 4.0, 4.0])) == 3


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_values_are_not_split(n):
    assert split(np.ones(n)) == 0


@pytest.mark.parametrize(("n", "noise"), [(60, 0.1), (400, 0.2), (30_000, 0.2)])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_step_of_a_noisy_descent_is_found_to_the_point(seed, n, noise):
    rng = np.random.default_rng(seed)
    level = curves.learning(n, 2.0, 0.1)
    place = int(rng.integers(0.3 * n, 0.6 * n))
    level[place:] *= 4.0

    found = level_shift(curve(noisy(rng, level, noise)))

    assert abs(found.i - place) <= 1
    assert found.after / found.before == pytest.approx(4.0, rel=0.35)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "change",
    [
        lambda t: 1 + 3.0 * (t > 0.5) * np.exp(-(t - 0.5) / 0.01),
        lambda t: 1 + 3.0 * np.clip((t - 0.4) / 0.2, 0, 1),
        lambda t: 1 + 1.5 * (np.sin(t * 30) > 0),
        lambda t: np.ones(len(t)),
    ],
    ids=["spike", "climb", "swings", "nothing"],
)
def test_what_is_no_single_step_is_none(change, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(400) / 400
    level = curves.learning(400, 2.0, 0.3) * change(t)

    assert level_shift(curve(noisy(rng, level, 0.05))) is None


def stepping(val_after, *, back=1.0, rate=None):
    """Loss of 0.3 that steps up to 1.2 and comes back to ``back``; validation comes to ``val_after``."""
    rng = np.random.default_rng(0)
    level = np.concatenate((np.geomspace(2.0, 0.3, 200), np.linspace(1.2, back, 200)))
    columns = {"train_loss": noisy(rng, level, 0.05)}
    if val_after is not None:
        columns["val_loss"] = np.concatenate(
            (np.geomspace(2.0, 0.6, 200), np.linspace(0.6, val_after, 200))
        )
    if rate is not None:
        columns["lr"] = rate
    return Case(curves.build(columns, every=20))


def test_the_validation_loss_tells_whether_a_step_is_harmless():
    assert harmless_shift(stepping(0.4)).i == 200
    assert harmless_shift(stepping(0.9)) is None


def test_without_a_validation_loss_half_of_the_step_must_be_made_good():
    assert harmless_shift(stepping(None, back=0.5)).i == 200
    assert harmless_shift(stepping(None, back=1.0)) is None


@pytest.mark.parametrize(
    ("level", "drift", "harmless"),
    [(0.8, 0.0, True), (1.6, 0.0, False), (0.8, 0.8, False)],
    ids=["far below the start", "near the start", "goes on climbing"],
)
def test_without_a_validation_loss_a_level_may_be_at_rest_at_once(level, drift, harmless):
    rng = np.random.default_rng(0)
    loss = np.concatenate((np.geomspace(2.0, 0.3, 200), level + drift * np.linspace(0, 1, 200)))
    case = Case(curves.build({"train_loss": noisy(rng, loss, 0.05)}))

    assert (harmless_shift(case) is not None) is harmless


def test_where_the_beginning_is_lost_the_validation_loss_tells_how_high_is_high():
    case = stepping(0.4)
    late = {name: case.run[name].values for name in ("train_loss", "val_loss")}
    train = late["train_loss"][190:]  # begins at 0.33 and steps up to 1.2
    val = np.repeat(late["val_loss"], 20)[190:400]

    assert harmless_shift(Case(curves.build({"train_loss": train, "val_loss": val}))) is None
    assert (
        harmless_shift(Case(curves.build({"train_loss": train, "val_loss": 2 * val}))) is not None
    )


def test_a_rate_that_rises_there_explains_a_step():
    rate = np.concatenate((np.full(199, 1e-3), np.full(201, 1e-2)))

    assert harmless_shift(stepping(0.4, rate=rate)) is None


def test_a_step_above_the_start_is_not_harmless():
    case = stepping(0.4)
    case.train.y[200:] *= 10.0

    assert level_shift(case.train) is not None
    assert harmless_shift(case) is None
