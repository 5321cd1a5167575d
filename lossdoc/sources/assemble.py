"""A raw table becomes a run: roles, axis, segments, series."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import AmbiguousMetric, NoUsableMetric, UsageError
from lossdoc.model import Channel, LogIssue, Run, Series
from lossdoc.sources.axis import LOSSES, locate
from lossdoc.sources.channels import Role, assign, understand
from lossdoc.sources.gaps import with_emptied_cells
from lossdoc.sources.naming import Kind, words
from lossdoc.sources.segments import Cuts, Points, find_cuts, in_order, once_per_step
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossdoc.model import Floats
    from lossdoc.sources.base import Table
    from lossdoc.sources.naming import Meaning

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
    chosen = _by_channel(mapping or {})
    if not any(len(c.rows) for table in tables for c in table.columns):
        raise NoUsableMetric(f"{path} holds no data rows", details=_columns(tables))
    usable = [(t, m) for t in tables if (m := _meanings(t, chosen, tables)) and _has_loss(t, m)]
    if not usable:
        raise no_loss(path, tables)
    runs = []
    for table, meanings in usable:
        if not _is_training(table, meanings):
            raise _foreign(path, [table])
        wanted = _match(step_column, [table], strict=len(usable) == 1) if step_column else None
        runs.append(_run(table, meanings, path, format, wanted, why))
    return runs


# ---- what the user said


def _by_channel(mapping: Mapping[str, str]) -> dict[Channel, str]:
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
        details=_columns(tables),
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


# ---- what cannot be judged


def _has_loss(table: Table, meanings: Mapping[str, Meaning]) -> bool:
    return any(len(c.rows) and meanings[c.name].kind in LOSSES for c in table.columns)


_FOREIGN = word_set(
    "price prices equity pnl profit symbol ticker candle trade trades drawdown balance portfolio qty "
    "volume bid ask latency ping packet packets rtt uptime humidity win wins"
)
_TRAINING = word_set(
    "epoch train training val valid validation eval lr grad acc acc1 iter ppl batch"
)


def _is_training(table: Table, meanings: Mapping[str, Meaning]) -> bool:
    """Whether a table with a loss is a training log, and not one of trades or packets."""
    found = {w for c in table.columns for w in meanings[c.name].words}
    by_user = any(m.rank < 0 for m in meanings.values())
    return by_user or not found & _FOREIGN or bool(found & _TRAINING)


def _columns(tables: list[Table]) -> tuple[str, ...]:
    names = list(dict.fromkeys(c.name for table in tables for c in table.columns))
    more = f" … {len(names)} in all" if len(names) > 12 else ""
    return ("columns: " + (", ".join(names[:12]) or "none") + more,)


def _foreign(path: str, tables: list[Table]) -> NoUsableMetric:
    return NoUsableMetric(f"{path} is not a training log", details=_columns(tables))


def no_loss(path: str, tables: list[Table]) -> NoUsableMetric:
    """Say that a log was read but holds no loss."""
    meanings = understand((c.name for table in tables for c in table.columns), {})
    kinds = {m.kind for m in meanings.values()}
    known = kinds - {Kind.OTHER, Kind.TIME}
    if not known and not {w for m in meanings.values() for w in m.words} & _TRAINING:
        return _foreign(path, tables)
    seen = " (rewards only)" if Kind.REWARD in kinds else ""
    looked = "looked for: loss, train_loss, train/loss, val_loss, eval_loss, … and their variants"
    return NoUsableMetric(
        f"no usable loss in {path}{seen}",
        details=(*_columns(tables), looked),
        hint=f"try: lossdoc analyze {path} --map train_loss=<column>",
    )


# ---- the run


def _run(
    table: Table,
    meanings: Mapping[str, Meaning],
    path: str,
    format: str,  # noqa: A002
    step_column: str | None,
    why: tuple[str, ...],
) -> Run:
    table = with_emptied_cells(table, meanings)
    axis = locate(table, meanings, step_column)
    cuts = Cuts() if axis.name == "row" else find_cuts(axis.lead.steps, axis.lead.rows)
    ordered = {name: in_order(p, cuts) for name, p in axis.points.items()}
    roles, objective = assign(ordered, meanings)
    series, replaced = [], 0
    for role in roles:
        points = _made(role, ordered)
        points, lost = once_per_step(points, cuts)
        replaced += lost if role.channel in _LOSS_CHANNELS else 0
        if len(points):
            series.append(_series(role, points))
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
    common = parts[0].rows
    for part in parts[1:]:
        common = np.intersect1d(common, part.rows, assume_unique=True)
    with np.errstate(invalid="ignore"):
        total = sum(p.values[np.searchsorted(p.rows, common)] for p in parts)
    at = np.searchsorted(parts[0].rows, common)
    return Points(parts[0].steps[at], np.asarray(total, dtype=np.float64), common)


def _series(role: Role, points: Points) -> Series:
    values = (
        _seconds(role.name, points.values) if role.channel is Channel.WALL_TIME else points.values
    )
    return Series(role.channel, role.name, points.steps, values, points.rows, role.higher_is_better)


def _seconds(name: str, values: Floats) -> Floats:
    """Seconds, from the unit that the name or (for dates) the size tells."""
    units = {"ms": 1e-3, "min": 60.0, "mins": 60.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0}
    factor = next((units[w] for w in words(name) if w in units), 1.0)
    if factor == 1.0 and len(values) and values[0] > 1e11:  # a date in milliseconds
        factor = 1e-3
    return values * factor


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
