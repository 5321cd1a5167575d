"""LD102: the loss leaves the healthy range for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules import blow_ups
from lossdoc.rules.base import Example, Rule, fires, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.rules.blow_ups import Blow


_FEW, _ENOUGH = 10, 20
"""Points from which on the clauses can judge, and the last of them too."""


def _harder_data(columns: dict[str, Floats], _: np.random.Generator) -> None:
    """Easy samples first: the loss leaps when the others come, and validation goes on falling."""
    columns["train_loss"][:100] *= np.geomspace(1.0, 0.05, 100)
    columns["val_loss"] = np.sort(columns["val_loss"])[::-1]


def _at_rest(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """Easy samples first, learned to a tenth; the others cannot be learned any better."""
    columns["train_loss"][:150] *= np.geomspace(1.0, 0.05, 150)
    columns["train_loss"][150:] = curves.noisy(rng, np.full(250, 0.8), 0.1)


def _dead_at_once() -> curves.Make:
    """Blows up in its first steps and is down at chance level from there on."""

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        loss = 2.3 + 30.0 * np.exp(-(((t - 0.02) / 0.006) ** 2))
        return {"train_loss": curves.noisy(rng, loss, 0.03), "lr": np.full(len(t), 3.0)}

    return curves.table(300, fill)


class Diverged(Rule):
    """Loss leaves the healthy range for good: it ends above its start, or never recovers.

    Networks with ReLU rarely end in NaN. They jump, lose their units, and then sit at chance
    level with small gradients, which looks like a plateau to anyone who missed the jump.

    ## How it is measured
    L0 is the level at the start, SE the standard error of a smoothed level. It fires on the first
    of these that holds: (a) the last fifth lies at twice L0 or more, three times in the median;
    (b) the end lies above L0 by a fifth of it and by six SE, and more than the whole drop was
    lost; (c) the loss jumped above three times L0 once and regained less than 70 % of its earlier
    progress, or did so in the first fifth and never learned anything after it; (d) it stayed above
    its start for the whole run and the validation loss did not improve (but for a loss that
    rests at the level of uniform answers, a tenth above at most: LD301, LD302); (e) it rose to ten times
    its best smoothed level, stayed half again above it and kept less than 70 % of its progress,
    whatever L0 was, or is exploding in the last values (noisy batches must be left behind by three
    standard deviations of their logarithm, and the level before is one that was held); (f) it
    learned a fifth of L0 and went back by 70 % of that for good, the validation loss with it
    (collapse to chance). Early noise, a warm-up hump and spikes that recover satisfy none of them.
    A rise that stays below L0 while the validation loss goes on falling is harder data, not (e),
    and a single step up from which the run goes on is a note (LD205), not (a), (b) or (e).

    ## What to change
    Where the log shows the rate under which the loss was lowest before the onset and that rate
    was still rising: a quarter of it, decayed by a cosine. Under a constant rate: a tenth (a
    thirtieth when the loss grew a thousandfold or within five points). Clipping alone does not
    cure a divergence (0 of 20 runs of a small network at each of four settings).

    ## When it is wrong
    A changed loss definition, a curriculum, or a resumed run with another reduction of the loss.
    """

    code: ClassVar[str] = "LD102"
    name: ClassVar[str] = "diverged"
    severity: ClassVar[Severity] = Severity.ERROR
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 4
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {
            *("LD103", "LD104", "LD201", "LD202", "LD203", "LD204"),
            *("LD301", "LD302", "LD303", "LD304", "LD305", "LD306", "LD307"),
            *("LD401", "LD402", "LD403", "LD405", "LD502"),
        }
    )
    references: ClassVar[tuple[str, ...]] = (
        "Cohen et al. 2021, Gradient Descent Typically Occurs at the Edge of Stability",
        "Godbole et al. 2023, Deep Learning Tuning Playbook",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), curves.blow_up), onset=(236, 246)),
        fires(curves.altered(curves.healthy(), curves.climb), onset=(245, 320)),
        fires(curves.altered(curves.healthy(), curves.collapse), onset=(215, 250)),
        fires(_dead_at_once(), onset=(0, 10)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), curves.spike)),
        quiet(curves.altered(curves.healthy(), curves.hump)),
        quiet(curves.altered(curves.healthy(), _harder_data)),
        quiet(curves.altered(curves.without(curves.healthy(), "val_loss"), _at_rest)),
    )

    far_above: float = option(2.0, unit="x start", text="All of the last fifth above this.")
    grown: float = option(0.2, unit="of the start", text="End above the start by this share.")
    jump: float = option(3.0, unit="x start", text="Level of a blow-up.")
    kept_lost: float = option(0.3, unit="of the progress", text="Progress lost after a blow-up.")
    collapse: float = option(0.7, unit="of the drop", text="Progress lost by a collapse.")
    learned: float = option(
        0.15, unit="of the start", text="Progress after an early blow-up that counts as none."
    )
    from_best: float = option(10.0, unit="x best", text="Rise above the best level so far.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Try the clauses in order on the principal loss, then on the validation loss."""
        curve = case.principal
        if curve is None:
            return
        if curve.n < self.min_points and case.val is not None:
            curve = case.val
        blow = self._judge(case, curve)
        on_val = curve is case.val
        if blow is None and case.val is not None and not on_val:
            curve, on_val = case.val, True
            blow = blow_ups.of_validation(case, curve)
        if blow is None:
            return
        yield self.finding(
            case,
            onset=case.onset_at(curve, blow.i),
            series=curve.name,
            channel=Channel.VAL_LOSS if on_val else Channel.TRAIN_LOSS,
            message=f"{curve.name} {blow.text}",
            evidence=(
                Evidence("start", curve.start, "loss"),
                Evidence("best", curve.best, "loss"),
                Evidence("end", curve.end, "loss"),
                Evidence(blow.measure, blow.size, "x", blow.threshold),
                Evidence("highest", float(curve.y.max()), "loss"),
            ),
            effect=blow.size >= 2 * blow.threshold,
            points=curve.n >= _ENOUGH,
            agree=blow_ups.validation_agrees(case),
            caveat="unless the loss definition, its weights or the data changed at that step",
        )

    def _judge(self, case: Case, c: Curve) -> Blow | None:
        if c.n < _FEW:
            return blow_ups.far_above(c, self.far_above)
        high = blow_ups.far_above(c, self.far_above) or blow_ups.grew(c, self.grown)
        return (
            (None if high and blow_ups.stepped_up(case, c) else high)
            or blow_ups.blew_up(c, jump=self.jump, kept_lost=self.kept_lost, learned=self.learned)
            or blow_ups.from_best(case, c, limit=self.from_best, kept_lost=self.kept_lost)
            or blow_ups.exploding(c, self.from_best)
            or blow_ups.collapsed(case, c, self.collapse)
            or (blow_ups.never_below_start(case, c) if c.n >= _ENOUGH else None)
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Lower the rate: a quarter of the best one on a ramp, else a tenth or a thirtieth."""
        curve = case.val if finding.channel is Channel.VAL_LOSS else case.train
        if curve is None:
            return ()
        return (
            prescribe.after_blow_up(
                case,
                curve,
                finding.onset.step,
                caveat="if the loss definition or the data changed at the onset, mend that instead",
            ),
        )
