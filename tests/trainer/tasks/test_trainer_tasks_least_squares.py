"""Linear regression whose Hessian is known."""

import numpy as np
import pytest

from lossdoc.trainer.tasks import LeastSquares


def with_bias(x):
    return np.hstack([x.astype(np.float64), np.ones((len(x), 1))])


def hessian(x):
    """Of the mean over samples of (x w - y)²."""
    x = x.astype(np.float64)
    return 2.0 * x.T @ x / len(x)


def descend(data, rate, steps, weights):
    """Full-batch gradient descent on a linear model with bias; return the training loss."""
    design, y = with_bias(data.x), data.y[:, 0].astype(np.float64)
    for _ in range(steps):
        weights = weights - rate * 2.0 * design.T @ (design @ weights - y) / len(y)
    return np.square(design @ weights - y).mean()


@pytest.mark.parametrize("condition", [1.0, 100.0, 10_000.0])
def test_the_eigenvalues_are_spaced_geometrically_from_two(condition):
    data = LeastSquares(dimensions=8, condition=condition).make(3)

    eigenvalues = np.linalg.eigvalsh(hessian(data.x))[::-1]

    assert eigenvalues == pytest.approx(2.0 * np.geomspace(1.0, 1.0 / condition, 8), rel=1e-4)
    assert data.facts["largest_eigenvalue"] == pytest.approx(eigenvalues[0], rel=1e-6)
    assert data.facts["condition"] == condition


def test_a_bias_adds_an_eigenvalue_of_two_and_changes_no_other():
    data = LeastSquares(dimensions=5).make(0)

    alone = np.linalg.eigvalsh(hessian(data.x))
    together = np.linalg.eigvalsh(hessian(with_bias(data.x)))

    assert together == pytest.approx([*alone, 2.0], rel=1e-5)


def test_validation_inputs_have_the_same_covariance():
    data = LeastSquares(dimensions=4, condition=10.0, n_val=50_000).make(0)

    assert hessian(data.x_val) == pytest.approx(hessian(data.x), abs=0.05)


def test_without_noise_gradient_descent_follows_the_formula():
    task = LeastSquares(dimensions=10, condition=100.0, noise=0.0)
    eigenvalues = 2.0 * np.geomspace(1.0, 0.01, 10)

    for steps in (0, 10, 100):
        loss = descend(task.make(1), 0.5, steps, np.zeros(11))
        assert loss == pytest.approx(((1.0 - 0.5 * eigenvalues) ** (2 * steps)).mean(), rel=1e-3)


def test_gradient_descent_is_stable_below_a_rate_of_one():
    data = LeastSquares(dimensions=5).make(0)
    start = np.full(6, 3.0)

    first = descend(data, 0.99, 0, start)

    assert descend(data, 0.99, 300, start) < first
    assert descend(data, 1.01, 300, start) > 10.0 * first


def test_the_loss_floor_is_the_minimum_of_the_training_loss():
    data = LeastSquares(dimensions=5, noise=0.3, n_train=200).make(0)
    design, y = with_bias(data.x), data.y[:, 0].astype(np.float64)

    best = np.linalg.solve(design.T @ design, design.T @ y)
    nearby = best + 0.01 * np.random.default_rng(0).standard_normal((20, 6))
    floor = data.facts["loss_floor"]

    assert floor == pytest.approx(np.square(design @ best - y).mean(), rel=1e-5)
    assert all(np.square(design @ weights - y).mean() > floor for weights in nearby)
    assert 0.0 < floor < 0.3**2 * 1.2
