"""Logs that store a step with every value: TensorBoard, MLflow, panels of W&B."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.naming import LOSSES, Meaning
from lossdoc.sources.segments import Points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.model import Floats
    from lossdoc.sources.base import Column, Table

OTHER_AXIS = 5.0
"""Consecutive integers that end before a fifth of the axis count epochs, not steps."""


@dataclass(frozen=True, eq=False)
class Axis:
    """Every column of a table on one axis, in the log's order.

    Parameters
    ----------
    name
        ``step``, ``epoch``, ``tokens`` or ``row``.
    points
        Column name -> its points.
    lead
        Columns whose order tells where the log restarts.
    why
        How the axis was found.
    """

    name: str
    points: Mapping[str, Points]
    lead: Points
    why: tuple[str, ...] = field(default=())


def panel(table: Table, columns: list[Column], meanings: Mapping[str, Meaning]) -> Axis:
    """Columns with steps of their own; those that count epochs are put on the others' axis."""
    points, why = {}, ["x axis: steps stored with every value"]
    for column in columns:
        steps = table.steps.get(column.name, column.rows.astype(np.float64))
        good = np.isfinite(steps)
        points[column.name] = Points(steps, column.values, column.rows).take(good)
    losses = [p for name, p in points.items() if meanings[name].kind in LOSSES and len(p)]
    lead = max(losses, key=len, default=Points(np.empty(0), np.empty(0), np.empty(0, np.int64)))
    end = max((float(p.steps.max()) for p in losses), default=0.0)
    for name, p in points.items():
        if _counts_epochs(p.steps, end):
            points[name] = Points(stretched(p.steps, end), p.values, p.rows)
            why.append(f"{name} counts epochs: stretched to {end:g} steps")
    return Axis(_panel_axis(points, meanings), points, lead, tuple(why))


def _counts_epochs(steps: Floats, end: float) -> bool:
    """Whether steps are consecutive small integers on an axis that goes much further."""
    if len(steps) < 3 or float(steps.max()) * OTHER_AXIS > end:
        return False
    return float(steps[0]) in {0.0, 1.0} and bool(np.all(np.diff(steps) == 1))


def _panel_axis(points: Mapping[str, Points], meanings: Mapping[str, Meaning]) -> str:
    """Count epochs where every loss is logged by epoch (``epoch_loss`` of Keras)."""
    paces = {meanings[n].pace for n in points if meanings[n].kind in LOSSES}
    return "epoch" if paces == {"epoch"} else "step"


def stretched(epochs: Floats, end: float) -> Floats:
    """Ends of epochs on an axis whose last epoch ends at ``end``."""
    first, last = float(epochs.min()), float(epochs.max())
    return (epochs - first + 1) / (last - first + 1) * end
