"""What a title (a file name, a key above) adds to columns that only name a part of the data."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossdoc.sources.naming import LOSSES, Kind, meaning, words
from lossdoc.sources.vocabulary import SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossdoc.sources.base import Table

_ENDINGS = re.compile(r"(\.(csv|tsv|txt|log|jsonl?|gz|zst))+$", re.IGNORECASE)


def title_of(file_name: str) -> str:
    """Name of a file without folders and endings.

    >>> title_of("runs/losses.json.gz")
    'losses'
    """
    return _ENDINGS.sub("", PurePath(file_name).name)


def is_loss(title: str) -> bool:
    """Whether a title promises losses.

    >>> is_loss("loss_history"), is_loss("history"), is_loss("loss_weights")
    (True, False, False)
    """
    return meaning(title).kind is Kind.LOSS


def is_split(name: str) -> bool:
    """Whether a name says nothing but which part of the data: ``train``, ``Validation``."""
    found = words(name)
    return bool(found) and SPLITS.keys() >= set(found)


def with_losses_named(table: Table, titles: Iterable[str]) -> Table:
    """Call ``train`` and ``val`` losses where the first title that may says so, and no column does.

    Parameters
    ----------
    table
        As read.
    titles
        The nearest first.
    """
    title = next(filter(is_loss, titles), None)
    if title is None or any(meaning(c.name).kind in LOSSES for c in table.columns):
        return table
    named = (replace(c, name=f"{title}/{c.name}") if is_split(c.name) else c for c in table.columns)
    return replace(table, columns=tuple(named))
