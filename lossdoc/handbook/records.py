"""How right each rule is, for its page: from the scorecard's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.scorecard.markdown import fraction, span, table
from lossdoc.trainer.scenarios import SCENARIOS

if TYPE_CHECKING:
    from lossdoc.scorecard.results import Results, RuleScore


def section(code: str, found: Results | None) -> str:
    """What was measured of a rule, as a table and sentences; empty where nothing was."""
    score = found.rules.get(code) if found else None
    if found is None or score is None:
        return ""
    sound = sum(count.runs for count in found.sound.values())
    last = found.first_seed + found.seeds - 1
    about = (
        f"On {found.runs:,} runs of the [trainer](../trainer.md), seeds {found.first_seed} to {last}, on "
        "which nothing was tuned; the [scorecard](../scorecard.md) says what is counted. In brackets: "
        "95 % intervals."
    )
    parts = [about, table(("", ""), _rows(score, sound))]
    if not score.counts["runs"]:
        parts.append(
            "It is the best answer to no scenario of the trainer, so how many faults it misses is not "
            "known. Its own examples and tests stand for it."
        )
    shown = _scenarios(code)
    return "\n\n".join([*parts, f"Scenarios that show it: {shown}."] if shown else parts)


def _rows(score: RuleScore, sound: int) -> list[tuple[str, str]]:
    counts = score.counts
    told = counts["right"] + counts["wrong"]
    rows = [
        ("found (recall), of the runs that have it", fraction(counts["found"], counts["runs"])),
        ("right (precision), of the runs with its warning", fraction(counts["right"], told)),
        ("F1", span(score.f1)),
        ("false alarms, of the sound runs", fraction(counts["alarms"], sound)),
        ("notes, of the sound runs", fraction(counts["notes"], sound)),
        ("onset off by, steps (median)", span(score.onset_error)),
        ("onset within a twentieth of the run", fraction(score.near, score.onsets)),
        ("told so long after it begins, share of the run", span(score.delay_share, percent=True)),
        ("cured by what it prescribes", fraction(score.cured, score.treated)),
    ]
    return [(name, value) for name, value in rows if value != "–"]


def _scenarios(code: str) -> str:
    names = [s.name for s in SCENARIOS.values() if code in s.expected]
    return ", ".join(f"[{name}](../scenarios.md#{name})" for name in names)
