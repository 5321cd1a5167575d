"""LD104: the gradient norm grows by orders of magnitude."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median, running_median
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve


def _explode(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][200:] *= np.geomspace(1, 1e4, 200)
    columns["train_loss"][200:] *= np.geomspace(1, 30, 200)


def _grow(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"] *= np.geomspace(1, 5, 400)


class GradientExplosion(Rule):
    """Gradient norm grows a hundredfold and stays there.

    ## How it is measured
    The median of the last norms against the median of the first (5 %, at least five), in
    logarithms. An error together with a loss that is lost (not finite, or at its start again);
    a note as long as the loss is healthy. Infinite norms do not count: loss scalers log them.

    ## What to change
    Clip at the 90th percentile of the norms before the growth and divide the rate by 3; in
    recurrent networks initialise the recurrent matrix orthogonally.

    ## When it is wrong
    Norms logged before the loss scale is divided out, which jump by powers of two.
    """

    code: ClassVar[str] = "LD104"
    name: ClassVar[str] = "gradient-explosion"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.GRAD_NORM})
    min_points: ClassVar[int] = 20
    references: ClassVar[tuple[str, ...]] = (
        "Pascanu et al. 2013, On the difficulty of training recurrent neural networks",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _explode), onset=(200, 320)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _grow)),
    )

    growth: float = option(100.0, unit="x early", text="Growth of the median norm.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare late with early norms."""
        g = case.grad
        if g is None or g.n < self.min_points or not g.positive:
            return
        early = median(g.y[: max(5, g.n // 20)])
        late = median(g.y[-max(5, g.n // 20) :])
        if late < self.growth * early:
            return
        lost = _loss_is_lost(case)
        yield self.finding(
            case,
            onset=case.onset_at(g, self._onset(g, early, late)),
            series=g.name,
            channel=Channel.GRAD_NORM,
            severity=Severity.ERROR if lost else Severity.NOTE,
            message=f"{g.name} grew from {number(early)} to {number(late)}, {times(late / early)}",
            evidence=(
                Evidence("growth", late / early, "x", self.growth),
                Evidence("early_norm", early, "norm"),
                Evidence("late_norm", late, "norm"),
            ),
            effect=late >= 2 * self.growth * early,
            points=g.n >= 3 * self.min_points,
            agree=lost,
            caveat="norms logged before unscaling jump by powers of two without harm",
        )

    @staticmethod
    def _onset(g: Curve, early: float, late: float) -> int:
        middle = np.sqrt(early * late)
        level = running_median(g.y, 5)
        return int(np.flatnonzero(level <= middle)[-1]) if (level <= middle).any() else 0

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Clip at healthy norms, and a third of the rate."""
        if finding.severity is Severity.NOTE:
            return ()
        lower = prescribe.lower_rate(
            case,
            3.0,
            at=finding.onset.step,
            warm_up=True,
            reference="Pascanu et al. 2013 (clipping); Godbole et al. 2023, Tuning Playbook",
        )
        clip = prescribe.clip(case, finding.onset.step)
        return (lower,) if clip is None else (clip, lower)


def _loss_is_lost(case: Case) -> bool:
    series = case.run.get(Channel.TRAIN_LOSS)
    if series is not None and len(series) and not np.isfinite(series.values[-1]):
        return True
    return case.train is not None and case.train.n >= 10 and case.train.end >= case.train.start
