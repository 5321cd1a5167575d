"""Several runs in one table: folds, seeds, clients or optimisers, side by side or row by row.

Read as one run, the losses of three folds would look like swings of one, or be added up as if they
were parts of a total.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.naming import LOSSES, Kind, meaning, words
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from lossdoc.sources.base import Column, Table

_KEYS = word_set("fold seed trial client cid run experiment exp replicate worker")
"""Columns of these names say by a number which run a row is of."""
_NUMBERED = re.compile(
    r"(?<![a-z])(fold|seed|trial|client|run|exp|experiment|replicate|worker)[ _-]?(\d+)(?!\d)",
    re.IGNORECASE,
)
_OPTIMISERS = word_set(
    "sgd adam adamw rmsprop adagrad adadelta nadam adamax lion muon lbfgs momentum nesterov lamb"
)
_MOST_RUNS = 100
_SHARED = frozenset({Kind.STEP, Kind.EPOCH, Kind.TIME, Kind.LEARNING_RATE})
"""What all runs of a table have in common."""


def split_runs(table: Table, *, by_names: bool = True) -> list[Table]:
    """One table per run where a row-wise table holds several; else the table itself.

    Parameters
    ----------
    table
        As read.
    by_names
        Whether the names of the columns may tell the runs apart: not where the user said which
        columns count.
    """
    if table.steps or not any(meaning(c.name).kind in LOSSES for c in table.columns):
        return [table]
    return (_by_names(table) if by_names else []) or _by_rows(table) or [table]


def label(name: str) -> str:
    """Run that a column is of, by its name alone; empty where it does not say.

    >>> label("fold_2_val_loss"), label("Adam_loss"), label("train_loss")
    ('fold 2', 'adam', '')
    """
    if (found := _NUMBERED.search(name)) is not None:
        return f"{found[1].lower()} {int(found[2])}"
    named = _OPTIMISERS.intersection(re.findall("[a-z]+", name.lower()))
    return next(iter(named)) if len(named) == 1 else ""


def _by_names(table: Table) -> list[Table]:
    """Tables of the columns of each run, where every loss says which run it is of."""
    labels = {c.name: label(c.name) for c in table.columns}
    of_losses = [labels[c.name] for c in table.columns if meaning(c.name).kind in LOSSES]
    runs = list(dict.fromkeys(of_losses))
    if len(runs) < 2 or "" in runs:
        return []
    return [
        replace(
            table,
            name=f"{table.name}/{run}".strip("/"),
            columns=tuple(
                c
                for c in table.columns
                if labels[c.name] == run or (not labels[c.name] and meaning(c.name).kind in _SHARED)
            ),
        )
        for run in runs
    ]


def _by_rows(table: Table) -> list[Table]:
    """Tables of the rows of each run, where a column numbers them and their counters overlap."""
    for key in table.columns:
        if words(key.name)[:1] and words(key.name)[0] in _KEYS and _is_key(key, table):
            return [_rows_of(table, key, run) for run in np.unique(key.values)]
    return []


def _is_key(key: Column, table: Table) -> bool:
    """Whether a column numbers runs: whole numbers beside every loss, each step under several."""
    if set(words(key.name)) - _KEYS - {"id", "number", "num", "no", "idx", "index"}:
        return False
    runs = np.unique(key.values)
    if not 2 <= len(runs) <= _MOST_RUNS or not np.array_equal(runs, np.round(runs)):
        return False
    losses = [c for c in table.columns if meaning(c.name).kind in LOSSES and len(c.rows)]
    if not all(np.isin(c.rows, key.rows).all() for c in losses):
        return False
    counters = (c for c in table.columns if meaning(c.name).kind in {Kind.STEP, Kind.EPOCH})
    return any(_overlap(key, counter) for counter in counters if counter is not key)


def _overlap(key: Column, counter: Column) -> bool:
    """Whether runs go on by turns, at the same values of a counter."""
    _, here, there = np.intersect1d(key.rows, counter.rows, return_indices=True)
    runs, counts = key.values[here], counter.values[there]
    turns = np.count_nonzero(np.diff(runs))
    by_turns = turns >= 2 * len(np.unique(runs))
    return bool(by_turns and 2 * len(np.unique(counts)) <= len(counts))


def _rows_of(table: Table, key: Column, run: float) -> Table:
    mine = key.rows[key.values == run]
    columns = []
    for column in (c for c in table.columns if c is not key):
        kept = np.isin(column.rows, mine)
        columns.append(replace(column, rows=column.rows[kept], values=column.values[kept]))
    name = f"{table.name}/{key.name} {run:g}".strip("/")
    return replace(table, name=name, columns=tuple(columns))
