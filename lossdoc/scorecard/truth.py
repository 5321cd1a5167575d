"""What is right about a run of the trainer, and what is wrong."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from lossdoc.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.trainer.scenarios import Scenario

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "LD1": "divergence, non-finite numbers",
        "LD2": "oscillation, spikes, noise",
        "LD3": "plateaus, slow convergence",
        "LD4": "over- and underfitting",
        "LD5": "schedules",
    }
)
"""First characters of the codes of a family of faults -> what they are."""


class Standing(StrEnum):
    """What a finding about a run is.

    A finding of an expected code is *right*, whatever its severity. A warning or an error of a
    forbidden code is *wrong*, and so is any about a run that has no fault. All else is *neither*: a
    note, or a code about which the scenario says nothing.
    """

    RIGHT = "right"
    WRONG = "wrong"
    NEITHER = "neither"


def standing(scenario: Scenario, code: str, severity: int) -> Standing:
    """Return what a finding about a run of a scenario is."""
    if code in scenario.expected:
        return Standing.RIGHT
    if severity > Severity.NOTE and scenario.wrong([code]):
        return Standing.WRONG
    return Standing.NEITHER


def primary(scenario: Scenario) -> str:
    """Code that names the fault of a scenario best; empty where there is none."""
    return scenario.expected[0] if scenario.expected else ""


def family(code: str) -> str:
    """Key of `FAMILIES` that a code belongs to; log quality (LD9) is none of them."""
    return code[:3]
