"""What the name of a column says: what it measures, on which data, and what else it mentions.

A name is cut into lower-case words first (``Train Loss``, ``trainLoss``, ``train/loss`` and
``train_loss`` are one), then the words are looked up. Nothing here looks at values or at the
other columns; that is the business of `lossdoc.sources.channels`.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from lossdoc.sources.languages import ENGLISH, in_latin
from lossdoc.sources.vocabulary import (
    CLIP_COEF,
    DEAD,
    EMPTY_OF_LOSS,
    HIGHER,
    LOWER,
    NO_GRAD,
    NO_LOSS,
    NO_LOSS_AFTER,
    NO_LR,
    NO_REWARD,
    NO_SHARE,
    OF_UNITS,
    PACE,
    PHRASES,
    PLAIN_ACC,
    PLAIN_GRAD,
    PLAIN_LR,
    SAME,
    SHARE,
    SHORT,
    SPLITS,
    STAND_INS,
    STEP_RANKS,
    TIME_UNITS,
    TIMES,
    UNNAMED_LOSSES,
    WITH_EPOCH,
    WITH_STEP,
)


class Kind(Enum):
    """What a column measures, as far as its name tells."""

    LOSS = auto()
    STAND_IN = auto()
    """An error that serves as the loss where no loss was logged: nll, mse, rmse, mae."""
    PERPLEXITY = auto()
    ACCURACY = auto()
    """Top-1 accuracy, the only one that can be compared with chance."""
    METRIC = auto()
    LEARNING_RATE = auto()
    GRAD_NORM = auto()
    CLIP_COEF = auto()
    DEAD_SHARE = auto()
    LOSS_SCALE = auto()
    REWARD = auto()
    STEP = auto()
    EPOCH = auto()
    TIME = auto()
    TOKENS = auto()
    """What the user says to count tokens; by its name it is a `STEP`."""
    OTHER = auto()


LOSSES = frozenset({Kind.LOSS, Kind.STAND_IN, Kind.PERPLEXITY})
"""What can be a loss, or stand in for one."""


class Meaning(NamedTuple):
    """A name, understood.

    Parameters
    ----------
    kind
        What it measures.
    words
        All words of the name.
    split
        ``train``, ``val``, ``test``, or empty where the name does not say.
    rest
        Words that say something beyond kind and split: ``("box",)`` of ``train/box_loss``.
    pace
        ``step`` or ``epoch`` where the name says how often it is logged, else empty.
    rank
        Preference among columns of one kind, smaller first.
    higher_is_better
        Direction of a measure of quality.
    """

    kind: Kind
    words: tuple[str, ...]
    split: str = ""
    rest: tuple[str, ...] = ()
    pace: str = ""
    rank: int = 0
    higher_is_better: bool | None = None


_ONE_WORD = re.compile(r"mAP|mIoU|IoU|mAUC|mAcc|aAcc|mDice|AP[sml](?![a-z])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GLUED = re.compile(
    r"(train|training|valid|validation|val|test|eval|total|avg|mean|batch|epoch)"
    r"(loss|losses|accuracy|acc|error|err|ppl|perplexity|lr)"
)


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """Lower-case words of a name, synonyms unified.

    >>> words("Train/CrossEntropyLoss"), words("valAccuracy"), words("lr-AdamW/pg1")
    (('train', 'nll', 'loss'), ('val', 'acc'), ('lr', 'adam', 'w', 'pg1'))
    """
    text = _ONE_WORD.sub(lambda found: f" {found[0].lower()}", in_latin(name))
    raw = re.findall(r"[^\W_]+", _CAMEL.sub(" ", text).lower())
    raw = [ENGLISH.get(word, word) for word in raw]
    found = tuple(SAME.get(part, part) for word in raw for part in _unglue(word))
    for phrase, short in PHRASES:
        found = _replace(found, phrase, short)
    return found


def _unglue(word: str) -> tuple[str, ...]:
    """Cut ``trainloss`` in two."""
    if (glued := _GLUED.fullmatch(word)) is not None:
        return glued[1], glued[2]
    if len(word) > 4 and word.endswith("loss") and word not in SAME:
        return word[:-4], "loss"
    return (word,)


def _replace(found: tuple[str, ...], old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    for at in range(len(found) - len(old) + 1):
        if found[at : at + len(old)] == old:
            return found[:at] + new + found[at + len(old) :]
    return found


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """Understand a name; `Kind.OTHER` where it says nothing of interest."""
    found = words(name)
    if not found:
        return Meaning(Kind.OTHER, found)
    unique = frozenset(found)
    split = next((SPLITS[w] for w in reversed(found) if w in SPLITS), "")
    pace = next((PACE[w] for w in reversed(found) if w in PACE), "")
    axis = _axis(found, unique)
    if axis is not None:
        return Meaning(axis[0], found, rank=axis[1])
    kind, rest, rank, higher = _quantity(found, unique)
    if kind is Kind.LOSS and found[0] in SHORT:
        split = SHORT[found[0]]
    rest = tuple(w for w in rest if w not in SPLITS)
    return Meaning(kind, found, split, rest, pace, rank, higher)


def _axis(found: tuple[str, ...], unique: frozenset[str]) -> tuple[Kind, int] | None:
    """Kind and rank of a column that counts steps, epochs or seconds."""
    if found in TIMES or (found[-1] in TIME_UNITS and found[:-1] in TIMES):
        return Kind.TIME, 0
    if found in (("time", "total", "timestep"), ("time", "iter")):
        return Kind.STEP, 1 if "timestep" in unique else 9
    if "epoch" in unique and unique <= {"epoch"} | WITH_EPOCH:
        return Kind.EPOCH, 0
    cores = [w for w in found if w in STEP_RANKS]
    if not cores or not unique <= {cores[0], *WITH_STEP}:
        return None
    core = next((w for w in cores if w != "step"), "step")
    if found in {("n", "update"), ("train", "n", "update")}:
        return Kind.STEP, 9
    rank = STEP_RANKS[core]
    if rank == 1:
        rank = 0 if "global" in unique else 4 if "total" in unique else 1
    return Kind.STEP, rank


_Quantity = tuple[Kind, tuple[str, ...], int, bool | None]


def _quantity(found: tuple[str, ...], unique: frozenset[str]) -> _Quantity:
    """Kind, remaining words, rank and direction of a measured quantity."""
    rate = _learning_rate(found, unique)
    if rate is not None:
        return rate
    guard = _guard(found, unique)
    if guard is not None:
        return guard, (), 0, None
    gradient = _gradient(found, unique)
    if gradient is not None:
        return gradient
    if "scale" in unique and unique & {"loss", "grad"}:
        return Kind.LOSS_SCALE, (), 0, None
    if "loss" in unique or found[0] in SHORT or _numbered(found) or _unnamed(found):
        return _loss(found, unique)
    return _quality(found, unique)


def _learning_rate(found: tuple[str, ...], unique: frozenset[str]) -> _Quantity | None:
    numbered = any(re.fullmatch(r"lr\d+", w) for w in found)
    if not ("lr" in unique or numbered) or unique & NO_LR - {"loss", "iter"}:
        return None
    if "iter" in unique:  # lr_decay_iters and its like
        return Kind.OTHER, (), 0, None
    rest = tuple(w for w in found if w not in PLAIN_LR and w not in SPLITS)
    rank = 20 if "min" in unique else len(rest)
    return Kind.LEARNING_RATE, rest, rank, None


def _guard(found: tuple[str, ...], unique: frozenset[str]) -> Kind | None:
    """Kind of what loops log about clipping, loss scaling and dead units."""
    if "scale" in unique and unique & {"scaler", "fp16", "amp"}:
        return Kind.LOSS_SCALE
    if tuple(w for w in found if w not in PLAIN_GRAD and w not in SPLITS) in CLIP_COEF:
        return Kind.CLIP_COEF
    if unique & NO_SHARE:
        return None
    dead = unique & DEAD and unique & (SHARE | OF_UNITS)
    zero = {"zero", "grad"} <= unique and unique & SHARE
    return Kind.DEAD_SHARE if dead or zero else None


def _gradient(found: tuple[str, ...], unique: frozenset[str]) -> _Quantity | None:
    if found in (("norm",), ("total", "norm"), ("global", "norm")):
        return Kind.GRAD_NORM, (), 1, None
    if "grad" not in unique or not ("norm" in unique or found[0] == "grad"):
        return None
    if "norm" not in unique and len(found) < 3:  # grad_scale, grad_clip
        return None
    if unique & NO_GRAD:
        return Kind.OTHER, (), 0, None
    rest = tuple(w for w in found if w not in PLAIN_GRAD and w not in SPLITS)
    return Kind.GRAD_NORM, rest, len(rest), None


def _numbered(found: tuple[str, ...]) -> bool:
    return any(re.fullmatch(r"loss\d+", w) for w in found)


def _unnamed(found: tuple[str, ...]) -> bool:
    return found[0] in SPLITS and bool(UNNAMED_LOSSES.intersection(found[1:]))


def _loss(found: tuple[str, ...], unique: frozenset[str]) -> _Quantity:
    at = next((i for i, w in enumerate(found) if w.startswith(("loss", "trl", "tel"))), 0)
    after = set(found[at + 1 :])
    if unique & NO_LOSS or after & NO_LOSS_AFTER or ("vs" in after and "sample" in after):
        return Kind.OTHER, (), 0, None
    # "lm loss value" is the value of a loss, "value loss" that of a critic.
    kept = (*found[:at], *(w for w in found[at:] if w != "value"))
    rest = tuple(w for w in kept if w not in EMPTY_OF_LOSS and w not in SHORT)
    rest = tuple(w for w in rest if w not in SPLITS)
    return Kind.LOSS, rest, 0 if "total" in unique else len(found), None


def _quality(found: tuple[str, ...], unique: frozenset[str]) -> _Quantity:
    if unique & {"unscaled", "best", "num", "number", "count", "std", "weight", "coef", "time"}:
        return Kind.OTHER, (), 0, None
    if "ppl" in unique:
        return Kind.PERPLEXITY, (), 0, False
    for rank, word in enumerate(STAND_INS):
        if word in unique:
            rest = tuple(w for w in found if w != word and w not in EMPTY_OF_LOSS)
            return Kind.STAND_IN, rest, rank, False
    if unique & {"reward", "return"}:
        kind = Kind.OTHER if unique & NO_REWARD else Kind.REWARD
        of_episode = bool(unique & {"episode", "epoch"})  # ep_rew_mean
        return kind, (), len(found) - 3 * of_episode, True
    if unique & {"acc", "acc1"} and unique <= PLAIN_ACC | SPLITS.keys():
        return Kind.ACCURACY, (), 0, True
    if unique & LOWER:
        return Kind.METRIC, found, 0, False
    if any(HIGHER.fullmatch(w) for w in found):
        return Kind.METRIC, found, 0, True
    return Kind.OTHER, (), 0, None
