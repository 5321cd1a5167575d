"""Real digits, and what happens without scikit-learn."""

import sys

import numpy as np
import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer.tasks import Digits, digits


class TestDigits:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("sklearn")

    def test_samples_are_dealt_to_training_and_validation_without_overlap(self):
        data = Digits().make(0)
        together = np.concatenate([data.x, data.x_val])

        assert (len(data.x), len(data.x_val)) == (1297, 500)
        # The 1797 digits are all different.
        assert len(np.unique(together, axis=0)) == 1797

    def test_fewer_training_samples_leave_the_validation_samples_as_they_are(self):
        assert np.array_equal(Digits(n_train=100).make(5).y_val, Digits().make(5).y_val)

    def test_training_inputs_are_standardised_together(self):
        x = Digits().make(0).x

        assert x.mean() == pytest.approx(0.0, abs=1e-3)
        assert x.std() == pytest.approx(1.0, rel=1e-3)

    def test_an_image_is_the_same_numbers_in_rows(self):
        flat, image = Digits().make(2), Digits(image=True).make(2)

        assert np.array_equal(flat.x.reshape(-1, 1, 8, 8), image.x)

    @pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
    def test_label_noise_gives_exactly_that_share_of_training_labels_another_class(self, share):
        clean, noisy = Digits(n_train=500).make(3), Digits(n_train=500, label_noise=share).make(3)

        assert (clean.y != noisy.y).mean() == share == noisy.facts["label_noise"]
        assert np.array_equal(clean.x, noisy.x)
        assert np.array_equal(clean.y_val, noisy.y_val)

    def test_noisy_labels_are_of_all_other_classes(self):
        clean, noisy = Digits().make(3), Digits(label_noise=1.0).make(3)

        shifts = np.bincount((noisy.y - clean.y) % 10, minlength=10)

        assert shifts[0] == 0
        assert shifts[1:].min() > 0.7 * 1297 / 9

    def test_wrongly_labelled_samples_are_the_difficult_ones(self):
        clean, noisy = Digits().make(3), Digits(label_noise=0.2).make(3)
        wrong = noisy.y != clean.y

        assert (noisy.difficulty[wrong] > 1).mean() > 0.95
        assert (noisy.difficulty[~wrong] > 1).mean() < 0.15


def test_without_scikit_learn_the_user_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(digits, "_load", digits._load.__wrapped__)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)

    with pytest.raises(UsageError, match="scikit-learn") as caught:
        Digits().make(0)

    assert caught.value.hint == "pip install 'lossdoc[trainer]'"
