"""What the scorecard measured of each rule; written by ``python -m lossdoc.scorecard``."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

_RELIABLE = 0.95
"""Share of the findings called *high* that should be right."""


OWN = "LD"
"""How the codes of the built-in rules begin, and no others."""


class Measured(NamedTuple):
    """What was measured of one rule, in runs of the trainer's scenarios.

    Parameters
    ----------
    runs, found
        Runs with the fault that the rule is for; those in which it is found.
    sound, alarms, notes
        Runs without a fault; those with a warning or an error of the rule, and with a note.
    treated, cured
        Runs with that fault to which prescriptions were applied; those that were cured.
    sure_right, sure_wrong
        Runs with a warning or an error of it in which every factor of confidence holds: where it is
        right, where it is wrong.
    """

    runs: int = 0
    found: int = 0
    sound: int = 0
    alarms: int = 0
    notes: int = 0
    treated: int = 0
    cured: int = 0
    sure_right: int = 0
    sure_wrong: int = 0

    @property
    def reliable(self) -> bool:
        """Whether the rule may call findings *high*."""
        return is_reliable(self.sure_right, self.sure_wrong)


def is_reliable(right: int, wrong: int) -> bool:
    """Whether sure findings are right often enough to be called *high*.

    Without a wrong one they are: nothing speaks against it.
    """
    return wrong == 0 or right >= _RELIABLE * (right + wrong)


def measured(code: str) -> Measured | None:
    """Record of a rule; None where nothing was measured."""
    return _records().get(code)


def reliable(code: str) -> bool:
    """Whether the record of a rule lets it call findings *high*.

    A built-in rule without a record may: its examples and tests stand for it. Rules of plug-ins
    are measured by nobody.
    """
    record = measured(code)
    return code.startswith(OWN) if record is None else record.reliable


def sentence(code: str) -> str:
    """Record of a rule in words: ``found 312 of 320; cured 19 of 20``; empty if there is none."""
    record = measured(code)
    if record is None or not record.sound:
        return ""
    parts = []
    if record.runs:
        parts.append(f"found in {record.found} of {record.runs} runs that have it")
    alarms = "no false alarm" if not record.alarms else _count(record.alarms, "false alarm")
    parts.append(f"{alarms} in {record.sound} sound runs")
    if record.notes:
        parts.append(f"a note in {record.notes} of these")
    if record.treated:
        parts.append(f"cured {record.cured} of {record.treated}")
    return "; ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@cache
def _records() -> dict[str, Measured]:
    import json
    from importlib.resources import files

    file = files("lossdoc").joinpath("measured.json")
    if not file.is_file():
        return {}
    rules = json.loads(file.read_text("utf-8"))["rules"]
    return {code: Measured(**record) for code, record in rules.items()}
