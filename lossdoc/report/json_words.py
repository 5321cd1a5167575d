"""Text and numbers as the JSON report has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossdoc.report.schema_gate import Number


def text(value: str) -> str:
    """Text that UTF-8 can hold: a byte of a path that is no UTF-8 is written as its escape."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def number(value: float) -> Number:
    """A plain number, whole where it is whole; not finite ones by name."""
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def maybe(value: float | None) -> Number | None:
    """A number, or None for none."""
    return None if value is None else number(value)
