"""What the keys of a record say: which part of the data it speaks of, and where in the run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lossdoc.sources.languages import ENGLISH
from lossdoc.sources.naming import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MODES = {
    word: mode
    for mode, words in {
        "train": "train training trn",
        "val": "val valid validation validate eval evaluation dev",
        "test": "test testing",
    }.items()
    for word in words.split()
}
"""Word by which logs name a part of the data -> ``train``, ``val`` or ``test``."""

_MODE_KEYS = ("mode", "split", "phase", "stage", "subset", "type", "kind", "event")
_TELLS_MODE = re.compile(rf"({'|'.join(_MODES)})(?:[^a-z]|$)", re.IGNORECASE)
_PART = re.compile(rf"(?:{'|'.join(_MODES)})[_./-](?!\w*\d{{3}})\w{{1,20}}")
"""A part of its own, ``val_seen``; no sentence, and no ``train_step_100``."""
_COUNTER = re.compile(
    r"_?(?:(?:global|current|train(?:er)?)[_ ])?(?:step|epoch|iter|iteration|batch)",
    re.IGNORECASE,
)
_POSITION = re.compile(
    rf"{_COUNTER.pattern}s?|total_steps|_?(?:timestamp|runtime|wall_?time)"
    r"|(?:num_|consumed_)?(?:tokens|samples|examples)(?:_seen)?",
    re.IGNORECASE,
)
_LOSS = re.compile(r"loss|nll|perplexity|ppl", re.IGNORECASE)

_SUMMARY_MARKS = frozenset(
    {"train_runtime", "total_flos", "train_samples_per_second", "train_steps_per_second"}
)
_SUMMARY = _SUMMARY_MARKS | {"train_loss"}


def mode_keys(keys: Sequence[str]) -> list[str]:
    """Keys whose text may name a part of the data."""
    return [key for key in _MODE_KEYS if key in keys]


def mode_of_record(record: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Part of the data that one of the keys names, or an empty string.

    >>> [mode_of_record({"split": word}, ["split"]) for word in ("Validation", "val_seen", "max")]
    ['val', 'val_seen', '']
    """
    for key in keys:
        word = record[key]
        if isinstance(word, str) and (mode := _mode(word)):
            return mode
    return ""


@lru_cache(maxsize=256)
def _mode(word: str) -> str:
    word = word.strip().lower()
    return _MODES.get(word) or (word if _PART.fullmatch(word) else "")


def in_mode(name: str, mode: str) -> str:
    """Name within a part of the data, unless it tells that itself or is a position.

    >>> [in_mode(name, "val") for name in ("loss", "val_loss", "epoch")]
    ['val/loss', 'val_loss', 'epoch']
    """
    if not mode or _POSITION.fullmatch(name) or _TELLS_MODE.match(name):
        return name
    return f"{mode}/{name}"


def mode_of(name: str) -> str:
    """Part of the data that a name begins with, or an empty string.

    >>> mode_of("training_history"), mode_of("value_loss")
    ('train', '')
    """
    found = _TELLS_MODE.match(name)
    if found or (name.isascii() and name.lower() not in ENGLISH):
        return _MODES[found[1].lower()] if found else ""
    return _MODES.get(next(iter(words(name)), ""), "")


def is_counter(name: str) -> bool:
    """Whether a column of this name says where in the run a record stands."""
    return _COUNTER.fullmatch(name) is not None


def measures(name: str) -> bool:
    """Whether a name speaks of a loss."""
    return _LOSS.search(name) is not None or "loss" in words(name)


def columns(keys: Sequence[str], mode: str) -> list[str | None]:
    """Column name of every key; None where the value would mislead.

    The last row of a Hugging Face log repeats the mean loss of the whole run; in a validation row
    of mmcv ``iter`` counts validation batches, and ``lr`` repeats that of the training.
    """
    drop: frozenset[str] = frozenset()
    if "loss" not in keys and len(_SUMMARY_MARKS.intersection(keys)) > 1:
        drop = _SUMMARY
    elif mode in {"val", "test"} and {"mode", "epoch", "iter"}.issubset(keys):
        drop = frozenset({"iter", "lr"})
    return [None if key in drop else in_mode(key.strip(), mode) for key in keys]
