"""LD502: the learning rate fell while the run was still learning, and the loss froze."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.decay import over_the_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_LATE = 0.5
"""Share of the axis before a log that may be its own lost beginning; beyond, another run's steps."""


def _frozen() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        moving = np.minimum(t, 0.12)
        return {
            "train_loss": curves.noisy(rng, 2.4 * np.exp(-moving / 0.12) + 0.1, 0.01),
            "lr": np.where(t < 0.12, 1e-2, 1e-5),
        }

    return curves.table(500, fill)


def _milestones() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = 0.9 * curves.learning(len(t), 2.4, 0.2, 0.02) - 0.05 * (t > 0.5)
        return {
            "train_loss": curves.noisy(rng, level, 0.02),
            "lr": np.where(t < 0.5, 1e-2, np.where(t < 0.75, 1e-3, 1e-4)),
        }

    return curves.table(500, fill)


class DecayedTooEarly(Rule):
    """Learning rate decayed while the loss was still falling, and froze it.

    ## How it is measured
    The rate is below a tenth of its peak before half of the run (of an unfinished one: of its
    planned length; of a log that lacks its beginning: of all its steps); in the part before that the loss was still improving by a tenth of its drop;
    since then it is flat (under 3 % of the drop), at a level above a fifth of the start.

    ## What to change
    The same peak with a cosine (or linear) decay over all of the steps.

    ## When it is wrong
    Step decays and reduce-on-plateau schedules that fell after the loss had flattened: they are
    silent here.
    """

    code: ClassVar[str] = "LD502"
    name: ClassVar[str] = "decayed-too-early"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 20
    patience: ClassVar[float] = 0.5
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD403", "LD305", "LD304", "LD303"})
    references: ClassVar[tuple[str, ...]] = (
        "Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_frozen(), onset=(55, 70)),
        quiet(curves.healthy()),
        quiet(_milestones()),
    )

    low: float = option(0.1, unit="of the peak", text="Rate that counts as decayed.")
    before: float = option(0.1, unit="of the drop", text="Improvement just before the decay.")
    level: float = option(0.2, unit="of the start", text="Levels below are good anyway.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Find the decay, and look before and behind it."""
        c, rate = case.train, case.rate
        if c is None or rate is None or c.n < self.min_points or c.start <= 0:
            return
        high = np.flatnonzero(rate.y >= self.low * rate.peak)
        if high[-1] + 1 >= len(rate.y):
            return
        x = float(rate.x[high[-1] + 1])
        share = _place(c, x)
        i = c.at(x)
        if share >= 0.5 or i < 8 or c.n - i < 8:
            return
        head, tail = c.y[:i], c.y[i:]
        middle = median(head[int(0.3 * i) : max(int(0.5 * i), int(0.3 * i) + 1)])
        improving = middle - median(head[-max(i // 5, 1) :])
        part = max(len(tail) // 4, 2)
        since = float(median(tail[:part]) - median(tail[-part:]))
        flat = abs(since) < max(0.03 * c.drop, 3 * c.se)
        if not flat or improving <= self.before * c.drop or c.end <= self.level * c.start:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, i),
            series=c.name,
            message=f"{c.name} froze at {number(c.end)} when the rate fell below a tenth of its "
            f"peak at {share:.0%} of the run; it was still falling",
            evidence=(
                Evidence("decayed_at", share, "of the run", 0.5),
                Evidence("improving_before", improving / c.drop, "of the drop", self.before),
                Evidence("progress_since", since / c.drop, "of the drop", 0.03),
                Evidence("level", c.end / c.start, "of the start", self.level),
            ),
            effect=improving >= 2 * self.before * c.drop,
            points=c.n >= 2 * self.min_points,
            agree=case.val is None or case.val.n < 5 or case.val.rise < 0.1,
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Decay over the whole run."""
        share = finding.number("decayed_at")
        return over_the_run(
            case,
            now=f"decayed at {share:.0%}",
            rationale=f"the loss stood still for the {1 - share:.0%} of the run after the decay",
            caveat="not if the early decay was meant to protect pretrained weights",
        )


def _place(c: Curve, x: float) -> float:
    """Position of a step within the run; of a log that lacks its beginning, within all steps."""
    first = 0.0 if 0 <= c.begins_at <= _LATE else float(c.x[0])
    return (x - first) / max((float(c.x[-1]) - first) * c.ahead, 1e-300)
