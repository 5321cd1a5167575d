"""LD303 and what it shares with LD304: progress that does not slow down."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust.progress import Progress, progress
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_FEW = 40
_EXCERPT = 5
"""Fewer rows by step are as likely the beginning of a run as all of it; a few epochs are a run."""
_VAL_MIN = 8
_LATEST_START = 0.035


def _crawl() -> curves.Make:
    return curves.table(
        400,
        lambda rng, t: {
            "train_loss": curves.noisy(rng, 2.4 - 0.3 * t, 0.01),
            "val_loss": curves.noisy(rng, 2.4 - 0.3 * t, 0.002),
            "lr": np.full(len(t), 1e-5),
        },
        every=20,
    )


class TooSlow(Rule):
    """Loss still falls as fast as ever and has covered little of its way.

    ## How it is measured
    On the axis of cumulative learning rate, so that a decayed tail does not look flat: the fall
    of the second half is at least 1.3 times that of the second quarter (a straight line gives 2,
    a logarithm 1, a converging run less), is 30 % of all progress, goes on in the last quarter, and
    is beyond its noise. The validation loss decides where it has eight values, and must be best in
    the last fifth. Less than half of the start was covered (a quarter with under 40 points). A
    note where the first 3.5 % of the log are missing or the schedule had come to its end.

    ## What to change
    The learning rate times 2.7 / covered share, between 3 and 100: at that speed a drop of nine
    tenths needs 0.9 / covered share of the present sum of rates; 3 is for the bend of the curve.

    ## When it is wrong
    Fine-tuning, where a small fall is normal; losses with a large irreducible part.
    """

    code: ClassVar[str] = "LD303"
    name: ClassVar[str] = "too-slow"
    severity: ClassVar[Severity] = Severity.WARNING
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 3
    references: ClassVar[tuple[str, ...]] = (
        "Smith 2017, Cyclical Learning Rates (range test)",
        "Godbole et al. 2023, Deep Learning Tuning Playbook (how long to train)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_crawl()),
        quiet(curves.healthy()),
        quiet(curves.healthy(rate="constant")),
        quiet(curves.epochs()),
    )

    least: float = option(0.02, unit="of the start", text="Falls below are noise.")
    covered: float = option(0.5, unit="of the start", text="Fall that is still too little.")
    covered_few: float = option(0.25, unit="of the start", text="The same with under 40 points.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge whether progress is steady, and how little it covered."""
        c = case.principal
        if c is None or c.start <= 0:
            return
        drop = _covered(c)
        limit = self.covered if c.n >= _FEW else self.covered_few
        if not self.least <= drop < limit:
            return
        found = short_line(case, c) if c.n < _VAL_MIN else steady(case, c)
        if found is None:
            return
        excerpt = c.n < _EXCERPT and case.run.axis == "step"
        note = finished(case, c, drop) or begins_late(case, c) or excerpt
        yield state(self, case, c, found, Severity.NOTE if note else Severity.WARNING)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Raise the rate by the inverse of the covered share."""
        factor = float(np.clip(2.7 / max(finding.number("covered"), 1e-3), 3.0, 100.0))
        return (
            prescribe.raise_rate(
                case,
                factor,
                reference="linear extrapolation on the axis of cumulative learning rate; "
                "Smith 2017 (range test)",
                caveat="fine-tuning falls little by nature; with a factor of 30 or more run a range "
                "test first",
            ),
        )


def steady(case: Case, c: Curve) -> Progress | None:
    """Progress of the deciding curve where it does not slow down, or None."""
    own = progress(c, case.progress(c.x))
    v = case.val
    if v is None or v is c or v.n < _VAL_MIN:
        return own if own.steady(few=c.n < _FEW) else None
    by_val = progress(v, case.progress(v.x))
    still_best = v.where[int(np.argmin(v.y))] >= 0.8
    noisy = own.error * 3 > 0.25 * max(own.total, 0.0)
    agrees = own.significant or noisy
    return by_val if by_val.steady(few=v.n < _FEW) and agrees and still_best else None


def short_line(case: Case, c: Curve) -> Progress | None:
    """Progress of three to seven points on a straight line."""
    falls = -np.diff(c.y)
    if c.n < 3 or (falls <= 0).any() or falls[-1] < 0.9 * falls.mean():
        return None
    return progress(c, case.progress(c.x))


def finished(case: Case, c: Curve, drop: float) -> bool:
    """Whether the schedule came to its end, or the loss to nearly nothing: then it is a note."""
    decayed = case.rate is not None and case.rate.end < 0.3 * case.rate.peak and drop >= 0.1
    return decayed or c.end < 0.1 * c.start


def begins_late(case: Case, c: Curve) -> bool:
    """Whether the first rows are missing: how much was covered before them is not known."""
    first_epoch = case.run.axis != "step" and c.x[0] <= 1
    return c.begins_at > _LATEST_START and not first_epoch and c.x[0] > 1


def state(rule: Rule, case: Case, c: Curve, p: Progress, severity: Severity) -> Finding:
    """Tell steady progress as a finding of LD303 or LD304."""
    covered = _covered(c)
    ratio = p.late / p.early if p.early > 0 else float("inf")
    return rule.finding(
        case,
        onset=case.onset_at(c, c.n // 2),
        series=c.name,
        channel=Channel.VAL_LOSS if c is case.val else Channel.TRAIN_LOSS,
        severity=severity,
        message=f"{c.name} was still falling steadily at {number(c.end)}, having covered "
        f"{covered:.0%} of its start {number(c.start)}",
        evidence=(
            Evidence("covered", covered, "of the start"),
            Evidence("second_half", p.late / max(p.total, 1e-300), "of all progress", 0.3),
            Evidence("second_half_over_second_quarter", ratio, "x", 1.3),
            Evidence("last_quarter", p.last / max(p.total, 1e-300), "of all progress", 0.1),
        ),
        effect=ratio >= 1.6,
        points=c.n >= _FEW,
        caveat="fine-tuning and losses with a large constant part fall little by nature",
    )


def _covered(c: Curve) -> float:
    return (c.start - c.end) / c.start if c.start > 0 else 0.0
