"""Lines of a console log that have the same keys."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.text.keyvalue import Field, Shape


@dataclass(frozen=True, eq=False)
class Template:
    """Lines with the same keys.

    Parameters
    ----------
    shape
        Of the first such line.
    lines
        int64[n], numbers of the lines, increasing.
    values
        float64[n, fields].
    """

    shape: Shape
    lines: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def kind(self) -> str:
        """As of `Shape`."""
        return self.shape.kind

    def get(self, name: str, role: str) -> Floats | None:
        """Values of a field, or None."""
        return next((values for each, values in self.having(role) if each.name == name), None)

    def having(self, role: str) -> list[tuple[Field, Floats]]:
        """Fields of a role and their values."""
        return [(f, self.values[:, i]) for i, f in enumerate(self.shape.fields) if f.role == role]

    @property
    def varies(self) -> bool:
        """Whether lines differ, or hold something that no configuration holds."""
        values = self.values
        return bool((values != values[:1]).any()) or not bool(np.isfinite(values).all())

    def only(self, keep: NDArray[np.bool_]) -> Template:
        """Some of the lines."""
        return replace(self, lines=self.lines[keep], values=self.values[keep])


@dataclass(eq=False)
class Pile:
    """A template while its lines are being collected."""

    shape: Shape
    lines: array[int] = field(default_factory=lambda: array("q"))
    numbers: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, line: int, values: list[float]) -> None:
        """Add a line, with one value per field."""
        self.lines.append(line)
        self.numbers.extend(values)

    def template(self) -> Template:
        """What was collected."""
        values = np.array(self.numbers, dtype=np.float64)
        lines = np.array(self.lines, dtype=np.int64)
        return Template(self.shape, lines, values.reshape(-1, len(self.shape.fields)))
