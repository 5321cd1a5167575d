"""Characters of a text as tokens, in windows."""

import hashlib
import math
import sys

import numpy as np
import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer.tasks import Text, text

ABC = "abc" * 300
DIGITS = "0123456789" * 10


@pytest.fixture
def abc(monkeypatch):
    """A text whose first nine tenths share no character with the rest."""
    monkeypatch.setattr(text, "read", lambda: ABC + DIGITS)


class TestEncoding:
    def test_tokens_go_by_frequency_then_by_character(self):
        assert text.encode("bbbdca", 4).tokens.tolist() == [0, 0, 0, 3, 2, 1]

    def test_rare_characters_share_the_last_token(self):
        assert text.encode("aaaaabbbxyz", 3).tokens.tolist() == [0] * 5 + [1] * 3 + [2] * 3

    def test_the_unigram_entropy_is_that_of_the_tokens(self):
        assert text.encode("abab", 5).unigram_entropy == pytest.approx(math.log(2))
        assert text.encode("aaab", 5).unigram_entropy == pytest.approx(
            -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
        )

    def test_the_hash_is_that_of_the_characters(self):
        written = "naïve → ∑"

        assert text.encode(written, 5).sha256 == hashlib.sha256(written.encode()).hexdigest()
        assert text.encode(written + "!", 5).sha256 != text.encode(written, 5).sha256


class TestWindows:
    def test_answers_are_the_next_characters(self):
        data = Text(length=16, n_train=50).make(0)

        assert np.array_equal(data.x[:, 1:], data.y[:, :-1])
        assert np.array_equal(data.x_val[:, 1:], data.y_val[:, :-1])

    def test_validation_is_from_the_end_of_the_text(self, abc):
        data = Text(length=9, vocabulary=13, n_val=10).make(0)

        assert set(data.x.ravel()) == {0, 1, 2}
        assert set(data.x_val.ravel()) == set(range(3, 13))

    def test_all_windows_together_are_the_text(self, abc):
        data = Text(length=9, n_val=10).make(0)

        # 900 characters have 99 windows of nine, each with a next character.
        assert data.y.shape == (99, 9)
        assert np.bincount(data.y.ravel()).tolist() == [297, 297, 297]

    def test_no_window_is_drawn_twice(self, monkeypatch):
        monkeypatch.setattr(text, "read", lambda: "".join(map(chr, range(100, 1100))))
        data = Text(length=10, vocabulary=1000, n_train=80, n_val=5).make(0)

        assert len(np.unique(data.y)) == data.y.size

    def test_more_windows_than_the_text_has_are_refused(self, abc):
        with pytest.raises(UsageError, match=r"200 windows of length 9 .* the text has 99"):
            Text(length=9, n_train=200, n_val=10).make(0)


class TestSource:
    def test_the_facts_tell_what_text_it_was(self, abc):
        facts = Text(length=9, n_val=10).make(0).facts

        assert facts["text_sha256"] == hashlib.sha256((ABC + DIGITS).encode()).hexdigest()
        assert facts["python"] == ".".join(map(str, sys.version_info[:3]))

    def test_the_seed_changes_the_windows_and_not_the_facts(self):
        assert Text(n_train=50).make(0).facts == Text(n_train=50).make(1).facts

    def test_what_is_shipped_with_python_is_english_of_some_length(self):
        facts = Text(n_train=1).make(0).facts

        assert len(text.read()) > 300_000
        assert 2.8 < facts["unigram_entropy"] < 3.5

    def test_a_python_without_the_text_is_told(self, monkeypatch):
        monkeypatch.setattr(text, "read", text.read.__wrapped__)
        monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)

        with pytest.raises(UsageError, match=r"pydoc_data\.topics"):
            Text().make(0)
