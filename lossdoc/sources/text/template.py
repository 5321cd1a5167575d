"""Lines of a console log that have the same keys."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.naming import Kind, meaning
from lossdoc.sources.text.keyvalue import QUALITIES, Field

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints

_TELLING = QUALITIES | {Kind.LEARNING_RATE, Kind.GRAD_NORM, Kind.LOSS_SCALE}


@dataclass(eq=False)
class Template:
    """Lines with the same keys.

    Parameters
    ----------
    fields
        Of the first such line.
    kind
        As of `Shape`.
    line
        Numbers of the lines.
    numbers
        Their values, ``len(fields)`` per line.
    """

    fields: tuple[Field, ...]
    kind: str
    line: array[int] = field(default_factory=lambda: array("q"))
    numbers: array[float] = field(default_factory=lambda: array("d"))

    @cached_property
    def lines(self) -> Ints:
        """int64[n], increasing."""
        return np.array(self.line, dtype=np.int64)

    @cached_property
    def values(self) -> Floats:
        """float64[n, fields]."""
        return np.array(self.numbers, dtype=np.float64).reshape(-1, len(self.fields))

    def __len__(self) -> int:
        return len(self.line)

    def get(self, name: str, role: str) -> Floats | None:
        """Values of a field, or None."""
        for index, each in enumerate(self.fields):
            if (each.name, each.role) == (name, role):
                return self.values[:, index]
        return None

    def having(self, role: str) -> list[tuple[Field, Floats]]:
        """Fields of a role and their values."""
        return [(f, self.values[:, i]) for i, f in enumerate(self.fields) if f.role == role]

    @property
    def is_telling(self) -> bool:
        """Whether it holds a quantity that says something about a training."""
        return any(meaning(f.name).kind in _TELLING for f in self.fields if f.role == "metric")

    @property
    def varies(self) -> bool:
        """Whether lines differ, or hold something that no configuration holds."""
        values = self.values
        same = (values == values[:1]) | (np.isnan(values) & np.isnan(values[:1]))
        return not bool(same.all()) or not bool(np.isfinite(values).all())

    def only(self, keep: NDArray[np.bool_]) -> Template:
        """Some of the lines."""
        found = Template(self.fields, self.kind)
        found.__dict__.update(lines=self.lines[keep], values=self.values[keep])
        found.line = array("q", found.lines.tolist())
        return found
