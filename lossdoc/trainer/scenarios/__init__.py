"""The registry of scenarios: what the trainer can reproduce on demand."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lossdoc.trainer.scenarios import (
    divergence,
    generalisation,
    healthy,
    look_alikes,
    schedule,
    spikes,
    stuck,
)
from lossdoc.trainer.scenarios.base import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCENARIOS", "Scenario"]

_FAMILIES = (healthy, divergence, spikes, stuck, generalisation, schedule, look_alikes)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {scenario.name: scenario for family in _FAMILIES for scenario in family.SCENARIOS}
)
"""Name -> scenario, in the order in which they are documented."""
