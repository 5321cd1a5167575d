"""LD103: the training loss climbs back slowly."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Evidence, Finding, Prescription, Severity
from lossdoc.robust.shift import harmless_shift
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve


def _creep(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"] += np.concatenate((np.zeros(200), np.linspace(0, 0.8, 200)))
    columns["val_loss"] += np.concatenate((np.zeros(10), np.linspace(0, 0.8, 10)))


def _creep_train_only(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"] += np.concatenate((np.zeros(200), np.linspace(0, 0.8, 200)))


class TrainLossRegression(Rule):
    """Training loss climbs back from its best level, slowly and for good.

    ## How it is measured
    Between the best smoothed level and the end: at least a tenth of the whole drop was lost, the
    end is a quarter above the best, by six standard errors, and the best lies before 90 % of the
    run; half of that share will do where training and validation loss both end 30 % above their
    best. The validation loss, where there are five values or more, must have come up too. A rate
    that was raised again (LD503), and a curve that is falling again at the end, explain it away; so
    does one that stood as high above its best for as long before, and came back.

    ## What to change
    A third of the learning rate that was in force at the best level, decayed to 0; keep the
    checkpoint of the best level.

    ## When it is wrong
    An auxiliary or regularisation term that is ramped up inside the logged loss; a curriculum.
    """

    code: ClassVar[str] = "LD103"
    name: ClassVar[str] = "train-loss-regression"
    severity: ClassVar[Severity] = Severity.ERROR
    min_points: ClassVar[int] = 20
    patience: ClassVar[float] = 0.25
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD305", "LD401", "LD402", "LD403"})
    references: ClassVar[tuple[str, ...]] = ("Godbole et al. 2023, Deep Learning Tuning Playbook",)
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(rate="constant"), _creep), onset=(180, 260)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _creep_train_only)),
    )

    rise: float = option(0.10, unit="of the drop", text="Share of the drop that was lost again.")
    ratio: float = option(1.25, unit="x best", text="End over best level.")
    both: float = option(1.3, unit="x best", text="Of both losses: half of that share will do.")
    severe: float = option(0.25, unit="of the drop", text="From here on it is an error.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the end with the best level."""
        c = case.train
        if c is None or c.n < self.min_points:
            return
        v = case.val
        # Late in a run the drop dwarfs everything: there, two witnesses of a large ratio will do.
        both = v is not None and v.n >= 8 and v.best > 0 and v.end >= self.both * v.best
        small = both and c.positive and c.end >= self.both * c.best
        if not self._climbed(c, self.rise / 2 if small else self.rise):
            return
        if v is not None and v.n >= 5 and v.end <= v.best + 0.05 * v.drop:
            return
        if case.rate is not None and case.rate.rebounds_after(float(c.x[c.i_best])):
            return
        shift = harmless_shift(case)
        if shift is not None and c.i_best < shift.i:
            since = c.part(shift.i, c.n)
            if since.end - since.best < self.rise * c.drop:
                return
        yield self.finding(
            case,
            onset=case.onset_at(c, c.i_best),
            series=c.name,
            severity=Severity.ERROR if c.rise >= self.severe else Severity.WARNING,
            message=f"{c.name} climbed from {number(c.best)} back to {number(c.end)}, losing "
            f"{c.rise:.0%} of its progress",
            evidence=(
                Evidence("rise", c.rise, "of the drop", self.rise),
                Evidence("best", c.best, "loss"),
                Evidence("end", c.end, "loss"),
                Evidence("rise_in_errors", (c.end - c.best) / max(c.se, 1e-300), "SE", 6.0),
            ),
            effect=c.rise >= 2 * self.rise or small,
            points=c.n >= 3 * self.min_points,
            agree=v is not None and v.n >= 5,
            caveat="unless a term of the loss, or the data, changed after the best level",
        )

    def _climbed(self, c: Curve, least: float) -> bool:
        if c.rise < least or c.end - c.best <= 6 * c.se or c.where[c.i_best] >= 0.9:
            return False
        if c.positive and c.end / c.best < self.ratio:
            return False
        # A level shift whose descent goes on is another matter: it is on its way back.
        highest = float(c.smooth[c.i_best :].max())
        late = c.smooth[2 * c.n // 3 :]
        falling = float(late[0] - c.end) > 0.3 * (highest - c.best)
        return not falling and not _came_back_before(c)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Take a third of the rate at the best level, and the checkpoint there."""
        c = case.train
        if c is None:
            return ()
        lower = prescribe.lower_rate(
            case,
            3.0,
            at=finding.onset.step,
            cosine=True,
            resume=finding.onset.step,
            reference="Godbole et al. 2023, Deep Learning Tuning Playbook",
            caveat="not when a term of the loss was ramped up on purpose",
        )
        return (lower,)


def _came_back_before(c: Curve) -> bool:
    """Whether the loss stood as high above its best so far, for as long, earlier on."""
    above = c.smooth - np.minimum.accumulate(c.smooth) > 0.5 * (c.end - c.best)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], above, [False])).astype(np.int8)))
    first, end = edges[::2], edges[1::2]
    if not above[-1]:
        return False
    before = (end - first)[end <= c.i_best]
    return bool(before.max(initial=0) >= end[-1] - first[-1])
