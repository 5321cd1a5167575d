"""The stability bound against gradient descent on quadratics whose curvature is known."""

import numpy as np
import pytest

from lossdoc.robust import largest_stable_rate

CURVATURES = np.array([0.1, 0.5, 1.0, 4.0])
"""The steepest direction allows rates below 2 (1 + momentum) / 4."""


def descend(rate, momentum=0.0, n=40):
    """Loss of heavy-ball gradient descent on a quadratic bowl, from step 1 on."""
    weights, velocity, losses = np.ones(4), np.zeros(4), []
    for _ in range(n):
        losses.append(0.5 * float(CURVATURES @ weights**2))
        velocity = momentum * velocity - rate * CURVATURES * weights
        weights = weights + velocity
    return np.arange(1.0, n + 1), np.array(losses)


@pytest.mark.parametrize("rate", [0.6, 0.8, 1.5, 5.0])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_finds_the_limit_of_a_quadratic_within_a_tenth(rate, momentum):
    limit = 2 * (1 + momentum) / CURVATURES.max()
    rate = rate * (1 + momentum)

    found = largest_stable_rate(*descend(rate, momentum), rate, momentum)

    assert found == pytest.approx(limit, rel=0.1)


def test_half_of_the_bound_is_the_fastest_rate_of_the_steepest_direction():
    bound = largest_stable_rate(*descend(2.0), 2.0)

    assert 0.5 * bound == pytest.approx(1 / CURVATURES.max(), rel=1e-3)


def test_a_healthy_beginning_is_passed_over():
    _, losses = descend(0.8)
    before = np.geomspace(50.0, losses[0] * 1.01, 30)
    joined = np.concatenate((before, losses))

    assert largest_stable_rate(np.arange(70.0), joined, 0.8) == pytest.approx(0.5, rel=0.1)


def test_overflow_ends_the_rise():
    steps, losses = descend(0.8)
    losses[30:] = np.inf

    assert largest_stable_rate(steps, losses, 0.8) == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize(
    "losses",
    [
        [5.0, 4.0, 3.0, 2.0, 1.0],
        [1.0, 2.0, 4.0],
        [1.0, 2.0, 1.0, 2.0, 1.0, 2.0],
        [1.0, 1.001, 1.002, 1.003, 1.004, 1.005],
        [1.0, 1.01, 1.02, 9.0, 9.01, 9.02, 900.0],
        [-1.0, -2.0, -4.0, -8.0, -16.0],
        [np.nan] * 6,
        [],
    ],
    ids=["falls", "short", "swings", "creeps", "leaps", "negative", "nan", "empty"],
)
def test_nothing_is_told_without_steady_growth(losses):
    values = np.array(losses)

    assert largest_stable_rate(np.arange(float(len(values))), values, 0.1) is None


def test_growth_between_sparse_rows_is_no_growth_per_step():
    steps, losses = descend(0.8)

    assert largest_stable_rate(steps[::5], losses[::5], 0.8) is None
