"""Which findings on a log that grows are more than its newest rows.

Judged again and again, a noisy beginning sometimes looks like a divergence for a few rows. What a
run is stopped for has to be seen without the newest rows, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lossdoc.model import Diagnosis, Finding, Run

CERTAIN = frozenset({"LD101"})
"""No run comes back from a loss that stays no number."""

_ROWS = 10
_EPOCHS = 2
"""Newest rows that a finding must do without; an epoch is many steps."""

_SHARE = 0.01


def earlier(run: Run) -> Run:
    """Return a run without its newest rows: ten, or one in a hundred of a longer log."""
    longest = max(run.series, key=len, default=None)
    if longest is None or not len(longest):
        return run
    fewest = _EPOCHS if run.axis == "epoch" else _ROWS
    left = len(longest) - max(fewest, int(_SHARE * len(longest)))
    last = int(longest.rows[left - 1]) if left > 0 else 0
    series = tuple(part for s in run.series if len(part := s.between_rows(0, last)))
    return replace(run, series=series, restarts=tuple(r for r in run.restarts if r <= last))


def lasting(found: Sequence[Finding], run: Run, judge: Callable[[Run], Diagnosis]) -> list[Finding]:
    """Return the findings that the newest rows alone do not make.

    Parameters
    ----------
    found
        Of a judgement of ``run``.
    judge
        Judges the run without its newest rows, where that is needed.
    """
    if all(finding.code in CERTAIN for finding in found):
        return list(found)
    before = {(finding.code, finding.severity) for finding in judge(earlier(run))}
    return [f for f in found if f.code in CERTAIN or (f.code, f.severity) in before]
