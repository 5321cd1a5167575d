"""LD307: most units never answer, or most gradients are zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import median, running_median
from lossdoc.robust.curve import Curve
from lossdoc.rules.base import Example, Rule, Withheld, fires, option, quiet
from lossdoc.rules.ld306_vanishing_gradient import fallen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

    Share = Callable[[Floats], Floats]

_GENTLER, _AT_ONCE = 3.0, 10.0
"""The rate is divided by these: where units died on the way, and where they did within 5 %."""

_STUCK_FALL = 0.1
"""A loss that fell by less than this share of its start has learned nothing."""

_HIGH = 0.5
"""A loss above this share of its start may suffer from what is dead."""


def _with_dead(share: Share, *, learns: bool) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        flat = 2.303 + 0.02 * rng.standard_normal(len(t))
        level = curves.noisy(rng, curves.learning(len(t), 2.3, 0.3), 0.05)
        jitter = 0.02 * rng.standard_normal(len(t))
        return {
            "train_loss": level if learns else flat,
            "lr": np.full(len(t), 1e-2),
            "dead_frac": np.clip(share(t) + jitter, 0, 1),
        }

    return curves.table(300, fill)


class _Dead(NamedTuple):
    """The layer with the largest share of dead units."""

    curve: Curve
    late: float
    early: float
    limit: float
    what: str


class DeadUnits(Rule):
    """Most units never answer, so that nothing can be learned through them.

    ## How it is measured
    The logged share of dead units is at least a half over the second half of the run, that of
    zero gradients at least 0.7; of several layers the worst. An error where nine tenths are dead
    and the loss has fallen by less than a tenth; a warning where one of the two holds and the loss
    ends above half of its start; a note where the run learns all the same.

    ## What to change
    Dead from the first rows on: initialise anew (He, biases 0); no learning rate revives a unit
    that has no slope. Dead since later: a large update threw them off, so a third of the rate (a
    tenth, where that was in the first 5 % of the run) with a warm-up.

    ## When it is wrong
    Units that are idle on small batches only; sparse networks and autoencoders whose units are
    meant to be silent.
    """

    code: ClassVar[str] = "LD307"
    name: ClassVar[str] = "dead-units"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.DEAD_SHARE})
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 3
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {"LD201", "LD301", "LD302", "LD303", "LD304", "LD305", "LD306", "LD402", "LD403"}
    )
    references: ClassVar[tuple[str, ...]] = (
        "Lu et al. 2019, Dying ReLU and Initialization",
        "Zhang et al. 2021, AUTOTRAINER (thresholds of zero gradients)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_with_dead(np.ones_like, learns=False), onset=(1, 1)),
        fires(_with_dead(lambda t: np.clip(3 * t, 0, 0.97), learns=False), onset=(30, 80)),
        fires(_with_dead(lambda t: np.full(len(t), 0.65), learns=True), onset=(1, 1)),
        quiet(_with_dead(lambda t: np.full(len(t), 0.3), learns=True)),
        quiet(_with_dead(lambda t: np.where(t < 0.1, 0.7, 0.2), learns=True)),
    )

    units: float = option(0.5, unit="of the units", text="A share that counts as dead.")
    gradients: float = option(0.7, unit="of the gradients", text="The same for zero gradients.")
    most: float = option(0.9, unit="of the units", text="With fewer alive nothing gets through.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge the worst layer beside the loss."""
        c = case.principal
        layers = [dead for dead in self._layers(case) if dead.late >= dead.limit]
        if c is None or not layers or c.start <= 0:
            return
        worst = max(layers, key=lambda dead: dead.late - dead.limit)
        fall = fallen(case, c)
        stuck, most = fall < _STUCK_FALL, worst.late >= self.most
        high = c.end > _HIGH * c.start and (stuck or most)
        severity = Severity.WARNING if high else Severity.NOTE
        since = np.flatnonzero(running_median(worst.curve.y, 5) < worst.limit)
        i = min(int(since[-1]) + 1, worst.curve.n - 1) if len(since) else 0
        yield self.finding(
            case,
            onset=case.onset_at(worst.curve, i),
            series=worst.curve.name,
            channel=Channel.DEAD_SHARE,
            severity=Severity.ERROR if stuck and most else severity,
            message=f"{worst.late:.0%} of the {worst.what} ({worst.curve.name}), {worst.early:.0%} "
            f"at the start; {c.name} "
            + (f"fell by {max(fall, 0):.0%} of its start" if high else "fell all the same"),
            evidence=(
                Evidence("dead", worst.late, "of all", worst.limit),
                Evidence("dead_at_start", worst.early, "of all", worst.limit),
                Evidence("fall", fall, "of the start", _STUCK_FALL),
            ),
            effect=most,
            points=worst.curve.n >= 10,
            caveat="" if high else "units that are silent by design, or on small batches only",
        )

    def _layers(self, case: Case) -> list[_Dead]:
        """Shares of every layer; counts of units say nothing without their number."""
        found = []
        for series in case.run.all(Channel.DEAD_SHARE):
            curve = Curve.of(series)
            if curve is None or curve.y.min() < 0 or curve.y.max() > 1:
                continue
            zero = "zero" in series.name.lower()
            found.append(
                _Dead(
                    curve,
                    late=median(curve.y[curve.n // 2 :]),
                    early=median(curve.y[:3]),
                    limit=self.gradients if zero else self.units,
                    what="gradients are zero" if zero else "units are dead",
                )
            )
        if not found:
            raise Withheld("counts of dead units, not shares; log them as parts of 1")
        return found

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Initialise anew what was dead at once; else protect it from large updates."""
        if finding.severity is Severity.NOTE:
            return ()
        dead, early = finding.number("dead"), finding.number("dead_at_start")
        revive = Prescription(
            kind="initialisation",
            action="initialise anew (He, biases 0); keep the learning rate",
            changes=(Change("init", None, "he_normal"),),
            rationale=f"{dead:.0%} are dead, {early:.0%} were in the first rows: they never "
            "answered, and what has no slope is moved by no learning rate",
            reference="He et al. 2015, Delving Deep into Rectifiers; Lu et al. 2019, Dying ReLU",
            caveat="if units are dead again at once, look at the scale of the inputs",
        )
        if early >= self.units:
            return (revive,)
        at_once = finding.onset.step - case.first_step <= 0.05 * case.length
        return (
            prescribe.lower_rate(
                case,
                _AT_ONCE if at_once else _GENTLER,
                at=finding.onset.step,
                warm_up=True,
                reference="Lu et al. 2019, Dying ReLU and Initialization",
                caveat="what is dead stays dead: start anew, or from before that step",
            ),
        )
