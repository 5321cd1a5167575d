"""What holds for every task."""

import json

import numpy as np
import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.tasks import (
    Adding,
    Digits,
    Intents,
    LeastSquares,
    Mixture,
    ModularAddition,
    Spirals,
    Teacher,
    Text,
)

TASKS = (
    LeastSquares(condition=50.0),
    Teacher(noise=0.2),
    Mixture(classes=4),
    Spirals(turns=2.0),
    Adding(length=7),
    Text(n_train=100),
    ModularAddition(modulus=11),
    Intents(label_noise=0.1),
    Intents(domain="general", n_train=500),
    Digits(n_train=200, label_noise=0.3),
    Digits(image=True),
)


@pytest.fixture(params=TASKS, ids=str)
def task(request):
    if isinstance(request.param, Digits):
        pytest.importorskip("sklearn")
    return request.param


def arrays(data):
    return data.x, data.y, data.x_val, data.y_val


class TestData:
    def test_the_same_seed_gives_the_same_data(self, task):
        first, second = task.make(7), task.make(7)

        assert all(map(np.array_equal, arrays(first), arrays(second)))
        assert (first.chance, first.facts) == (second.chance, second.facts)

    def test_another_seed_gives_other_data(self, task):
        first, second = task.make(7), task.make(8)

        assert not np.array_equal(first.x, second.x)
        assert not np.array_equal(first.x_val, second.x_val)

    def test_shapes_and_types_are_those_of_the_problem(self, task):
        problem, data = task.problem, task.make(0)

        for x, y in ((data.x, data.y), (data.x_val, data.y_val)):
            assert x.shape == (len(y), *problem.inputs)
            assert x.dtype == (np.int64 if problem.vocabulary else np.float32)
            if problem.loss == "squared_error":
                assert (y.shape, y.dtype) == ((len(x), problem.outputs), np.float32)
            else:
                assert y.shape == (x.shape if problem.per_token else (len(x),))
                assert y.dtype == np.int64

    def test_labels_and_tokens_are_within_range(self, task):
        problem, data = task.problem, task.make(0)

        for y in (data.y, data.y_val) if problem.loss == "cross_entropy" else ():
            assert y.min() >= 0
            assert y.max() < problem.outputs
        for x in (data.x, data.x_val) if problem.vocabulary else ():
            assert x.min() >= 0
            assert x.max() < problem.vocabulary

    def test_all_numbers_are_finite(self, task):
        assert all(np.isfinite(array).all() for array in arrays(task.make(0)))

    def test_difficulty_has_one_number_per_training_sample(self, task):
        data = task.make(0)

        if data.difficulty is not None:
            assert (data.difficulty.shape, data.difficulty.dtype) == ((len(data.x),), np.float32)

    def test_no_constant_answer_is_better_than_chance(self, task):
        problem, data = task.problem, task.make(0)
        rng = np.random.default_rng(0)

        if problem.loss == "squared_error":
            best = data.y_val.mean(axis=0)
            others = best + 0.1 * rng.standard_normal((20, problem.outputs))
            loss = lambda answer: np.square(data.y_val - answer).mean()  # noqa: E731
        else:
            best = np.bincount(data.y_val.ravel(), minlength=problem.outputs) / data.y_val.size
            others = 0.9 * best + 0.1 * rng.dirichlet(np.ones(problem.outputs), size=20)
            loss = lambda answer: -np.log(answer[data.y_val]).mean()  # noqa: E731

        assert data.chance == pytest.approx(loss(best), rel=1e-5)
        assert all(loss(other) > data.chance for other in others)


class TestSettings:
    def test_a_config_with_the_task_goes_to_json_and_back(self, task):
        config = TrainConfig(task=task)
        text = json.dumps(config.to_dict())

        assert TrainConfig.from_dict(json.loads(text)) == config

    def test_json_tells_the_kind_in_lower_case(self, task):
        assert task.to_dict()["kind"] == type(task).__name__.lower()

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            (LeastSquares, {"condition": 0.5}),
            (LeastSquares, {"dimensions": 20, "n_train": 20}),
            (Teacher, {"noise": -0.1}),
            (Mixture, {"classes": 1}),
            (Mixture, {"spread": float("nan")}),
            (Spirals, {"noise": float("inf")}),
            (Digits, {"n_train": 1298}),
            (Digits, {"label_noise": 1.5}),
            (Adding, {"length": 1}),
            (Text, {"n_train": 0}),
            (ModularAddition, {"train_share": 1.1}),
            (Intents, {"words": 0}),
        ],
        ids=str,
    )
    def test_an_option_out_of_its_range_is_told_by_name(self, kind, options):
        with pytest.raises(UsageError, match=f"{kind.__name__}: {list(options)[-1]} must be"):
            kind(**options)

    def test_options_from_json_are_checked_too(self):
        data = {"task": {"kind": "digits", "n_train": 0}}

        with pytest.raises(UsageError, match="Digits: n_train must be from 1 to 1297, not 0"):
            TrainConfig.from_dict(data)
