"""Scenarios of overfitting."""

from __future__ import annotations

from lossdoc.trainer.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = ()
