"""How often ``lossdoc compare`` is right: false alarms, and faults that it catches.

::

    python -m lossdoc.scorecard.comparing        train, compare, print the figures (minutes)

Runs of a few cheap scenarios are trained; references and candidates are drawn from them without
putting any back. Both sides of one configuration give false alarms. A fault *hurts beyond seed
noise* where the mean final loss of all its runs lies more than six pooled standard deviations
above that of all healthy runs; that is decided on all runs, before any trial.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.comparison import comparison
from lossdoc.comparison.matching import pair
from lossdoc.comparison.measures import levels
from lossdoc.engine import diagnose
from lossdoc.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.model import Diagnosis, Run

SCENARIOS = (
    "healthy-digits-adam",
    "healthy-mixture-momentum",
    "healthy-spirals-rmsprop",
    "healthy-teacher-nesterov",
    "healthy-least-squares-gd",
)
FACTORS = (2.0, 10.0, 0.5, 0.1)
"""Times the healthy learning rate."""

SIDES = ((3, 3), (3, 1), (8, 1), (1, 1))
"""References and candidates of a trial; faults are printed for the first, summed up for all but the last."""

RUNS, TRIALS, HURTS = 40, 200, 6.0


class Figures(NamedTuple):
    """Trials of one kind: outcomes, and how far the candidates really lie above."""

    scenario: str
    factor: float
    sides: tuple[int, int]
    harm: float
    outcomes: Counter[str]


def main() -> int:
    """Train, compare and print."""
    rows = [f"{'scenario':<26}{'rate':>6}{'n':>5}{'harm':>9}  worse better same cannot tell"]
    alike: list[Figures] = []
    hurt: list[Figures] = []
    for name in SCENARIOS:
        healthy = trained(name, 1.0)
        same = [trials(name, 1.0, sides, healthy, healthy) for sides in SIDES]
        rows += map(told, same)
        alike += same
        for factor in FACTORS:
            other = trained(name, factor)
            found = [trials(name, factor, sides, healthy, other) for sides in SIDES[:-1]]
            rows.append(told(found[0]))
            hurt += [one for one in found if one.harm > HURTS]
    rows += totals("same distribution, worse", alike) + totals("hurt, worse", hurt)
    sys.stdout.write("\n".join(rows) + "\n")
    return 0


def totals(words: str, found: Sequence[Figures]) -> list[str]:
    """Rates of *worse*, one line for each number of runs."""
    lines = []
    for n, m in SIDES:
        some = [one for one in found if one.sides == (n, m)]
        worse = sum(one.outcomes["worse"] for one in some)
        if some:
            lines.append(rate(f"{words}, {n}:{m}", worse, sum(o.outcomes.total() for o in some)))
    return lines


def trained(name: str, factor: float) -> list[Diagnosis]:
    """Train `RUNS` seeds of a scenario with its rate times a factor, and judge them by no rule."""
    from lossdoc.trainer import SCENARIOS as KNOWN
    from lossdoc.trainer import run_batch

    base = KNOWN[name].config
    configs = [base.replace(seed=100 + i, lr=base.lr * factor) for i in range(RUNS)]
    return [diagnose(log.run(), rules=()) for log in run_batch(configs)]


def trials(
    name: str,
    factor: float,
    sides: tuple[int, int],
    healthy: Sequence[Diagnosis],
    other: Sequence[Diagnosis],
) -> Figures:
    """Compare `TRIALS` random draws of so many references and candidates."""
    random = np.random.default_rng(0)
    outcomes: Counter[str] = Counter()
    n, m = sides
    for _ in range(TRIALS):
        # Seeds of both sides differ: a shared one would make the difference look smaller.
        order = random.permutation(RUNS)
        old = [healthy[i] for i in order[:n]]
        new = [other[i] for i in order[n : n + m]]
        outcomes[comparison(old, new).outcome] += 1
    return Figures(name, factor, sides, harm(healthy, other), outcomes)


def harm(healthy: Sequence[Diagnosis], other: Sequence[Diagnosis]) -> float:
    """Difference of the mean logarithms of the final losses, in pooled standard deviations."""
    found = pair(_runs(healthy), _runs(other))
    finals = [
        [
            math.log(max(levels(m.curve, found.first, found.last).final, 1e-300))
            for m in side
            if m.curve and not m.broke_down
        ]
        for side in (found.reference, found.candidate)
    ]
    if len(finals[1]) < 2:
        return math.inf
    spread = math.sqrt((np.var(finals[0], ddof=1) + np.var(finals[1], ddof=1)) / 2)
    return float((np.mean(finals[1]) - np.mean(finals[0])) / max(spread, 1e-12))


def told(found: Figures) -> str:
    """One line of the table."""
    n, m = found.sides
    counts = [found.outcomes[o] for o in ("worse", "better", "same", "cannot tell")]
    numbers = "".join(f"{c:>7}" for c in counts)
    return f"{found.scenario:<26}{found.factor:>6g}{f'{n}:{m}':>5}{found.harm:>9.1f}{numbers}"


def rate(words: str, count: int, total: int) -> str:
    """Return a rate with its 95 % interval."""
    if not total:
        return f"{words}: no trials"
    low, high = wilson(count, total)
    return f"{words}: {count} of {total} ({count / total:.2%}; {low:.2%} to {high:.2%})"


def _runs(diagnoses: Sequence[Diagnosis]) -> list[Run]:
    return [d.run for d in diagnoses if d.run is not None]


if __name__ == "__main__":
    sys.exit(main())
