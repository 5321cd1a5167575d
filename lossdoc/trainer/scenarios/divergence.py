"""Scenarios in which the loss grows without bound, or the numbers end."""

from __future__ import annotations

from lossdoc.trainer.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = ()
