"""Scenarios in which a run hardly learns: plateaus, slow convergence, underfitting."""

from __future__ import annotations

from lossdoc.trainer.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = ()
