"""LD202: the loss jumps out of its band and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.arrays import quantile
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import catapult, median, periodicity, spikes
from lossdoc.robust.shift import harmless_shift
from lossdoc.robust.unsettled import unsettled
from lossdoc.rules import bad_batches
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.spikes import Spike

_VAL_SKIP = 0.12
_VAL_MIN = 20
_VAL_FEW = 40
_VAL_FEW_RATIO = 0.4

_REPEATED = 2

_SETTLED = 60
"""Points after a step up of the level until the noise before a point is that of the new level."""

_VAL_BOTH, _FALLEN = 2, 0.98
"""Evaluations before and during a spike that tell whether the model suffered, and how much lower
the last of them must be if it did not."""


def _easy_first(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][:120] *= np.geomspace(1.0, 0.1, 120)
    columns["val_loss"] = np.sort(columns["val_loss"])[::-1]


def _spike(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][250:262] *= np.linspace(6.0, 1.1, 12)


def _tiny(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][250] *= 1.15


def _heavy_tail(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["train_loss"] *= np.exp(0.6 * rng.standard_normal(400))


class LossSpikeRecovered(Rule):
    """Loss jumps far above its local band and recovers.

    ## How it is measured
    A point stands above the median of the points before it by a tenth of the run's drop, by a
    quarter of that level, by seven times the local noise and by five times the local noise of the
    logarithm; or a wider bump does that comes back within 15 % of the run and stands out three
    times over the run's other swings and six times over the error of the level before it. The
    first 5 % do not count. A warning when it lasts three points, doubles the loss (and is eight
    times as high as 95 % of the run's other deviations: losses of small batches have heavy tails),
    reaches six times the level, or is seen in a log with one row an epoch; a note for one or two
    bad batches, and where it builds up over several steps of a run without batch noise (full-batch
    descent at the edge of stability). The validation loss is judged the same way, unless it never
    settles (LD201). Spikes at a fixed period are the order of the data, spikes under a rising rate
    the schedule's, and those through which the validation loss goes on falling harder data; a step
    up from which the run learns on is a note (LD205).

    ## What to change
    Where loss and norm jump together within one step, and the norm of the step before was usual, it
    is the batch: look at it and leave it out. Repeated: clip at the 90th percentile of the norms
    before the first. Do not lower the learning rate for one spike that recovered: in repeated
    trials that left the model worse.

    ## When it is wrong
    Losses of single samples; a change of the data or of the loss that lasts a while.
    """

    code: ClassVar[str] = "LD202"
    name: ClassVar[str] = "loss-spike-recovered"
    severity: ClassVar[Severity] = Severity.WARNING
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 20
    references: ClassVar[tuple[str, ...]] = (
        "Chowdhery et al. 2022, PaLM, section 5.1 (loss spikes)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _spike), onset=(249, 252)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _tiny)),
        quiet(curves.altered(curves.healthy(), _heavy_tail)),
        quiet(curves.altered(curves.healthy(), _easy_first)),
    )

    lasting: float = option(3.0, unit="points", text="A spike of this length warns.")
    doubling: float = option(1.0, unit="x level", text="So does one of this height ...")
    huge: float = option(5.0, unit="x level", text="Height that warns whatever else varies.")
    isolated: float = option(8.0, unit="x usual deviation", text="... that stands out this much.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look at the training loss, then at the validation loss."""
        for channel, c in ((Channel.TRAIN_LOSS, case.train), (Channel.VAL_LOSS, case.val)):
            if c is None or c.n < self.min_points:
                continue
            found = [s for s in excursions(case, c, channel) if s.recovered]
            if found:
                yield self._finding(case, c, channel, found)
                return

    def _finding(self, case: Case, c: Curve, channel: Channel, found: list[Spike]) -> Finding:
        worst = max(found, key=lambda s: s.height)
        by_epoch = case.by_epoch or channel is Channel.VAL_LOSS
        usual = quantile(np.abs(c.y - c.smooth), 0.95)
        alone = worst.ratio >= self.doubling and worst.height >= self.isolated * usual
        huge = max(s.ratio for s in found) >= self.huge
        lasts = worst.length >= self.lasting or alone or huge
        builds_up = all(catapult.builds_up(case, float(c.x[s.start])) for s in found)
        warns = (lasts or by_epoch) and not builds_up
        one = len(found) == 1
        how_many = "" if one else f"{len(found)} times, at worst "
        where = "" if one else f" at {case.place(c.x[worst.start])}"
        return self.finding(
            case,
            onset=case.onset_at(c, found[0].start),
            last_step=float(c.x[min(found[-1].stop, c.n - 1)]),
            series=c.name,
            channel=channel,
            severity=Severity.WARNING if warns else Severity.NOTE,
            message=f"{c.name} jumped {how_many}from {number(worst.base)} to "
            f"{number(worst.base + worst.height)}{where} and recovered "
            f"after {worst.length} point{'' if worst.length == 1 else 's'}"
            + (", built up step by step: full-batch descent overshoots" if builds_up else ""),
            evidence=(
                Evidence("count", len(found), "spikes"),
                Evidence("height", worst.height / c.drop, "of the drop", spikes.LEAST_DROP),
                Evidence("ratio", worst.ratio, "of the level", spikes.LEAST_RATIO),
                Evidence("length", worst.length, "points"),
            ),
            effect=worst.height >= 2 * spikes.LEAST_DROP * c.drop,
            points=c.n >= 3 * self.min_points and case.averaged is None,
            caveat="one that recovered by itself needs no change",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Leave out the batches that are to blame, as far as the log tells; clip if spikes repeat."""
        c = case.train
        if c is None or finding.severity is Severity.NOTE:
            return ()
        starts = [s.start for s in excursions(case, c, Channel.TRAIN_LOSS) if s.recovered]
        on_train = finding.channel is Channel.TRAIN_LOSS
        batches = bad_batches.skip(case, c.x[starts].tolist()) if on_train else None
        repeated = finding.number("count") >= _REPEATED
        remedies = (batches, prescribe.clip(case, finding.onset.step) if repeated else None)
        return tuple(p for p in remedies if p is not None)


def excursions(case: Case, c: Curve, channel: Channel) -> list[Spike]:
    """Spikes and bumps of a loss that neither the data's order nor the schedule explains."""
    if channel is Channel.VAL_LOSS:
        if c.n < _VAL_MIN or unsettled(case) is not None:
            return []
        least = _VAL_FEW_RATIO if c.n < _VAL_FEW else spikes.LEAST_RATIO
        sharp = spikes.sharp(c, skip=_VAL_SKIP, least_ratio=least)
        wide = [b for b in spikes.bumps(c, skip=_VAL_SKIP) if b.ratio >= least]
    else:
        sharp, wide = spikes.sharp(c), spikes.bumps(c)
    found = spikes.merged(sharp, wide)
    if not found or periodicity.repeats(case, c):
        return []
    if channel is Channel.TRAIN_LOSS:
        found = [s for s in found if not _harder_data(case, c, s)]
        shift = harmless_shift(case) if found else None
        if shift is not None:
            settled = shift.i + _SETTLED
            found = [s for s in found if s.stop < shift.i or s.start >= settled]
    rate = case.rate
    if rate is None:
        return found
    return [
        s
        for s in found
        if not rate.rises_within(c.x[max(s.start - 1, 0)], c.x[min(s.stop, c.n - 1)])
    ]


def _harder_data(case: Case, c: Curve, spike: Spike) -> bool:
    """Whether the validation loss went on falling all through: the data changed, not the model."""
    v = case.val
    if v is None:
        return False
    start, stop = c.x[max(spike.start - 1, 0)], c.x[min(spike.stop, c.n - 1)]
    before, meanwhile = v.y[v.x <= start], v.y[(v.x > start) & (v.x <= stop)]
    if len(before) < _VAL_BOTH or len(meanwhile) < _VAL_BOTH:
        return False
    level = median(before[-3:])
    return bool(meanwhile.max() < level and meanwhile[-1] < _FALLEN * level)
