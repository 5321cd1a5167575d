"""A language model of characters, on a text that comes with Python."""

from __future__ import annotations

import hashlib
import math
import platform
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.errors import UsageError
from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import entropy, generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_TRAIN_SHARE = 0.9
"""The rest of the text is for validation."""


class Text(Task, frozen=True, kw_only=True):
    """Predict each next character of Python's language reference (`pydoc_data.topics`).

    The text differs between versions of Python: its hash is among the facts, and only runs with
    the same hash can be compared. Windows do not overlap. Those for training come from the first
    nine tenths of the text, those for validation from the rest. The rest is easier to predict than
    the beginning, and about a fifth of its windows stand in the beginning too (Python 3.11).

    Parameters
    ----------
    length
        Characters per window.
    vocabulary
        Symbols: the most frequent characters, and one symbol for all the others.
    n_train
        Windows, drawn by the seed; None takes all of them (about 13000 of length 32).
    n_val
        Windows for validation, drawn by the seed.

    Notes
    -----
    Facts: ``unigram_entropy`` of all symbols in nats, the loss of a model that knows only how
    frequent they are; ``text_sha256`` of the characters in UTF-8; ``python``.
    """

    length: int = 32
    vocabulary: int = 64
    n_train: int | None = None
    n_val: int = 128

    def __post_init__(self) -> None:
        require(
            self,
            length=(1, math.inf),
            vocabulary=(2, math.inf),
            n_train=(1, math.inf),
            n_val=(1, math.inf),
        )

    @property
    def problem(self) -> Problem:
        """Tokens in, the next token of every position out."""
        return Problem(
            inputs=(self.length,),
            outputs=self.vocabulary,
            per_token=True,
            vocabulary=self.vocabulary,
        )

    def make(self, seed: int) -> Data:
        """Return the windows of a seed; see `Task.make`."""
        text = encode(read(), self.vocabulary)
        rng = generator(seed)
        border = int(_TRAIN_SHARE * len(text.tokens))
        train = self._windows(text.tokens[:border], self.n_train, rng)
        val = self._windows(text.tokens[border:], self.n_val, rng)
        return Data(
            x=train[:, :-1],
            y=train[:, 1:],
            x_val=val[:, :-1],
            y_val=val[:, 1:],
            chance=entropy(val[:, 1:]),
            facts={
                "unigram_entropy": text.unigram_entropy,
                "text_sha256": text.sha256,
                "python": platform.python_version(),
            },
        )

    def _windows(self, tokens: Ints, n: int | None, rng: np.random.Generator) -> Ints:
        """Draw n windows of length + 1 whose predicted characters do not overlap."""
        there = max(0, (len(tokens) - 1) // self.length)
        if there < (n or 1):
            raise UsageError(
                f"Text: {n or 1} windows of length {self.length} were asked for, "
                f"and the text has {there}"
            )
        starts = self.length * rng.choice(there, size=n or there, replace=False)
        windows: Ints = tokens[starts[:, None] + np.arange(self.length + 1)]
        return windows


class Encoded(NamedTuple):
    """A text as tokens int64[n], and what is known of it."""

    tokens: Ints
    unigram_entropy: float
    sha256: str


@lru_cache(maxsize=4)
def encode(text: str, vocabulary: int) -> Encoded:
    """Turn a text into tokens from 0, by how frequent characters are; the rest is the last one."""
    by_frequency = sorted(Counter(text).items(), key=lambda item: (-item[1], item[0]))
    codes = {character: code for code, (character, _) in enumerate(by_frequency)}
    tokens = np.array([min(codes[character], vocabulary - 1) for character in text])
    tokens.flags.writeable = False
    return Encoded(tokens, entropy(tokens), hashlib.sha256(text.encode()).hexdigest())


@lru_cache(maxsize=1)
def read() -> str:
    """Return the topics of Python's help, joined in the order of their names."""
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise UsageError(
            "Text: the module pydoc_data.topics is not there",
            hint="It belongs to the standard library: install Python in full.",
        ) from error
    return "\n".join(topics[name] for name in sorted(topics))
