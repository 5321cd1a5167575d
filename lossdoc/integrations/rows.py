"""What a monitor reads and writes: numbers of a loop, rows of an earlier part, sentences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.model import Finding


def sentence(finding: Finding) -> str:
    """Say a finding and its first prescription in one line."""
    told = f"{finding.code} {finding.name} from step {finding.onset.step:,.0f}: {finding.message}"
    for prescription in finding.prescriptions[:1]:
        changes = ", ".join(f"{c.name} {c.before} -> {c.after}" for c in prescription.changes)
        told += f"; {prescription.action}" + (f": {changes}" if changes else "")
    return told


def as_number(value: Any) -> float | None:
    """Return a number as a float; None for text, flags, and tensors of several numbers."""
    if value is None or isinstance(value, bool | str | bytes):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def rows_of(path: Path) -> list[dict[str, float]]:
    """Rows of an earlier part of the log; lines that are torn or foreign are passed over."""
    if not path.exists():
        return []
    rows = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and isinstance(row.get("step"), int | float):
                rows.append({k: float(v) for k, v in row.items() if isinstance(v, int | float)})
    return rows
