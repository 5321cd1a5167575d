"""Requests of two domains that share their words."""

import numpy as np
import pytest

from lossdoc.trainer.tasks import Intents, utterances


def log_shares(x, y, classes, prior):
    """Naive Bayes: log of the share of each word in each class, float64[classes, words]."""
    totals = np.stack([x[y == c].sum(axis=0) for c in range(classes)]) + prior
    return np.log(totals / totals.sum(axis=1, keepdims=True))


def nearest_mean_accuracy(data, features):
    train, val = features(data.x), features(data.x_val)
    present = np.unique(data.y)
    means = np.stack([train[data.y == label].mean(axis=0) for label in present])
    nearest = np.square(val[:, None] - means).sum(axis=2).argmin(axis=1)
    return (present[nearest] == data.y_val).mean()


class TestWords:
    def test_every_word_belongs_to_one_topic(self):
        words = utterances.vocabulary()

        assert len(set(words)) == len(words) > 200

    def test_the_domains_share_no_intent_but_all_of_their_parts(self):
        target, general = utterances.intents("target"), utterances.intents("general")

        assert len(set(target)) == 12
        assert len(set(general)) == 60
        assert not set(target) & set(general)
        for part in (0, 1):
            assert {intent[part] for intent in target} <= {intent[part] for intent in general}

    def test_target_intents_cannot_be_told_by_the_thing_alone(self):
        things = [thing for _, thing in utterances.intents("target")]

        assert {things.count(thing) for thing in things} == {2}

    @pytest.mark.parametrize("domain", ["general", "target"])
    def test_shares_of_words_are_probabilities(self, domain):
        shares = utterances.word_shares(domain)

        assert shares.sum(axis=1) == pytest.approx(1.0)
        assert shares.min() > 0


class TestIntents:
    def test_the_domains_differ_in_the_number_of_intents_alone(self):
        target, general = Intents().problem, Intents(domain="general").problem

        assert general == target._replace(outputs=60)
        assert target.outputs == 12

    def test_inputs_are_counts_of_words_with_a_mean_square_of_about_one(self):
        task = Intents(words=5)
        data = task.make(0)
        counts = data.x / np.sqrt(data.x.shape[1] / 5)

        assert counts == pytest.approx(np.round(counts), abs=1e-5)
        assert counts.sum(axis=1) == pytest.approx(5.0)
        assert 0.8 < np.square(data.x).mean() < 1.5

    def test_the_bayes_floor_is_below_a_fitted_model_of_the_right_kind(self):
        data = Intents(n_train=20_000, n_val=20_000).make(0)
        counts = data.x_val / np.sqrt(data.x.shape[1] / 8)

        logits = counts @ log_shares(data.x, data.y, 12, prior=1.0).T
        right = logits[np.arange(len(counts)), data.y_val]
        fitted = (np.logaddexp.reduce(logits, axis=1) - right).mean()

        assert data.facts["bayes_floor"] < fitted < data.facts["bayes_floor"] + 0.05

    def test_longer_requests_are_clearer(self):
        short, long = Intents(words=3).make(0).facts, Intents(words=20).make(0).facts

        assert short["bayes_floor"] > long["bayes_floor"]
        assert short["bayes_accuracy"] < long["bayes_accuracy"]

    def test_label_noise_is_in_the_training_labels_alone(self):
        clean, noisy = Intents().make(0), Intents(label_noise=0.25).make(0)
        wrong = clean.y != noisy.y

        assert wrong.mean() == 0.25 == noisy.facts["label_noise"]
        assert np.array_equal(clean.y_val, noisy.y_val)
        assert np.median(noisy.difficulty[wrong]) > np.median(noisy.difficulty[~wrong])

    def test_features_of_the_general_domain_help_on_few_target_samples(self):
        general = Intents(domain="general", n_train=8000).make(0)
        target = Intents(n_train=60).make(0)
        learned = log_shares(general.x, general.y, 60, prior=5.0)
        learned -= learned.mean(axis=0)

        raw = nearest_mean_accuracy(target, lambda x: x)
        transferred = nearest_mean_accuracy(target, lambda x: x @ learned.T)

        assert raw + 0.1 < transferred < target.facts["bayes_accuracy"]
