"""Which findings on a log that grows are more than its newest rows.

Judged again and again, a noisy beginning sometimes looks like a divergence for a few rows. What a
run is stopped for has to be seen without the newest rows, too.
"""

from __future__ import annotations

import math
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
_FEWEST = 20
"""Rows besides, where rows are no epochs: fewer say little about noise."""


def earlier(run: Run, share: float = 1.0) -> Run:
    """Return a run without its newest rows: ten, or one in a hundred of a longer log.

    Nothing is left of one that is too short.

    Parameters
    ----------
    share
        Of these rows, so many are left out.
    """
    longest = max(run.series, key=len, default=None)
    if longest is None or not len(longest):
        return run
    by_epoch = run.axis == "epoch"
    newest = max(_EPOCHS if by_epoch else _ROWS, int(_SHARE * len(longest)))
    left = len(longest) - math.ceil(share * newest)
    last = int(longest.rows[left - 1]) if left >= (1 if by_epoch else _FEWEST) else 0
    series = tuple(part for s in run.series if len(part := s.between_rows(0, last)))
    return replace(run, series=series, restarts=tuple(r for r in run.restarts if r <= last))


def lasting(found: Sequence[Finding], run: Run, judge: Callable[[Run], Diagnosis]) -> list[Finding]:
    """Return the findings that the newest rows alone do not make.

    Parameters
    ----------
    found
        Of a judgement of ``run``.
    judge
        Judges the run without its newest rows, and without half of them, where that is needed:
        what only flickers is seen by chance at one of them.
    """
    left = list(found)
    for share in (1.0, 0.5):
        if all(finding.code in CERTAIN for finding in left):
            break
        before = {(finding.code, finding.severity) for finding in judge(earlier(run, share))}
        left = [f for f in left if f.code in CERTAIN or (f.code, f.severity) in before]
    return left
