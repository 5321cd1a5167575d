"""Shell completion of what only lossdoc knows."""

from __future__ import annotations


def rule_codes(incomplete: str) -> list[tuple[str, str]]:
    """Codes and names of rules that begin as typed, with their summaries.

    After a comma the next code of the list is completed.
    """
    from lossdoc.plugins import present

    done, comma, start = incomplete.rpartition(",")
    return [
        (f"{done}{comma}{word}", rule.summary())
        for rule in present()
        for word in (rule.code, rule.name)
        if word.lower().startswith(start.lower())
    ]


def scenario_names(incomplete: str) -> list[tuple[str, str]]:
    """Names of scenarios that begin as typed, with their titles."""
    from lossdoc.trainer import SCENARIOS

    return [
        (name, scenario.title)
        for name, scenario in SCENARIOS.items()
        if name.startswith(incomplete.lower())
    ]
