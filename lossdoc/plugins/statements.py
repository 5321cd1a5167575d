"""What a rule of somebody else may state: whatever reports can tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from types import NoneType
from typing import TYPE_CHECKING, Any

from lossdoc.measured import OWN
from lossdoc.model import (
    Change,
    Channel,
    Confidence,
    Evidence,
    Finding,
    Onset,
    Prescription,
    Severity,
)

if TYPE_CHECKING:
    from lossdoc.model import Run
    from lossdoc.rules.base import Rule

_MAYBE = (Real, NoneType)
_SETTING = (float, int, str, bool, NoneType)

_FIELDS: Mapping[type, Mapping[str, type | tuple[type, ...]]] = {
    Finding: {
        "message": str,
        "severity": Severity,
        "confidence": Confidence,
        "channel": Channel,
        "series": str,
        "onset": Onset,
        "last_step": Real,
        "evidence": tuple,
        "prescriptions": tuple,
        "factors": Mapping,
        "caveat": str,
    },
    Onset: {"step": Real, "epoch": _MAYBE, "wall_time": _MAYBE, "row": _MAYBE},
    Evidence: {"name": str, "value": Real, "unit": str, "threshold": _MAYBE},
    Prescription: {
        "kind": str,
        "action": str,
        "changes": tuple,
        "rationale": str,
        "reference": str,
        "caveat": str,
        "from_step": _MAYBE,
    },
    Change: {"name": str, "before": _SETTING, "after": _SETTING},
}


def sound(finding: object, rule: Rule, run: Run) -> None:
    """Refuse a finding that could not be reported.

    Raises
    ------
    TypeError, ValueError
        It is none, speaks for another rule, or of something that is not in the run.
    """
    _typed(finding, Finding)
    assert isinstance(finding, Finding)
    if (finding.code, finding.name) != (rule.code, rule.name):
        raise ValueError(f"it states a finding of {finding.code} {finding.name}")
    if not finding.message:
        raise ValueError("a finding without a message")
    if finding.severity > max(rule.severity, rule.forced or rule.severity):
        told, most = finding.severity.label, rule.severity.label
        raise ValueError(f"severity {told}, but the rule declares {most} at most")
    if finding.confidence is Confidence.HIGH and not finding.code.startswith(OWN):
        raise ValueError("confidence high, though nobody measured it; self.finding() knows")
    if finding.series not in {"", *(s.name for s in run.series)}:
        raise ValueError(f"no series {finding.series!r} in this log")
    _typed(finding.onset, Onset)
    if not (math.isfinite(finding.onset.step) and math.isfinite(finding.last_step)):
        raise ValueError("onset and last step must be finite")
    for item in finding.evidence:
        _typed(item, Evidence)
    for prescription in finding.prescriptions:
        _typed(prescription, Prescription)
        for change in prescription.changes:
            _typed(change, Change)


def _typed(item: object, kind: type[Any]) -> None:
    if not isinstance(item, kind):
        raise TypeError(f"{type(item).__name__} {item!r:.60} where {kind.__name__} is needed")
    for name, types in _FIELDS[kind].items():
        value = getattr(item, name)
        if not isinstance(value, types):
            raise TypeError(f"{kind.__name__}.{name} is {type(value).__name__} {value!r:.60}")
