"""LD203: a loss spike from which the run does not recover."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import block_medians, difference_noise, median, spikes
from lossdoc.robust.stats import MEDIAN_SE
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.ld202_loss_spike_recovered import excursions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.spikes import Spike

_LEVEL, _AFTER = 0.1, 5
"""Share of the run that its level is measured on; points after a spike that is not over."""

_BACK = 100
_SKIP = 200
"""Restart about 100 steps before a spike and skip 200 batches or more (PaLM, section 5.1)."""


def _lingering(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["train_loss"][250:] += 0.3 * np.exp(0.05 * rng.standard_normal(150))
    columns["train_loss"][250:258] += np.linspace(3.0, 0.5, 8)
    columns["val_loss"][12:] += 0.3


def _recovered(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][250:258] += np.linspace(6.0, 0.5, 8)


class LossSpikeLingering(Rule):
    """Loss spike from which the run does not recover.

    ## How it is measured
    A spike as in LD202 that has not come back at the end of the log, which lies above the best level
    by 5 % of the drop, a fifth of its value and six standard errors. Or one that at least doubled
    the loss and begins near that best level. Or one that doubled the loss, after which the level
    before it was never reached again: medians of a tenth of the run before the spike and of the
    later half of what follows it differ by as much, and none of a tenth between is lower than the
    first. (Where batches are noisy the best level may be a lucky stretch long before the spike.)

    ## What to change
    Resume from a checkpoint about 100 steps before the spike and skip the batches from there to
    200 steps after it; clip at the 90th percentile of the norms before it.

    ## When it is wrong
    A change of the data or of the loss at that step.
    """

    code: ClassVar[str] = "LD203"
    name: ClassVar[str] = "loss-spike-lingering"
    severity: ClassVar[Severity] = Severity.ERROR
    min_points: ClassVar[int] = 40
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD202", "LD103"})
    references: ClassVar[tuple[str, ...]] = (
        "Chowdhery et al. 2022, PaLM, section 5.1 (restart 100 steps before, skip 200-500 batches)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _lingering), onset=(249, 253)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _recovered)),
    )

    rise: float = option(0.05, unit="of the drop", text="Level lost at the end.")
    ratio: float = option(1.2, unit="x best", text="End over best level.")
    errors: float = option(6.0, unit="standard errors", text="The loss in units of its noise.")
    doubling: float = option(1.0, unit="x level", text="Height of a spike that has come back.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for a spike that the end still suffers from."""
        c = case.train
        if c is None or c.n < self.min_points or c.rise < self.rise:
            return
        worse = c.end - c.best > self.errors * c.se and (
            not c.positive or c.end / c.best >= self.ratio
        )
        found = excursions(case, c, Channel.TRAIN_LOSS)
        spike = next((s for s in found if self._lingers(c, s, worse)), None)
        if spike is None:
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, spike.start),
            series=c.name,
            message=f"{c.name} jumped from {number(spike.base)} to "
            f"{number(spike.base + spike.height)} at {case.place(c.x[spike.start])} and ended at "
            f"{number(c.end)}, above its best level {number(c.best)}",
            evidence=(
                Evidence("height", spike.height / c.drop, "of the drop", spikes.LEAST_DROP),
                Evidence("rise", c.rise, "of the drop", self.rise),
                Evidence("best", c.best, "loss"),
                Evidence("end", c.end, "loss"),
            ),
            effect=c.rise >= 2 * self.rise,
            points=c.n >= 2 * self.min_points and case.averaged is None,
            agree=case.val is None or case.val.n < 5 or case.val.rise >= self.rise,
            caveat="unless the data or the loss changed at that step",
        )

    def _lingers(self, c: Curve, s: Spike, worse: bool) -> bool:
        """Whether a spike is not over at the end, or the run is never again as good as before it."""
        if not s.recovered:
            return worse and c.n - s.start >= _AFTER
        if s.ratio < self.doubling:
            return False
        near = -0.02 <= c.where[s.start] - c.where[c.i_best] <= 0.2
        return (worse and bool(near)) or self._level_lost(c, s)

    def _level_lost(self, c: Curve, s: Spike) -> bool:
        """Whether the level before a spike is never reached again."""
        k = int(np.clip(_LEVEL * c.n, 5, 200))
        before, after = c.y[max(s.start - k, 0) : s.start], c.y[s.stop :]
        if min(len(before), len(after)) < k:
            return False
        late = after[len(after) // 2 :]
        level, end = median(before), median(after[-k:])
        lost = min(end, median(late)) - level
        noise = difference_noise(before) / np.sqrt(k), difference_noise(late) / np.sqrt(len(late))
        least = max(self.rise * c.drop, self.errors * MEDIAN_SE * np.hypot(*noise))
        never = block_medians(after, len(after) // k).min() > level
        return bool(lost >= least and never and (level <= 0 or end >= self.ratio * level))

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Roll back, skip the batches, clip."""
        step = finding.onset.step
        back = max(case.first_step, step - min(_BACK, 0.05 * case.length))
        changes: tuple[Change, ...] = (Change("resume_from_step", None, float(round(back))),)
        if case.run.axis == "step":
            changes += (Change("skip_batches", None, f"{back:.0f}-{step + _SKIP:.0f}"),)
        roll_back = Prescription(
            kind="checkpoint",
            action=f"resume before {case.place(back)} and skip the batches around the spike",
            changes=changes,
            rationale=f"the spike begins at {case.place(step)}; restart about {_BACK} steps earlier "
            f"(at most 5 % of the run) and skip to {_SKIP} steps after it",
            reference="Chowdhery et al. 2022, PaLM, section 5.1",
            caveat="if it comes back at the same step, lower the learning rate from there by half",
            from_step=back,
        )
        clip = prescribe.clip(case, step)
        return (roll_back,) if clip is None else (roll_back, clip)
