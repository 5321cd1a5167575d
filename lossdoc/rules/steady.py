"""Progress that does not slow down: what LD301 to LD304 share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc import prescribe
from lossdoc.model import Channel, Evidence
from lossdoc.robust import block_medians, extrapolate, theil_sen
from lossdoc.robust.progress import STEADY, progress
from lossdoc.rules.base import number

if TYPE_CHECKING:
    from lossdoc.model import Finding, Severity
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.progress import Progress
    from lossdoc.rules.base import Rule

FEW = 40
"""Points below which the shape of a curve says little."""

VAL_MIN = 8
"""Values from which on the validation loss decides."""

LATEST_START = 0.035
"""A log whose first row lies later than this share of its axis may have missed the descent."""

_PLAIN = 1.4
"""Second half over second quarter that is nearer to a straight line (2) than to a logarithm (1)."""

_SLOPE_BLOCKS = 24


def deciding(case: Case) -> Curve | None:
    """Return the curve that tells whether progress goes on: the validation loss if long enough."""
    v = case.val
    return v if v is not None and v.n >= VAL_MIN else case.principal


def covered(case: Case) -> float:
    """Share of its start by which the loss fell; of the validation loss, if seen from the start."""
    c, v = case.principal, deciding(case)
    if c is None or v is None:
        return 0.0
    seen = v if v.begins_at <= LATEST_START else c
    return (seen.start - seen.end) / seen.start if seen.start > 0 else 0.0


def steady(case: Case) -> Progress | None:
    """Progress of the deciding curve where it does not slow down, or None."""
    c, v = case.principal, deciding(case)
    if c is None or v is None:
        return None
    own = progress(c, case.progress(c.x))
    if v is c:
        return own if own.steady(few=c.n < FEW) else None
    by_val = progress(v, case.progress(v.x))
    still_best = v.where[int(np.argmin(v.y))] >= 0.8
    noisy = own.error * 3 > 0.25 * max(own.total, 0.0)
    agrees = own.significant or noisy
    return by_val if by_val.steady(few=v.n < FEW) and agrees and still_best else None


def creeps(case: Case) -> bool:
    """Whether the loss falls along a line, by however little: its rate is too low, it is not stuck."""
    v = deciding(case)
    return v is not None and v.n >= VAL_MIN and steady(case) is not None


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
    return c.begins_at > LATEST_START and not first_epoch and c.x[0] > 1


def state(rule: Rule, case: Case, c: Curve, p: Progress, severity: Severity) -> Finding:
    """Tell steady progress as a finding of LD303 or LD304."""
    share = covered(case)
    ratio = p.late / p.early if p.early > 0 else float("inf")
    return rule.finding(
        case,
        onset=case.onset_at(c, c.n // 2),
        series=c.name,
        channel=Channel.VAL_LOSS if c is case.val else Channel.TRAIN_LOSS,
        severity=severity,
        message=f"{c.name} was still falling steadily at {number(c.end)}, having covered "
        f"{share:.0%} of its start {number(c.start)}",
        evidence=(
            Evidence("covered", share, "of the start"),
            Evidence("second_half", p.late / max(p.total, 1e-300), "of all progress", 0.25),
            Evidence("second_half_over_second_quarter", ratio, "x", STEADY),
            Evidence("last_quarter", p.last / max(p.total, 1e-300), "of all progress", 0.1),
            *_future(case, c),
        ),
        effect=ratio >= _PLAIN,
        points=c.n >= FEW,
        caveat="fine-tuning and losses with a large constant part fall little by nature",
    )


def _future(case: Case, c: Curve) -> tuple[Evidence, ...]:
    """Slope of the second half, and what as much training again would bring."""
    late = slice(c.n // 2, None)
    x, y = (block_medians(values[late], _SLOPE_BLOCKS) for values in (c.x, c.y))
    slope = theil_sen(x, y)
    told = () if slope is None else (Evidence("slope", slope.value, f"loss per {case.run.axis}"),)
    outlook = extrapolate(case.progress(c.x), c.y)
    if outlook is None:
        return told
    return (
        *told,
        Evidence("gain", outlook.gain, "loss, in as many steps again"),
        Evidence("gain_low", outlook.low, "loss, end of the 80 % interval"),
        Evidence("gain_high", outlook.high, "loss, end of the 80 % interval"),
    )


def outlook_in_words(finding: Finding, case: Case) -> str:
    """What as much training again would bring; empty where the curve is too short to tell."""
    told = {e.name: e.value for e in finding.evidence}
    if "gain" not in told:
        return ""
    gain, low, high = (number(told[name]) for name in ("gain", "gain_low", "gain_high"))
    return (
        f"; another {prescribe.round_up(case.length):,} {case.run.axis}s alike would lower {finding.series} by about "
        f"{gain} ({low} to {high})"
    )
