"""A validation loss that never settles is told from one that is noisy, calm, learned or risen."""

import numpy as np
import pytest
from scipy import stats

from lossdoc import curves
from lossdoc.robust.case import Case
from lossdoc.robust.unsettled import train_noise, turning_points, unsettled

SEEDS = range(10)
K = 51


def case(
    seed, *, moves=0.3, until=K, together=True, floor=0.3, rise=0.0, rate=None, batch_noise=0.7
):
    """500 steps and 51 evaluations of a run that learns, and then moves up and down.

    Parameters
    ----------
    moves
        Standard deviation of the logarithm of the validation loss, up to evaluation ``until``.
    together
        Whether the training loss moves as well.
    rise
        By which the logarithm of the validation loss rises over the second half.
    """
    rng = np.random.default_rng(seed)
    level = curves.learning(10 * K, 2.3, floor, 0.05)
    moved = moves * rng.standard_normal(K)
    moved[:5] = moved[until:] = 0.0
    train = level * np.exp(batch_noise * rng.standard_normal(10 * K))
    if together:
        train *= np.repeat(np.exp(moved), 10)
    trend = np.exp(rise * np.clip(np.linspace(-1, 1, K), 0, None))
    val = level[9::10] * np.exp(moved) * trend
    columns = {"train_loss": train, "val_loss": np.repeat(val, 10)}
    columns["lr"] = np.full(10 * K, 0.5) if rate is None else rate
    return Case(curves.build(columns, every=10))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_never_settles_is_measured(seed):
    found = unsettled(case(seed))

    assert found.seconded
    assert 0.15 < found.noise < 0.6
    assert 1.25 < found.factor < 3.0
    assert found.above > 1.25
    assert len(found.swings) >= 5
    assert found.swings[0].valley >= K // 3 - 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "settings",
    [
        {"moves": 0.03},
        {"until": 25},
        {"floor": 0.001},
        {"rise": 3.0, "moves": 0.15},
    ],
    ids=["calm", "settles", "learned", "rises"],
)
def test_what_is_something_else_is_none(settings, seed):
    assert unsettled(case(seed, **settings)) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_of_the_evaluation_alone_is_not_seconded_by_the_training_loss(seed):
    found = unsettled(case(seed, together=False, batch_noise=0.05))

    assert found.train_noise < 0.1 * found.noise
    assert not found.seconded


@pytest.mark.parametrize("seed", SEEDS)
def test_what_still_swings_when_the_rate_has_gone_is_the_evaluation(seed):
    found = unsettled(case(seed, rate=curves.cosine(10 * K) ** 2))

    assert found.calm_rate
    assert not found.seconded


def test_the_noise_of_the_training_loss_is_that_of_its_means_between_evaluations():
    """Batches vary by 0.7 in the logarithm; means of ten by about a third of that."""
    noise = [train_noise(case(seed, moves=0.0)) for seed in range(30)]

    expected = np.sqrt(np.expm1(0.7**2) / 10)
    assert np.mean(noise) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("kept", ["train_loss", "val_loss"])
def test_without_one_of_the_losses_there_is_no_such_noise(kept):
    run = case(0).run
    alone = Case(curves.build({kept: run.series[0].values}))

    assert train_noise(alone) is None


def test_turning_points_of_independent_values_are_two_thirds_and_their_score_is_standard():
    rng = np.random.default_rng(0)
    scores, shares = zip(*(turning_points(rng.random(100)) for _ in range(400)), strict=True)

    assert np.mean(shares) == pytest.approx(2 / 3, abs=0.01)
    assert stats.kstest(scores, "norm").pvalue > 1e-3


def test_every_inner_point_of_a_zig_zag_is_a_turning_point():
    score, share = turning_points(np.tile([0.0, 1.0], 50))

    assert share == 1.0
    assert score == pytest.approx((98 - 196 / 3) / np.sqrt(1571 / 90))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_values_have_no_turning_points(n):
    assert turning_points(np.zeros(n)) == (0.0, 0.0)
