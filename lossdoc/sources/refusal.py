"""Why a log that was read cannot be judged."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from lossdoc.errors import NoUsableMetric
from lossdoc.sources.channels import understand
from lossdoc.sources.naming import LOSSES, Kind, meaning
from lossdoc.sources.titles import is_split
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.sources.base import Table
    from lossdoc.sources.naming import Meaning


_MONITOR = frozenset("rlt")
"""Reward, length and time of an episode, as the monitor of Stable Baselines names them."""


def has_loss(table: Table, meanings: Mapping[str, Meaning]) -> bool:
    """Whether a table holds values of a loss, or of what may stand in for one."""
    return any(len(c.rows) and meanings[c.name].kind in LOSSES for c in table.columns)


_FOREIGN = word_set(
    "price prices equity pnl profit symbol ticker candle trade trades drawdown balance portfolio qty "
    "volume bid ask latency ping packet packets rtt uptime humidity win wins"
)
_TRAINING = word_set(
    "epoch train training val valid validation eval lr grad acc acc1 iter ppl batch"
)


def is_training(table: Table, meanings: Mapping[str, Meaning]) -> bool:
    """Whether a table with a loss is a training log, and not one of trades or packets."""
    found = {w for c in table.columns for w in meanings[c.name].words}
    by_user = any(m.rank < 0 for m in meanings.values())
    return by_user or not found & _FOREIGN or bool(found & _TRAINING)


def columns_line(tables: list[Table]) -> tuple[str, ...]:
    """What was seen, as details of an error: the first names, and how many there are."""
    names = list(dict.fromkeys(c.name for table in tables for c in table.columns))
    more = f" … {len(names)} in all" if len(names) > 12 else ""
    return ("columns: " + (", ".join(names[:12]) or "none") + more,)


def foreign(path: str, tables: list[Table]) -> NoUsableMetric:
    """Say that a file is a log of something else."""
    return NoUsableMetric(
        f"{path} is not a training log",
        details=columns_line(tables),
        hint=f"if it is one: {_call(path, tables)}",
    )


def no_loss(path: str, tables: list[Table]) -> NoUsableMetric:
    """Say that a log was read but holds no loss."""
    meanings = understand((c.name for table in tables for c in table.columns), {})
    kinds = {m.kind for m in meanings.values()}
    if meanings.keys() >= _MONITOR:
        kinds.add(Kind.REWARD)
    known = kinds - {Kind.OTHER, Kind.TIME}
    if not known and not {w for m in meanings.values() for w in m.words} & _TRAINING:
        return foreign(path, tables)
    seen = " (rewards only)" if Kind.REWARD in kinds else ""
    empty = [c.name for t in tables for c in t.columns if not len(c.rows)]
    losses = [name for name in dict.fromkeys(empty) if meanings[name].kind in LOSSES]
    details = [*columns_line(tables), "looked for: loss, train_loss, train/loss, val_loss, …"]
    if losses:
        details.append("without any value: " + ", ".join(losses))
    return NoUsableMetric(
        f"no usable loss in {path}{seen}",
        details=tuple(details),
        hint=f"try: {_call(path, tables)}",
    )


def _call(path: str, tables: list[Table]) -> str:
    """Command that names the losses, filled in where columns are called ``train`` and ``val``."""
    splits: dict[str, str] = {}
    for column in (c for table in tables for c in table.columns):
        if is_split(column.name):
            splits.setdefault(meaning(column.name).split, column.name)
    options = [
        f"--map {split}_loss={shlex.quote(splits[split])}"
        for split in ("train", "val")
        if split in splits
    ]
    return f"lossdoc analyze {path} {' '.join(options) or '--map train_loss=<column>'}"
