"""What a monitor takes and tells: numbers of a loop, and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
