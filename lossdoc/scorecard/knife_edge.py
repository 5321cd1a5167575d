"""Scale every threshold at random, to see whether the results hang on their exact values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.rules import builtin

if TYPE_CHECKING:
    from lossdoc.rules.base import Rule

LOW, HIGH = 0.6, 1.6


def draws(count: int, seed: int = 0) -> list[tuple[Rule, ...]]:
    """Return all rules, with other thresholds in each draw.

    Each threshold is multiplied by a factor of its own, log-uniform from 0.6 to 1.6. What counts whole
    things goes on doing so.
    """
    rng = np.random.default_rng(seed)
    return [tuple(_scaled(rule, rng) for rule in builtin()) for _ in range(count)]


def _scaled(rule: Rule, rng: np.random.Generator) -> Rule:
    options = rule.options()
    factors = np.exp(rng.uniform(math.log(LOW), math.log(HIGH), len(options)))
    return rule.configured(
        {
            option.name: _like(option.value, option.value * float(factor))
            for option, factor in zip(options, factors, strict=True)
        }
    )


def _like(value: float, scaled: float) -> float:
    """Round what was a whole number by its type; one is the least of those."""
    return max(round(scaled), 1) if isinstance(value, int) else scaled
