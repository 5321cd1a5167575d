"""From collected templates to columns: what is a record, and at which step.

Records that count something (``step 5``, ``Epoch 3/10``) are rows. A line that counts nothing but
holds metrics continues the last row (``Epoch 3/10`` above, ``val_loss: 0.4`` below); where the
row has that metric already, it begins one of its own, at the same step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.base import Column
from lossdoc.sources.naming import meaning
from lossdoc.sources.text.axis import Axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.text.records import Records
    from lossdoc.sources.text.template import Template

_NO_HEADERS = frozenset({"live", "bar", "loop", "batches", "averaged", "prose"})


@dataclass(frozen=True)
class _Part:
    """A stretch of a column: where, and what."""

    name: str
    split: str
    rows: Ints
    values: Floats


def columns(records: Records) -> tuple[tuple[Column, ...], dict[str, float]]:
    """Columns of a log and what it says about its length (``total_steps``, ``epochs``).

    Both empty where there are no records.
    """
    templates = [t for t in map(_counted, records.templates()) if len(t)]
    counting = _last_shown([t for t in templates if _counts(t)])
    axis = Axis.of(counting)
    loose = [found for t in templates if (found := _continuing(t, axis)) is not None]
    parts = [part for t in counting for part in _parts(t, t.lines)]
    parts += _evaluations(templates, axis, loose)
    parts += _attached(parts, loose, axis)
    metrics = _joined(parts)
    if not metrics:
        return (), {}
    rows = np.unique(np.concatenate([c.rows for c in metrics]))
    return (*axis.columns(rows), *metrics), axis.totals


def _counted(template: Template) -> Template:
    """Lines whose counters are numbers."""
    fields = template.having("counter") + template.having("batch")
    counters = [values for _, values in fields]
    if not counters or np.isfinite(counters).all():
        return template
    return template.only(np.all(np.isfinite(counters), axis=0))


def _counts(template: Template) -> bool:
    """Whether lines are records (or headers of records) that count something."""
    if not template.having("counter") or template.kind in {"loop", "batches", "averaged"}:
        return False
    if template.having("metric"):
        return template.shape.is_telling if len(template) == 1 else template.varies
    if template.kind in _NO_HEADERS:
        return False
    return template.varies if len(template) > 1 else bool(template.having("total"))


def _last_shown(templates: list[Template]) -> list[Template]:
    """Keep what progress bars showed last: of each step, or of each epoch."""
    live = [t.only(_is_last(t)) if t.kind == "live" else t for t in templates]
    bars = [t for t in live if t.kind == "bar" and t.get("iter", "counter") is not None]
    if not bars:
        return live
    headers = [t.lines for t in live if not t.having("metric")]
    ends = _bar_ends(bars, np.sort(np.concatenate([np.empty(0, np.int64), *headers])))
    kept = [t.only(np.isin(t.lines, ends)) if t.kind == "bar" else t for t in live]
    return [t for t in kept if len(t)]


def _is_last(template: Template) -> NDArray[np.bool_]:
    """Which lines are the last with their counters."""
    counters = np.column_stack([values for _, values in template.having("counter")])
    return np.append((counters[1:] != counters[:-1]).any(axis=1), True)


def _bar_ends(bars: list[Template], headers: Ints) -> Ints:
    """Lines where bars are full; of two below one header, the second is an evaluation."""
    lines = np.concatenate([t.lines for t in bars])
    order = np.argsort(lines, kind="stable")
    lines = lines[order]
    at = np.concatenate([_counter(t, "counter") for t in bars])[order]
    total = np.concatenate([_counter(t, "total") for t in bars])[order]
    last = np.append((at[1:] <= at[:-1]) | (total[1:] != total[:-1]), True)
    full = last & (at == total)
    ends: Ints = lines[full if full.any() else last]
    above = _last(headers, ends)
    if len(headers):
        ends = ends[np.append(True, above[1:] > above[:-1])]
    return ends


def _counter(template: Template, role: str) -> Floats:
    found = template.get("iter", role)
    return np.full(len(template), np.inf) if found is None else found


def _continuing(template: Template, axis: Axis) -> Template | None:
    """Lines that hold metrics and count nothing, as far as they belong to records."""
    if template.having("counter") or template.having("batch") or template.kind == "averaged":
        return None
    if not (template.shape.is_telling or template.kind == "more"):
        return None
    found = template.only(template.lines >= axis.first) if len(axis.lines) else template
    enough = 2 if len(axis.lines) else 3
    return found if len(found) >= enough and found.varies else None


def _parts(template: Template, rows: Ints) -> list[_Part]:
    """Columns of a template."""
    parts = []
    for field, values in template.having("metric"):
        keep = np.ones(len(values), bool)
        if template.kind == "live" and meaning(field.name).split in {"val", "test"}:
            keep[1:] = values[1:] != values[:-1]  # shown again with every step until the next one
        parts.append(_Part(field.name, field.split, rows[keep], values[keep]))
    return [part for part in parts if len(part.rows)]


def _evaluations(templates: list[Template], axis: Axis, loose: list[Template]) -> list[_Part]:
    """One value per evaluation loop: its own mean, the last running one, or that of its batches."""
    loops = [t for t in templates if t.kind in {"loop", "batches"}]
    split = next((f.split for t in loops for f, _ in t.having("metric")), "val")
    parts = []
    for template in templates:
        if template.kind == "averaged":
            after = _after_loop(template, loops, axis)
            parts += [replace(p, split=split) for p in _parts(after, after.lines)]
    told = {p.name for p in parts} | {
        f.name for t in loose for f in t.shape.fields if f.split in {"val", "test"}
    }
    for template in loops:
        parts += [p for p in _loop_parts(template) if p.name not in told]
    return parts


def _after_loop(template: Template, loops: list[Template], axis: Axis) -> Template:
    """Lines before which an evaluation was the last that was logged, and not a training step."""
    ends = [t.lines for t in loops] or [np.empty(0, np.int64)]
    loop_lines = np.sort(np.concatenate(ends))
    return template.only(_last(loop_lines, template.lines) > _last(axis.lines, template.lines))


def _last(lines: Ints, before: Ints) -> Ints:
    """The last of some lines before each of others, or 0."""
    found: Ints = np.append(0, lines)[np.searchsorted(lines, before)]
    return found


def _loop_parts(template: Template) -> list[_Part]:
    (_, at), *_ = template.having("batch")
    starts = np.flatnonzero(np.append(True, at[1:] <= at[:-1]))
    ends = np.append(starts[1:], len(at)) - 1
    parts = []
    for field, values in template.having("metric"):
        if template.kind == "loop":
            shown = values[ends]
        else:
            with np.errstate(invalid="ignore", over="ignore"):  # of infinities
                shown = np.add.reduceat(values, starts) / (ends - starts + 1)
        parts.append(_Part(field.name, field.split, template.lines[ends], shown))
    return parts


def _attached(parts: list[_Part], loose: list[Template], axis: Axis) -> list[_Part]:
    """Metrics of lines that continue a row."""
    taken = {(p.name, p.split): p.rows for p in parts}
    found = []
    for template in loose:
        head = np.where(
            axis.row_of(template.lines) > 0, axis.row_of(template.lines), template.lines
        )
        for field, values in template.having("metric"):
            key = (field.name, field.split)
            used = taken.get(key, np.empty(0, np.int64))
            again = np.isin(head, used)
            again[1:] |= head[1:] == head[:-1]
            rows = np.where(again, template.lines, head)
            taken[key] = np.union1d(used, rows)
            found.append(_Part(field.name, field.split, rows, values))
    return found


def _joined(parts: list[_Part]) -> list[Column]:
    """One column per name, rows in order; of two values in a row the later stays."""
    both = any(p.split == "val" for p in parts)
    byname: dict[str, list[_Part]] = {}
    for part in parts:
        split = "val" if part.split == "test" and not both else part.split
        byname.setdefault(f"{split}/{part.name}" if split else part.name, []).append(part)
    found = []
    for name, group in byname.items():
        rows = np.concatenate([p.rows for p in group])
        values = np.concatenate([p.values for p in group])
        order = np.argsort(rows, kind="stable")
        rows, values = rows[order], values[order]
        keep = np.append(rows[1:] != rows[:-1], True)
        found.append(Column(name, rows[keep], values[keep]))
    return found
