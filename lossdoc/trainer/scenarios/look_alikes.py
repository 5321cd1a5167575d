"""Runs in which nothing is wrong, though it looks so to a careless eye."""

from __future__ import annotations

from lossdoc.trainer.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = ()
