"""Scenarios of learning-rate schedules that do harm."""

from __future__ import annotations

from lossdoc.trainer.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = ()
