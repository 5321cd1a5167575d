"""Short requests to an assistant: pre-training on many intents, fine-tuning on few."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from lossdoc.trainer.plain import require
from lossdoc.trainer.tasks import utterances
from lossdoc.trainer.tasks.base import Data, Problem, Task
from lossdoc.trainer.tasks.common import entropy, generator, relabel, surprise


class Intents(Task, frozen=True, kw_only=True):
    """Tell the intent of a request, given as a bag of words.

    An intent is an action and a thing: to *cancel* a *flight*. Words of a request are drawn
    independently from those of the action, of the thing, from words that everybody uses and from
    the whole vocabulary (`utterances`); they do not depend on the seed, which only draws samples.
    Counts are scaled so that their mean square is about 1.

    A model learns from the ``general`` domain which words belong together, and can be fine-tuned
    on few samples of the ``target`` domain: other intents made of the same actions and things.

    Parameters
    ----------
    domain
        ``target``: 12 intents. ``general``: the 60 other pairs of an action and a thing.
    n_train, n_val
        Requests. Some 10000 make a general model.
    words
        Words per request; with fewer it is more often unclear what is meant.
    label_noise
        Share of the training labels that is replaced by another, random intent. Validation
        labels are right.

    Notes
    -----
    Facts: ``bayes_floor`` and ``bayes_accuracy`` of the true posterior on the validation samples;
    ``label_noise`` after rounding to whole samples. The difficulty of a sample is the true
    posterior's loss on its label.
    """

    domain: Literal["general", "target"] = "target"
    n_train: int = 240
    n_val: int = 600
    words: int = 8
    label_noise: float = 0.0

    def __post_init__(self) -> None:
        require(
            self,
            n_train=(1, math.inf),
            n_val=(1, math.inf),
            words=(1, math.inf),
            label_noise=(0, 1),
        )

    @property
    def problem(self) -> Problem:
        """Counts of words in, intents out."""
        shares = utterances.word_shares(self.domain)
        return Problem(inputs=(shares.shape[1],), outputs=len(shares))

    def make(self, seed: int) -> Data:
        """Return the requests of a seed; see `Task.make`."""
        shares = utterances.word_shares(self.domain)
        rng = generator(seed)
        n = self.n_train
        meant = rng.integers(len(shares), size=n + self.n_val)
        counts = rng.multinomial(self.words, shares[meant])
        x = (counts * math.sqrt(shares.shape[1] / self.words)).astype(np.float32)
        y = relabel(meant[:n], self.label_noise, len(shares), rng)
        losses = surprise(counts.astype(np.float64) @ np.log(shares).T)
        val_losses = losses[np.arange(n, len(meant)), meant[n:]]
        return Data(
            x=x[:n],
            y=y,
            x_val=x[n:],
            y_val=meant[n:],
            chance=entropy(meant[n:]),
            measure_difficulty=lambda: losses[np.arange(n), y].astype(np.float32),
            facts={
                "bayes_floor": float(val_losses.mean()),
                "bayes_accuracy": float((losses[n:].argmin(axis=1) == meant[n:]).mean()),
                "label_noise": float((y != meant[:n]).mean()),
            },
        )
