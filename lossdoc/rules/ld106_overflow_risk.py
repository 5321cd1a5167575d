"""LD106: half precision runs over, or is about to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median
from lossdoc.robust.curve import Curve
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.ld101_non_finite_terminal import tail_of_non_finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

LARGEST = 65504.0
"""Largest finite number of float16."""

_FEWEST = 100
"""With fewer loss scales one row is more than 1 % of the run: a burst cannot be told."""

_CALIBRATION = 0.05
"""Share of the run in which a scaler looks for its scale: it begins far too high by design."""

_LOST = 0.1
"""A loss that has lost this much of its drop is the trouble, and the scale its consequence."""

_ZERO = 2.0**-60
"""Scales that were printed as 0."""

_SUDDEN = 10.0
"""A loss or norm that grew so many times before the NaN exploded by itself."""


def _scaled(scale: Floats, *, lost: int | None = None) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = curves.learning(len(t), 2.5, 0.3)
        loss = curves.noisy(rng, level, 0.05)
        norm = curves.noisy(rng, 0.5 + 0.5 * level, 0.25)
        if lost is not None:
            loss[lost:], norm[lost - 1 :] = np.nan, np.inf
        return {"train_loss": loss, "grad_norm": norm, "loss_scale": scale}

    return curves.table(len(scale), fill)


def _powers(exponents: Floats) -> Floats:
    return np.asarray(2.0 ** np.floor(exponents))


_STEPS = np.arange(400.0)
_NOBODY_LOOKS = _powers(10 + _STEPS / 40)
_COLLAPSE = _powers(np.where(_STEPS < 300, 15, np.maximum(15 - (_STEPS - 299), -5)))
_SETTLES = _powers(np.maximum(24 - _STEPS, 16 + (_STEPS % 100 > 60)))
_RECOVERS = _powers(
    np.where((_STEPS > 200) & (_STEPS < 240), np.maximum(16 - (_STEPS - 200), 12), 16)
)


class OverflowRisk(Rule):
    """Numbers outgrow half precision, whose largest is 65504.

    ## How it is measured
    Where the log has a loss scale, or its settings say float16. An error: the loss turns NaN out of
    a flat curve, where norm times loss scale had come within a factor of 2 of 65504, and the scale
    does not come down after it: nobody skips the steps that overflow. A warning: after the first 5 % of
    the run the scale halves three times or more within 1 % of the run and does not come back, or
    it ends at a thousandth and less, while the loss is in order; a scaler that halves now and
    then is at work as it should. A note: loss or norm stay within 16 times of 65504.

    ## What to change
    bfloat16, which has the range of float32. Where there is none: let the scaler skip the steps
    whose gradients are not finite, and begin with a scale of 2^12.

    ## When it is wrong
    Losses that are summed over tokens need small scales, down to 0.01, and are healthy.
    """

    code: ClassVar[str] = "LD106"
    name: ClassVar[str] = "overflow-risk"
    severity: ClassVar[Severity] = Severity.ERROR
    min_points: ClassVar[int] = 5
    stationary: ClassVar[bool] = False
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD101", "LD105"})
    references: ClassVar[tuple[str, ...]] = (
        "Micikevicius et al. 2018, Mixed Precision Training (loss scaling)",
        "Kalamkar et al. 2019, A Study of BFLOAT16 for Deep Learning Training",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_scaled(_NOBODY_LOOKS, lost=280), onset=(281, 281)),
        fires(_scaled(_COLLAPSE), onset=(300, 303)),
        quiet(_scaled(_SETTLES)),
        quiet(_scaled(_RECOVERS)),
        quiet(curves.healthy()),
    )

    margin: float = option(16.0, unit="x", text="Numbers this near to 65504 may run over.")
    halvings: float = option(3.0, unit="halvings", text="Within 1 % of the run: a burst.")
    least: float = option(1e-3, unit="scale", text="Scales at the end that are no scale any more.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for an overflow that ended the run, then for one that will, then for large numbers."""
        series = case.run.get(Channel.LOSS_SCALE)
        scale = None if series is None else Curve.of(series)
        if scale is None and case.run.context.get("precision") != "float16":
            raise Withheld("no loss scale in this log, and no float16 in its settings")
        lost = tail_of_non_finite(case.run[Channel.TRAIN_LOSS])
        if lost is not None:
            found = None if scale is None else self._overflow(case, scale, lost)
        else:
            found = None if scale is None else self._collapse(case, scale)
            found = found or self._near(case)
        if found is not None:
            yield found

    def _overflow(self, case: Case, scale: Curve, lost: int) -> Finding | None:
        """Find a NaN out of a flat curve at a scale that nobody takes back."""
        series, c, g = case.run[Channel.TRAIN_LOSS], case.train, case.grad
        x = float(series.steps[lost])
        if c is None or g is None or c.n < self.min_points or not (g.x < x).any():
            return None
        i = int(np.searchsorted(g.x, x)) - 1
        j = max(int(np.searchsorted(scale.x, x, side="right")) - 1, 0)
        product = float(scale.y[j] * g.y[max(i - 4, 0) : i + 1].max())
        taken_back = scale.y[-1] < scale.y[j]
        if product < LARGEST / 2 or taken_back or _explodes(c) or _explodes(g):
            return None
        return self.finding(
            case,
            onset=case.onset(x, int(series.rows[lost])),
            series=series.name,
            message=f"{series.name} is not finite: {g.name} times {scale.name} had reached "
            f"{number(product)}, float16 ends at 65,504, and nobody took the scale "
            f"({number(scale.y[j])}) back",
            evidence=(
                Evidence("scaled_norm", product, "norm x scale", LARGEST / 2),
                Evidence("scale", float(scale.y[j]), "scale"),
                Evidence("scale_at_end", float(scale.y[-1]), "scale"),
            ),
            effect=product >= LARGEST,
            points=len(series) - lost >= 2,
            agree=bool(scale.x[-1] > x),
        )

    def _collapse(self, case: Case, scale: Curve) -> Finding | None:
        """Find a scale that falls and falls, though the loss is in order."""
        c = case.train
        if c is None or c.rise > _LOST or (scale.y < 0).any():
            return None
        i = self._burst(scale)
        if i is None and scale.y[-1] > self.least:
            return None
        i = int(np.argmax(scale.y <= self.least)) if i is None else i
        before = float(scale.y[max(i - 1, 0)])
        return self.finding(
            case,
            onset=case.onset_at(scale, i),
            series=scale.name,
            channel=Channel.LOSS_SCALE,
            severity=Severity.WARNING,
            message=f"{scale.name} falls from {number(before)} to {number(scale.y[-1])} and does not "
            "come back: gradients overflow float16 at every scale that is tried",
            evidence=(
                Evidence(
                    "halvings", float(np.log2(before / scale.y[-1])), "halvings", self.halvings
                ),
                Evidence("scale", before, "scale"),
                Evidence("scale_at_end", float(scale.y[-1]), "scale", self.least),
            ),
            effect=scale.y[-1] < 1,
            points=scale.n >= _FEWEST,
        )

    def _burst(self, scale: Curve) -> int | None:
        """First point of a fall that lasts, after the scaler has found its scale."""
        if scale.n < _FEWEST:
            return None
        logs, width = np.log2(np.maximum(scale.y, _ZERO)), max(scale.n // 100, 3)
        first = int(_CALIBRATION * scale.n)
        before, after = logs[first:-width], logs[first + width :]
        highest_after = np.maximum.accumulate(after[::-1])[::-1]
        lasting = before - highest_after >= self.halvings
        if not lasting.any():
            return None
        start = int(np.argmax(lasting)) + first
        return start + int(np.argmax(scale.y[start:] < scale.y[start]))

    def _near(self, case: Case) -> Finding | None:
        """Find a loss or a norm that stays near the largest number."""
        for curve, channel in (
            (case.train, Channel.TRAIN_LOSS),
            (case.grad, Channel.GRAD_NORM),
        ):
            if curve is None or curve.n < self.min_points:
                continue
            late = median(curve.y[-max(curve.n // 5, 3) :])
            if late < LARGEST / self.margin:
                continue
            return self.finding(
                case,
                onset=case.onset_at(curve, int(np.argmax(curve.y >= LARGEST / self.margin))),
                series=curve.name,
                channel=channel,
                severity=Severity.NOTE,
                message=f"{curve.name} stays near {number(late)}; float16 ends at 65,504",
                evidence=(Evidence("late", late, "value", LARGEST / self.margin),),
                effect=late >= LARGEST,
                points=curve.n >= 20,
                caveat="no harm where it is computed in float32, or logged before unscaling",
            )
        return None

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Leave half precision."""
        del case
        if finding.severity is Severity.NOTE:
            return ()
        scale, end = finding.number("scale"), finding.number("scale_at_end")
        if finding.severity is Severity.ERROR:
            why = f"norm times loss scale reached {number(finding.number('scaled_norm'))}"
        else:
            why = f"the loss scale fell from {number(scale)} to {number(end)} without an end"
        return (
            Prescription(
                kind="precision",
                action="train in bfloat16, without loss scaling",
                changes=(Change("precision", "float16", "bfloat16"),),
                rationale=f"{why}; float16 ends at 65,504, bfloat16 at 3e38",
                reference="Kalamkar et al. 2019, A Study of BFLOAT16; Micikevicius et al. 2018",
                caveat="without bfloat16: skip the steps whose gradients are not finite, halve the "
                "scale at each, and begin at 4,096; a lower learning rate does not help",
            ),
        )


def _explodes(c: Curve) -> bool:
    """Whether the last finite values were growing by themselves."""
    window = c.y[-max(5, c.n // 20) :]
    return bool(window[-1] >= _SUDDEN * max(float(window.min()), 1e-300))
