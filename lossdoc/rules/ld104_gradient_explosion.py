"""LD104: gradients explode: on the way, or from the very first one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median, running_median
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet, times
from lossdoc.rules.ld101_non_finite_terminal import tail_of_non_finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_FEWEST = 20
"""With fewer norms early and late ones are the same."""

_AT_ONCE = 20
"""A loss that is lost within so many rows (or 5 % of the run) was lost from the start."""

_GREW = 3.0
"""A loss of so many times its start has blown up."""

_LEARNED = 0.6
"""A loss that ends below this share of its start has learned in spite of all."""

_BOUND = 1.0
"""Usual bound for clipping where the log has no healthy norm (Pascanu et al. 2013; GPT-3)."""


def _explode(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][200:] *= np.geomspace(1, 1e4, 200)
    columns["train_loss"][200:] *= np.geomspace(1, 30, 200)


def _grow(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"] *= np.geomspace(1, 5, 400)


def _from_the_start(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][:4] = [600.0, 4e4, 3e9, np.inf]
    columns["train_loss"][1:4] = [2e4, 1e12, np.inf]
    columns["grad_norm"][4:] = columns["train_loss"][4:] = np.nan
    columns["val_loss"][:] = np.nan


def _loud_at_first(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][:3] = [600.0, 90.0, 8.0]


class GradientExplosion(Rule):
    """Gradient norm grows a hundredfold and stays there, or is enormous from the first step.

    ## How it is measured
    The median of the last norms against the median of the first (5 %, at least five). An error
    together with a loss that is lost (not finite, or above its start); a note as long as the loss
    is healthy. Infinite norms do not count: loss scalers log them.

    From the start: the first norm is at least 50, and five times the first loss, and within 20
    rows (or 5 % of the run) the loss has grown threefold or is not finite, and it never learns.
    Before any update the rate has done nothing yet: the weights are too large.

    ## What to change
    On the way: a third of the rate, and clipping at the 90th percentile of the norms before the
    growth. From the start: initialise anew (He; recurrent matrices orthogonal with gain 1) and
    clip at 1.

    ## When it is wrong
    Norms logged before the loss scale is divided out, which jump by powers of two; sums over a
    batch instead of means.
    """

    code: ClassVar[str] = "LD104"
    name: ClassVar[str] = "gradient-explosion"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.GRAD_NORM})
    min_points: ClassVar[int] = 1
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {"LD301", "LD302", "LD303", "LD305", "LD306", "LD307", "LD402", "LD403"}
    )
    references: ClassVar[tuple[str, ...]] = (
        "Pascanu et al. 2013, On the difficulty of training recurrent neural networks",
        "He et al. 2015, Delving Deep into Rectifiers (initialisation)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _explode), onset=(200, 320)),
        fires(curves.altered(curves.healthy(), _from_the_start), onset=(1, 1)),
        quiet(curves.altered(curves.healthy(), _loud_at_first)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _grow)),
    )

    growth: float = option(100.0, unit="x early", text="Growth of the median norm.")
    first: float = option(50.0, unit="norm", text="A first norm above comes of too large weights.")
    first_to_loss: float = option(5.0, unit="x loss", text="The same, by the scale of the loss.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look at the first norm of a run that was lost at once, else compare late with early."""
        g = case.grad
        if g is None:
            return
        if self._at_once(case, g):
            yield self._from_the_start(case, g)
        elif g.n < _FEWEST:
            raise Withheld(f"{g.n} finite values of {g.name}; needs {_FEWEST}")
        else:
            yield from self._on_the_way(case, g)

    def _at_once(self, case: Case, g: Curve) -> bool:
        """Whether the run was lost in its first rows, where the very first norm was enormous."""
        series, c = case.run.get(Channel.TRAIN_LOSS), case.train
        if series is None or c is None or c.y[0] <= 0 or g.x[0] > c.x[0]:
            return False
        first = float(c.y[0])
        if g.y[0] < self.first or g.y[0] < self.first_to_loss * first:
            return False
        early = series.values[: max(_AT_ONCE, len(series) // 20)]
        blew_up = bool((~np.isfinite(early) | (early >= _GREW * first)).any())
        return blew_up and (tail_of_non_finite(series) is not None or c.end > _LEARNED * first)

    def _from_the_start(self, case: Case, g: Curve) -> Finding:
        loss = float(case.run[Channel.TRAIN_LOSS].values[0])
        return self.finding(
            case,
            onset=case.onset_at(g, 0),
            # The first gradient is all that there is to it: the loss that it ruins is LD101's.
            last_step=float(g.x[0]),
            series=g.name,
            channel=Channel.GRAD_NORM,
            message=f"the very first {g.name} is {number(g.y[0])}, at a loss of {number(loss)}: the "
            "weights are too large before any update, and the run is lost at once",
            evidence=(
                Evidence("first_norm", float(g.y[0]), "norm", self.first),
                Evidence("first_norm_over_loss", float(g.y[0]) / loss, "x", self.first_to_loss),
            ),
            effect=float(g.y[0]) >= 2 * self.first,
        )

    def _on_the_way(self, case: Case, g: Curve) -> Iterator[Finding]:
        early = median(g.y[: max(5, g.n // 20)])
        late = median(g.y[-max(5, g.n // 20) :])
        if early <= 0 or late < self.growth * early:
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
            points=g.n >= 3 * _FEWEST,
            agree=lost,
            caveat="norms logged before unscaling jump by powers of two without harm",
        )

    @staticmethod
    def _onset(g: Curve, early: float, late: float) -> int:
        middle = np.sqrt(early * late)
        level = running_median(g.y, 5)
        return int(np.flatnonzero(level <= middle)[-1]) if (level <= middle).any() else 0

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Other weights where these are too large; else a lower rate, and clipping."""
        if finding.severity is Severity.NOTE:
            return ()
        if finding.evidence[0].name == "first_norm":
            return (_initialise(finding, case),)
        lower = prescribe.lower_rate(
            case,
            3.0,
            at=finding.onset.step,
            warm_up=True,
            reference="Pascanu et al. 2013 (clipping); Godbole et al. 2023, Tuning Playbook",
        )
        clip = prescribe.clip(case, finding.onset.step)
        return (lower,) if clip is None else (lower, clip)


def _initialise(finding: Finding, case: Case) -> Prescription:
    """Draw smaller weights, and clip: no norm of this log is a healthy one."""
    rate, norm = case.known_rate, finding.number("first_norm")
    step = "" if rate is None else f", so that the first step was {number(rate * norm)} long"
    return Prescription(
        kind="initialisation",
        action="initialise anew (He; recurrent matrices orthogonal, gain 1) and clip",
        changes=(
            Change("init", None, "he_normal"),
            Change("clip_grad_norm", case.run.context.get("clip_grad_norm"), _BOUND),
        ),
        rationale=f"the first norm was {number(norm)}{step}; a lower rate leaves the weights as "
        "large as they are",
        reference="He et al. 2015, Delving Deep into Rectifiers; Pascanu et al. 2013 (clipping)",
        caveat="if the loss is a sum over the batch, take its mean first",
    )


def _loss_is_lost(case: Case) -> bool:
    """Whether the loss ends in NaN, or plainly above its start."""
    series, c = case.run.get(Channel.TRAIN_LOSS), case.train
    if series is not None and len(series) and not np.isfinite(series.values[-1]):
        return True
    return c is not None and c.n >= 10 and c.end >= c.start + max(0.2 * abs(c.start), 6 * c.se)
