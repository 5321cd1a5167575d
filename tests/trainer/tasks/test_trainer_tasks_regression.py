"""The teacher network and the adding problem."""

import numpy as np
import pytest

from lossdoc.trainer.tasks import Adding, Teacher


class TestTeacher:
    def test_the_loss_floor_is_the_noise(self):
        data = Teacher(noise=0.3, n_val=20_000).make(0)

        assert data.facts["loss_floor"] == pytest.approx(0.3**2, rel=0.05)

    def test_chance_is_one_plus_the_noise(self):
        data = Teacher(noise=0.5, n_train=20_000, n_val=20_000).make(0)

        assert data.chance == pytest.approx(1.0 + 0.5**2, rel=0.05)

    def test_a_linear_model_explains_some_but_stays_above_the_floor(self):
        data = Teacher().make(0)

        weights = np.linalg.lstsq(data.x, data.y, rcond=None)[0]
        linear = np.square(data.x_val @ weights - data.y_val).mean()

        assert 5.0 * data.facts["loss_floor"] < linear < 0.6 * data.chance


class TestAdding:
    def test_one_element_of_each_half_is_marked(self):
        data = Adding(length=9, n_train=500).make(0)
        markers = data.x[:, :, 1]

        assert np.all(markers[:, :4].sum(axis=1) == 1)
        assert np.all(markers[:, 4:].sum(axis=1) == 1)
        assert np.all(markers.any(axis=0))

    def test_the_answer_is_the_sum_of_the_marked_numbers(self):
        data = Adding(n_train=20).make(0)

        for sequence, answer in zip(data.x, data.y, strict=True):
            first, second = sequence[sequence[:, 1] == 1, 0]
            assert answer == pytest.approx(first + second)

    def test_chance_is_the_variance_of_a_sum_of_two(self):
        assert Adding(n_val=50_000).make(0).chance == pytest.approx(1 / 6, rel=0.02)
