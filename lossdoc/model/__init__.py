"""The words of lossdoc as data: run, channel, series, finding, prescription, diagnosis.

Everything here is frozen and knows only numpy. A value that is NaN was logged as NaN; a value
that was not logged is simply absent, since every series keeps its own steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model.diagnosis import (
    Change,
    Confidence,
    Diagnosis,
    Evidence,
    Finding,
    NotChecked,
    Onset,
    Prescription,
    Setting,
    Severity,
    Superseded,
    Verdict,
    Yielded,
)
from lossdoc.model.gate import EACH, Acceptance, Accepted, Budget, Limit
from lossdoc.model.run import Channel, LogIssue, Run, Series

if TYPE_CHECKING:
    from lossdoc.model.run import Floats as Floats
    from lossdoc.model.run import Ints as Ints

__all__ = [
    "EACH",
    "Acceptance",
    "Accepted",
    "Budget",
    "Change",
    "Channel",
    "Confidence",
    "Diagnosis",
    "Evidence",
    "Finding",
    "Limit",
    "LogIssue",
    "NotChecked",
    "Onset",
    "Prescription",
    "Run",
    "Series",
    "Setting",
    "Severity",
    "Superseded",
    "Verdict",
    "Yielded",
]
