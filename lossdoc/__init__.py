"""lossdoc: the doctor for training runs.

>>> import lossdoc
>>> diagnosis = lossdoc.analyze({"train_loss": [2.0, 1.0, float("nan"), float("nan")]})
>>> diagnosis.verdict.value, diagnosis.findings[0].code
('failing', 'LD101')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossdoc.api import Settings, analyze, analyze_all, load, load_all
    from lossdoc.comparing import compare
    from lossdoc.errors import LossdocError, LossdocFindings, SourceError, UsageError
    from lossdoc.integrations.monitor import Monitor
    from lossdoc.model import (
        Change,
        Channel,
        Confidence,
        Diagnosis,
        Evidence,
        Finding,
        Prescription,
        Run,
        Series,
        Severity,
        Verdict,
    )

__version__ = "0.1.0"

__all__ = [
    "Change",
    "Channel",
    "Confidence",
    "Diagnosis",
    "Evidence",
    "Finding",
    "LossdocError",
    "LossdocFindings",
    "Monitor",
    "Prescription",
    "Run",
    "Series",
    "Settings",
    "Severity",
    "SourceError",
    "UsageError",
    "Verdict",
    "__version__",
    "analyze",
    "analyze_all",
    "compare",
    "load",
    "load_all",
]

_HOMES = {
    "lossdoc.api": frozenset({"Settings", "analyze", "analyze_all", "load", "load_all"}),
    "lossdoc.comparing": frozenset({"compare"}),
    "lossdoc.errors": frozenset({"LossdocError", "LossdocFindings", "SourceError", "UsageError"}),
    "lossdoc.integrations.monitor": frozenset({"Monitor"}),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``lossdoc --help`` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'lossdoc' has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "lossdoc.model")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
