"""Gaussians with a known Bayes floor, spirals, and pairs of numbers modulo p."""

import numpy as np
import pytest

from lossdoc.trainer.tasks import Mixture, ModularAddition, Spirals


def discriminant_loss(data, classes):
    """Validation cross-entropy of linear discriminant analysis fitted to the training samples."""
    x, x_val = data.x.astype(np.float64), data.x_val.astype(np.float64)
    means = np.stack([x[data.y == c].mean(axis=0) for c in range(classes)])
    covariance = np.cov((x - means[data.y]).T)
    slopes = np.linalg.solve(covariance, means.T)
    logits = x_val @ slopes - 0.5 * (means.T * slopes).sum(axis=0)
    right = logits[np.arange(len(x_val)), data.y_val]
    return (np.logaddexp.reduce(logits, axis=1) - right).mean()


class TestMixture:
    def test_a_fitted_model_comes_close_to_the_bayes_floor_from_above(self):
        for seed in range(5):
            # So many that a model does not beat the floor by luck.
            data = Mixture(n_val=50_000).make(seed)
            floor = data.facts["bayes_floor"]

            assert floor < discriminant_loss(data, 10) < floor + 0.05

    def test_few_samples_leave_a_model_far_above_the_floor(self):
        data = Mixture(n_train=100).make(0)

        assert discriminant_loss(data, 10) > data.facts["bayes_floor"] + 0.2

    def test_the_default_floor_is_moderate(self):
        floors = [Mixture().make(seed).facts["bayes_floor"] for seed in range(20)]

        assert min(floors) > 0.3
        assert max(floors) < 0.5

    def test_classes_that_lie_on_each_other_leave_nothing_to_learn(self):
        data = Mixture(spread=0.0, classes=4).make(0)

        assert data.facts["bayes_floor"] == pytest.approx(np.log(4))

    def test_easy_samples_are_classified_better(self):
        data = Mixture().make(0)
        x = data.x.astype(np.float64)
        means = np.stack([x[data.y == c].mean(axis=0) for c in range(10)])
        right = np.square(x[:, None] - means).sum(axis=2).argmin(axis=1) == data.y
        easy = data.difficulty < np.median(data.difficulty)

        assert right[easy].mean() > 0.99 > right[~easy].mean()


class TestSpirals:
    def test_a_linear_model_fails_and_neighbours_do_not(self):
        data = Spirals().make(0)
        x, x_val = data.x.astype(np.float64), data.x_val.astype(np.float64)

        slopes = np.linalg.lstsq(x, 2.0 * data.y - 1.0, rcond=None)[0]
        linear = ((x_val @ slopes > 0) == data.y_val).mean()
        nearest = np.square(x_val[:, None] - x).sum(axis=2).argmin(axis=1)

        assert linear < 0.7
        assert (data.y[nearest] == data.y_val).mean() > 0.99

    def test_coordinates_have_a_variance_of_about_one(self):
        assert Spirals().make(0).x.std(axis=0) == pytest.approx(1.0, abs=0.15)


class TestModularAddition:
    def test_every_pair_is_dealt_once(self):
        task = ModularAddition(modulus=7)
        data = task.make(0)
        pairs = np.concatenate([data.x, data.x_val])

        assert pairs.sum(axis=1) == pytest.approx(2.0)
        assert len(np.unique(pairs, axis=0)) == len(pairs) == 49
        assert len(data.x) == round(task.train_share * 49)

    def test_the_answer_is_the_sum(self):
        data = ModularAddition(modulus=7).make(0)

        a, b = data.x_val[:, :7].argmax(axis=1), data.x_val[:, 7:].argmax(axis=1)

        assert np.array_equal(data.y_val, (a + b) % 7)

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_either_side_of_the_split_has_a_pair(self, share):
        data = ModularAddition(modulus=3, train_share=share).make(0)

        assert min(len(data.x), len(data.x_val)) == 1
