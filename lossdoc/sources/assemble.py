"""A raw table becomes a run: roles, axis, segments, series."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import AmbiguousMetric, NoUsableMetric, UsageError
from lossdoc.model import Channel, LogIssue, Run, Series
from lossdoc.sources.axis import locate
from lossdoc.sources.base import Column, Table
from lossdoc.sources.blank import with_blank_nans
from lossdoc.sources.channels import assign, understand
from lossdoc.sources.naming import LOSSES, meaning, words
from lossdoc.sources.placeholders import without_placeholders
from lossdoc.sources.refusal import columns_line, foreign, has_loss, is_training, no_loss
from lossdoc.sources.runcolumns import split_runs
from lossdoc.sources.segments import (
    Cuts,
    Points,
    find_cuts,
    in_order,
    once_per_step,
    refined,
    shared,
)
from lossdoc.sources.vocabulary import TIME_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossdoc.model import Floats
    from lossdoc.sources.naming import Meaning
    from lossdoc.sources.roles import Role

_CLOCK = "wall_time"
_NULLS = frozenset({"json", "jsonl", "frame"})
"""Formats in which NaN is often written as null; readers of tables look after that themselves."""
_LOSS_CHANNELS = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})


def assemble(
    tables: list[Table],
    path: str,
    format: str,  # noqa: A002 - the word of Run
    *,
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
    why: tuple[str, ...] = (),
) -> list[Run]:
    """Turn the tables of one source into runs.

    A table without a loss is left out where another one has one.

    Parameters
    ----------
    tables
        What a reader returned.
    path, format
        As they shall stand in the run.
    mapping
        Channel -> column; overrules the names.
    step_column
        Column that counts the steps.
    why
        What is known already about why the log was read as it was.

    Raises
    ------
    NoUsableMetric
        No table holds a loss, or any data.
    AmbiguousMetric
        A column of ``mapping`` or ``step_column`` does not exist.
    UsageError
        ``mapping`` names an unknown channel.
    """
    chosen = by_channel(mapping or {})
    if not any(len(c.rows) for table in tables for c in table.columns):
        raise NoUsableMetric(f"{path} holds no data rows", details=columns_line(tables))
    if format in _NULLS:
        tables = [table if table.steps else with_blank_nans(table) for table in tables]
    tables = [
        without_placeholders(_with_clock(part))
        for table in tables
        for part in split_runs(table, by_names=not chosen)
    ]
    usable = [(t, m) for t in tables if (m := _meanings(t, chosen, tables)) and has_loss(t, m)]
    if not usable:
        raise no_loss(path, tables)
    runs = []
    for table, meanings in usable:
        if not is_training(table, meanings):
            raise foreign(path, [table])
        wanted = _match(step_column, [table], strict=len(usable) == 1) if step_column else None
        runs.append(_run(table, meanings, wanted, path=path, format=format, why=why))
    return runs


def _with_clock(table: Table) -> Table:
    """Add the times stored beside the values of a panel log as a column of their own."""
    losses = [
        c
        for c in table.columns
        if c.name in table.wall_times and meaning(c.name).kind in LOSSES and c.name in table.steps
    ]
    if not losses or any(c.name == _CLOCK for c in table.columns):
        return table
    longest = max(losses, key=lambda c: len(c.rows))
    seconds = table.wall_times[longest.name]
    known = np.isfinite(seconds)
    clock = Column(_CLOCK, longest.rows[known], seconds[known])
    steps = {**table.steps, _CLOCK: table.steps[longest.name][known]}
    return replace(table, columns=(*table.columns, clock), steps=steps)


# ---- what the user said


def by_channel(mapping: Mapping[str, str]) -> dict[Channel, str]:
    """Columns by the channels that they are said to be.

    Raises
    ------
    UsageError
        There is no channel of some name.
    """
    names = [channel.value for channel in Channel]
    for key in mapping:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {near[0]}?" if near else "one of: " + ", ".join(names)
            raise UsageError(f"unknown channel {key!r}", hint=hint)
    return {Channel(key): column for key, column in mapping.items()}


def _match(name: str, tables: list[Table], *, strict: bool) -> str | None:
    """The column that a user means: exactly, or the only one that is spelled alike."""
    names = list(dict.fromkeys(c.name for table in tables for c in table.columns))
    if name in names:
        return name
    alike = [n for n in names if words(n) == words(name)]
    if len(alike) == 1:
        return alike[0]
    if not strict:
        return None
    near = alike or difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    raise AmbiguousMetric(
        f"{'several columns fit' if alike else 'there is no column'} {name!r}",
        details=columns_line(tables),
        hint="did you mean " + " or ".join(repr(n) for n in near) + "?" if near else "",
    )


def _meanings(
    table: Table, chosen: Mapping[Channel, str], tables: list[Table]
) -> dict[str, Meaning]:
    found: dict[Channel, str] = {}
    for channel, wanted in chosen.items():
        name = _match(wanted, tables, strict=True)
        if name is not None and any(c.name == name for c in table.columns):
            found[channel] = name
    return understand((c.name for c in table.columns), found)


# ---- the run


def _run(
    table: Table,
    meanings: Mapping[str, Meaning],
    step_column: str | None,
    *,
    path: str,
    format: str,  # noqa: A002
    why: tuple[str, ...],
) -> Run:
    axis = locate(table, meanings, step_column)
    cuts = Cuts() if axis.name == "row" else find_cuts(axis.lead.steps, axis.lead.rows)
    cuts = refined(cuts, axis.lead, axis.points.values())
    ordered = {name: in_order(p, cuts) for name, p in axis.points.items()}
    roles, objective = assign(ordered, meanings)
    series, replaced = [], 0
    for role in roles:
        points = _made(role, ordered)
        points, lost = once_per_step(points, cuts)
        replaced = max(replaced, lost if role.channel in _LOSS_CHANNELS else 0)
        if len(points):
            series.append(_series(role, points, table))
    notes = tuple(f"{role.name} -> {role.channel} ({role.why})" for role in roles)
    return Run(
        path=path,
        format=format,
        series=tuple(series),
        name=table.name,
        axis=axis.name,
        restarts=cuts.restarts,
        resumes=tuple(step for _, step in cuts.resumes),
        context=table.context,
        issues=(*table.issues, *_issues(cuts, replaced)),
        objective=objective,
        why=(*why, *axis.why, *notes),
        settings=table.settings,
    )


def _made(role: Role, points: Mapping[str, Points]) -> Points:
    """The points of a role: of its column, or the sum of several over their common rows."""
    first = points[role.columns[0]]
    if len(role.columns) > 1:
        first = _summed([points[name] for name in role.columns])
    if role.how == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            return Points(first.steps, np.log(first.values), first.rows)
    if role.how == "percent":
        return Points(first.steps, first.values / 100, first.rows)
    return first


def _summed(parts: list[Points]) -> Points:
    places = shared(parts)
    with np.errstate(invalid="ignore"):
        total = sum(p.values[place] for p, place in zip(parts, places, strict=True))
    kept = parts[0].take(places[0])
    return replace(kept, values=np.asarray(total, dtype=np.float64))


def _series(role: Role, points: Points, table: Table) -> Series:
    values = points.values
    if role.channel is Channel.WALL_TIME:
        values = values * _unit(role.name, values, {c.name for c in table.columns})
    return Series(role.channel, role.name, points.steps, values, points.rows, role.higher_is_better)


def _unit(name: str, values: Floats, names: set[str]) -> float:
    """Seconds per unit of a time: by its name, its company, or (for dates) its size."""
    in_ms = name == "train_time" and "step_avg" in names  # nanoGPT speed runs
    in_ms |= len(values) > 0 and float(values[0]) > 1e11
    return 1e-3 if in_ms else TIME_UNITS.get(words(name)[-1], 1.0)


def _issues(cuts: Cuts, replaced: int) -> Iterable[LogIssue]:
    if cuts.late:
        yield LogIssue(
            "interleaved",
            f"{cuts.late} rows came after rows of a later step: sorted",
            None,
            cuts.late,
        )
    if replaced:
        message = f"{replaced} values were logged again for the same step: the last one counts"
        yield LogIssue("duplicate-steps", message, None, replaced)
