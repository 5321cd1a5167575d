"""The registry of scenarios: what the trainer can reproduce on demand."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lossdoc.trainer.scenarios import (
    data_order,
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

__all__ = ["FAMILIES", "SCENARIOS", "Scenario"]

FAMILIES: Mapping[str, tuple[Scenario, ...]] = MappingProxyType(
    {
        "Healthy runs": healthy.SCENARIOS,
        "Divergence and numerical failures": divergence.SCENARIOS,
        "Oscillation and spikes": spikes.SCENARIOS,
        "Plateaus, slow convergence, underfitting": stuck.SCENARIOS,
        "Overfitting": generalisation.SCENARIOS,
        "Schedules": schedule.SCENARIOS,
        "Look-alikes": (*look_alikes.SCENARIOS, *data_order.SCENARIOS),
    }
)
"""Heading -> its scenarios, in the order in which they are documented."""

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {scenario.name: scenario for family in FAMILIES.values() for scenario in family}
)
"""Name -> scenario."""
