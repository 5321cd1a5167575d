"""Delimited tables: comma, semicolon, tab or pipe, as training code and spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources.blank import with_blank_nans
from lossdoc.sources.delimited.dialect import detect, lacks_header
from lossdoc.sources.delimited.reading import Reading
from lossdoc.sources.hyperparameters import collect, others
from lossdoc.sources.opening import intact_blocks
from lossdoc.sources.titles import title_of, with_losses_named
from lossdoc.sources.vocabulary import SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.sources.base import Column, Source, Table
    from lossdoc.sources.delimited.layout import Layout

FORMAT = "csv"

_BLOCK = 1 << 20
_SETTING = re.compile(r"([A-Za-z][\w /-]*?)\s*[:=]\s*([^\s,;]+)")
_TAG = re.compile(r"(?:(?P<run>.*)[-_.])?tag[-_](?P<tag>.+)", re.IGNORECASE)


def sniff(source: Source) -> str | None:
    """Accept a table of numbers under a header; other tables of W&B are not ours."""
    from lossdoc.sources import wandb

    if source.is_folder or b"\0\0" in source.head[:512]:
        return None
    dialect = detect(source)
    if dialect is None:
        return "a table without a header" if lacks_header(source.head_lines) else None
    return None if wandb.kind_of(dialect.layout.names) else str(dialect)


def read(source: Source) -> list[Table]:
    """Read one table, or one per run where the rows name their runs.

    Raises
    ------
    UnreadableLog
        It is no table, or its rows name thousands of metrics.
    NoUsableMetric
        Its columns have no names.
    """
    tables, unsure_row = read_tables(source)
    titles = [title_of(source.display)]
    return [with_blank_nans(with_losses_named(t, titles), unsure_row) for t in tables]


def read_tables(source: Source) -> tuple[list[Table], int | None]:
    """Read the columns as they stand in the file; number of a last line that may be torn."""
    dialect = detect(source)
    if dialect is None and lacks_header(source.head_lines):
        raise NoUsableMetric(
            f"{source.display} is a table without a header",
            details=tuple(line[:80] for line in source.head_lines[:2]),
            hint="Put a line on top that names the columns, as in: step,train_loss",
        )
    if dialect is None:
        raise UnreadableLog(
            f"{source.display} is no table with a header",
            details=tuple(line[:80] for line in source.head_lines[:2]),
            hint="The first line must name the columns, as in: step,train_loss,val_loss",
        )
    layout = _named_by_file(dialect.layout, PurePath(source.display).name)
    reading = Reading(dialect._replace(layout=layout))
    for block in intact_blocks(source, reading.issues, _BLOCK):
        reading.feed(block)
    tables = reading.finish()
    told = list(_settings(source, dialect.header_line))
    context, listed = collect(told), others(told)
    named = [
        replace(_with_index_named(t, layout), context=context, settings=listed) for t in tables
    ]
    return named, reading.unsure_row


def _settings(source: Source, header_line: int) -> Iterator[tuple[str, str]]:
    """Settings in comments above the header: ``# learning_rate: 0.001``."""
    for line in source.head_lines[: header_line - 1]:
        yield from ((m[1], m[2]) for m in _SETTING.finditer(line.lstrip("# ")))


def _named_by_file(layout: Layout, file_name: str) -> Layout:
    """TensorBoard's "Download CSV" names its one metric only in the name of the file."""
    if sorted(name.lower() for name in layout.names) != ["step", "value", "wall time"]:
        return layout
    stem = re.sub(r"(\.csv|\.gz|\.zst)+$", "", file_name)
    tag = stem
    if (found := _TAG.fullmatch(stem)) is not None:
        tag = found["tag"]
        split = SPLITS.get(re.split(r"[^a-z]+", (found["run"] or "").lower())[-1])
        tag = f"{split}/{tag}" if split else tag
    names = (tag if name.lower() == "value" else name for name in layout.names)
    return layout._replace(names=tuple(names))


def _with_index_named(table: Table, layout: Layout) -> Table:
    """Call the nameless first column of a pandas table ``index`` where it counts rows."""
    kept = (c for c in table.columns if len(c.rows) or not c.name.startswith("column "))
    return replace(table, columns=tuple(_index_named(column, layout) for column in kept))


def _index_named(column: Column, layout: Layout) -> Column:
    nameless = 0 in layout.nameless and column.name == layout.names[0]
    if not (nameless or column.name == "Unnamed: 0") or not len(column.values):
        return column
    if "index" in layout.names:
        return column
    counts = column.values[0] in (0, 1) and (np.diff(column.values) == 1).all()
    return replace(column, name="index") if counts else column
