"""Sharpness against exact Hessians, and against what gradient descent does with it."""

import numpy as np
import pytest
import torch

from lossdoc.trainer import objective
from lossdoc.trainer.batch import prepared, run_batch
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.hessian import largest_eigenvalues, sharpness
from lossdoc.trainer.models import MLP
from lossdoc.trainer.scenarios import SCENARIOS, Scenario
from lossdoc.trainer.tasks import LeastSquares, Mixture, Teacher

torch.set_num_threads(1)

CPU = torch.device("cpu")

LINEAR = TrainConfig(
    task=LeastSquares(dimensions=6, n_train=64), model=MLP(depth=0), batch_size=None
)


def exact_eigenvalues(training):
    """Spectrum of each run's Hessian by torch.autograd, rising: one array per run."""
    network, problem = training.network, training.configs[0].task.problem
    spectra = []
    for n in range(len(training.configs)):
        x, y = training.batches.everything.x[n], training.batches.everything.y[n]

        def loss(row, x=x, y=y):
            params = {name: v[0] for name, v in training.layout.views(row[None]).items()}
            output, _ = network.forward(params, x, ())
            return objective.loss(problem, output, y, torch.zeros((), dtype=row.dtype))

        matrix = torch.autograd.functional.hessian(loss, training.state["weights"][n])
        spectra.append(torch.linalg.eigvalsh(matrix).numpy())
    return spectra


class TestSharpness:
    @pytest.mark.parametrize("condition", [1.0, 10.0, 1000.0])
    def test_of_least_squares_is_what_the_task_says(self, condition):
        config = LINEAR.replace(task=LeastSquares(condition=condition))

        assert sharpness([config]) == pytest.approx(
            [config.task.make(config.seed).facts["largest_eigenvalue"]], rel=1e-3
        )

    @pytest.mark.parametrize(
        ("task", "model"),
        [
            (Teacher(dimensions=5, units=4, n_train=60), MLP(width=6, activation="tanh")),
            (Teacher(dimensions=5, units=4, n_train=60), MLP(width=4, depth=3, activation="gelu")),
            (Mixture(n_train=60), MLP(width=3, last_gain=1.0)),
        ],
        ids=["tanh", "deep", "cross-entropy"],
    )
    def test_is_the_largest_eigenvalue_by_size(self, task, model):
        config = TrainConfig(task=task, model=model, batch_size=None)
        training = prepared([config.replace(seed=s) for s in range(3)], CPU, torch.float64)

        exact = [spectrum[np.abs(spectrum).argmax()] for spectrum in exact_eigenvalues(training)]

        assert largest_eigenvalues(training).numpy() == pytest.approx(exact, rel=0.01)

    def test_comes_in_the_order_of_the_configs_of_any_shapes(self):
        wide, narrow = (
            TrainConfig(task=Teacher(n_train=64), model=MLP(width=w, last_gain=1.0))
            for w in (32, 4)
        )
        configs = [wide, narrow, wide.replace(seed=1)]

        each = [sharpness([config])[0] for config in configs]

        assert sharpness(configs) == pytest.approx(each, rel=1e-3)
        assert len({round(value, 3) for value in each}) == 3


class TestEdge:
    @pytest.mark.parametrize(("edge", "stable"), [(0.98, True), (1.02, False)])
    def test_descent_is_stable_below_two_over_the_sharpness(self, edge, stable):
        scenario = Scenario(
            name="quadratic",
            kind="healthy",
            title="Quadratic bowl",
            config=LINEAR.replace(steps=300),
            oracle=lambda log: log["train_loss"][-1] < log["train_loss"][0],
            seen="",
            why="",
            edge=edge,
        )

        assert scenario.oracle(run_batch(scenario.configs([0]))[0]) == stable

    def test_descent_raises_the_sharpness_to_the_edge_and_stays_there(self):
        configs = SCENARIOS["edge-of-stability"].configs([0])
        training = prepared(configs, CPU)
        threshold = 2.0 / configs[0].lr
        begin = float(largest_eigenvalues(training))

        later = [float(largest_eigenvalues(training)) for _ in training.train(block=50)][1:]

        assert begin == pytest.approx(0.8 * threshold, rel=0.01)
        assert all(0.9 * threshold < value < 1.4 * threshold for value in later)
