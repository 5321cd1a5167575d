"""LD102: the loss leaves the healthy range for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import block_medians, median, running_median
from lossdoc.robust.stats import MEDIAN_SE
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve


class _Blow(NamedTuple):
    """What a clause saw: the index of the onset, how it is told, and its size."""

    i: int
    text: str
    size: float
    threshold: float
    measure: str


def _harder_data(columns: dict[str, Floats], _: np.random.Generator) -> None:
    """Easy samples first: the loss leaps when the others come, and validation goes on falling."""
    columns["train_loss"][:100] *= np.geomspace(1.0, 0.05, 100)
    columns["val_loss"] = np.sort(columns["val_loss"])[::-1]


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
    its start for the whole run and the validation loss did not improve; (e) it rose to ten times
    its best smoothed level, stayed half again above it and kept less than 70 % of its progress,
    whatever L0 was, or is exploding in the last values; (f) it learned a fifth of L0 and went back
    by 70 % of that for good, the validation loss with it (collapse to chance). Early noise, a
    warm-up hump and spikes that recover satisfy none of them. A rise that stays below L0 while the
    validation loss goes on falling is harder data, not (e).

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
            *("LD401", "LD402", "LD403", "LD501", "LD502"),
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
            blow = self._validation(case, curve)
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
            points=curve.n >= 20,
            agree=self._validation_agrees(case),
            caveat="unless the loss definition, its weights or the data changed at that step",
        )

    def _judge(self, case: Case, c: Curve) -> _Blow | None:
        blow = self._far_above(c)
        if blow is None and c.n >= 10:
            blow = self._grew(c) or self._blew_up(c) or self._from_best(case, c)
            blow = blow or self._collapsed(case, c)
        if blow is None and c.n >= 20:
            blow = self._never_below_start(case, c)
        return blow

    def _far_above(self, c: Curve) -> _Blow | None:
        tail = c.y[-max(3, c.n // 5) :]
        if c.n < 4 or c.start <= 0 or len(tail) >= c.n:
            return None
        ratio = median(tail) / c.start
        if tail.min() < self.far_above * c.start or ratio < 1.5 * self.far_above:
            return None
        text = f"ends at {times(ratio)} its start"
        return _Blow(self._onset(c), text, ratio, self.far_above, "end_over_start")

    def _grew(self, c: Curve) -> _Blow | None:
        margin = max(self.grown * abs(c.start), 6 * c.se, 1e-300)
        if c.end <= c.start + margin or c.rise < 1:
            return None
        text = f"rose from {number(c.best)} to {number(c.end)}, above its start {number(c.start)}"
        return _Blow(self._onset(c), text, (c.end - c.start) / margin, 1.0, "rise_over_margin")

    def _blew_up(self, c: Curve) -> _Blow | None:
        big = c.y > self.jump * abs(c.start)
        if c.start <= 0 or not big.any():
            return None
        starts = np.flatnonzero(big & ~np.concatenate(([False], big[:-1])))
        first, last = int(starts[0]), int(np.flatnonzero(big)[-1])
        if len(starts) > max(3, c.n // 100) or c.where[last] > 0.9:
            return None
        after = c.y[last + 1 :]
        level = median(after)
        gained = float(c.smooth[:first].min()) if first else c.start
        lost = gained + self.kept_lost * (c.start - gained)
        relapsed = c.start - gained > 0.1 * c.start and min(level, c.end) > max(lost, 1.25 * gained)
        early = c.where[first] <= 0.2 and c.end >= 0.3 * c.start
        stuck = early and _fall(after) < 0.05 * c.start and min(level, c.end) > 1.25 * gained
        # Blown up at once, and down at chance level ever since: where it began, or above.
        unlearned = min(level, c.end) >= (1.0 - self.learned) * c.start
        dead = early and int(big.sum()) >= 2 and unlearned
        if not (relapsed or stuck or dead):
            return None
        home = np.flatnonzero(c.smooth[:first] <= gained + 0.2 * (c.start - gained))
        onset = int(home[-1]) if len(home) else max(first - 1, 0)
        highest = float(c.y.max())
        text = (
            f"jumped from {number(gained)} to {number(highest)} and ended at {number(c.end)}, "
            "most of its progress lost"
        )
        return _Blow(onset, text, highest / (self.jump * c.start), 1.0, "top_over_limit")

    def _from_best(self, case: Case, c: Curve) -> _Blow | None:
        if not c.positive:
            return None
        level = running_median(c.y, 3)
        best = np.minimum.accumulate(c.smooth)
        ratio = level[1:] / best[:-1]
        high = np.flatnonzero(ratio >= self.from_best) + 1
        high = high[high >= 3]
        if len(high) >= 2 and c.where[high[0]] < 0.9:
            i = int(high[0])
            before = float(best[i - 1])
            after = median(c.y[i:])
            early = median(c.y[: max(c.n // 20, 1)])
            rebound = case.rate is not None and bool(case.rate.rebounds)
            harder = c.y[i:].max() <= c.start and self._validation_went_on(case, float(c.x[i]))
            harmless = rebound or harder
            lost = c.end >= before + self.kept_lost * (early - before)
            if min(after, c.end) >= 1.5 * before and lost and not harmless:
                peak = float(ratio.max())
                text = (
                    f"rose to {times(peak)} its best level {number(before)} and ended at "
                    f"{number(c.end)}"
                )
                return _Blow(max(i - 1, 0), text, peak, self.from_best, "top_over_best")
        return self._exploding(c)

    def _exploding(self, c: Curve) -> _Blow | None:
        bound = self.from_best * max(c.start, median(c.y))
        high = c.y >= bound
        if not high[-1] or not high[-2] or c.y[-1] < 0.5 * c.y.max():
            return None
        i = int(np.flatnonzero(~high)[-1])
        text = f"is exploding: {number(c.y[i])} to {number(c.y[-1])} in its last values"
        return _Blow(i, text, float(c.y[-1] / bound), 1.0, "end_over_limit")

    def _collapsed(self, case: Case, c: Curve) -> _Blow | None:
        """Judge a run that learned and then went back to (nearly) its start for good."""
        learned = c.start - c.best >= 0.2 * abs(c.start)
        tail = c.y[-max(c.n // 5, 3) :]
        stays = float(np.quantile(tail, 0.1)) > c.best + 0.5 * c.drop
        if not learned or not stays or c.rise < self.collapse or c.where[c.i_best] >= 0.9:
            return None
        if c.end - c.best <= 6 * c.se or not self._validation_agrees(case):
            return None
        if case.rate is not None and case.rate.rebounds_after(float(c.x[c.i_best])):
            return None
        text = (
            f"learned from {number(c.start)} to {number(c.best)} and went back to {number(c.end)}, "
            f"losing {c.rise:.0%} of its progress"
        )
        return _Blow(
            self._onset(c), text, (c.end - c.best) / max(6 * c.se, 1e-300), 1.0, "rise_over_noise"
        )

    def _never_below_start(self, case: Case, c: Curve) -> _Blow | None:
        start = median(c.y[:3])
        error = MEDIAN_SE * c.sd_early / np.sqrt(3.0)
        blocks = block_medians(c.y[3:], 12)
        worse = blocks.min() > start + 3 * error and blocks.max() > 1.03 * start
        if start <= 0 or not worse or c.end <= c.start:
            return None
        if case.val is not None and case.val is not c and case.val.n >= 3:
            v = case.val
            if (v.y[0] - v.y.min()) > 0.02 * abs(v.y[0]):
                return None
        text = (
            f"stayed above its start {number(start)} for the whole run, ending at {number(c.end)}"
        )
        return _Blow(0, text, float(blocks.max() / start - 1) / 0.03, 1.0, "excess_over_limit")

    def _validation(self, case: Case, v: Curve) -> _Blow | None:
        """Judge a validation loss that explodes while the training loss does not learn either."""
        train = case.train
        spoiled = train is None or train.end >= 0.98 * train.start
        if v.n < 4 or v.y[0] <= 0:
            return None
        third = v.y[-max(v.n // 3, 1) :]
        if third.min() >= 5 * v.y[0] and (train is None or train.end >= train.start):
            ratio = median(third) / float(v.y[0])
            return _Blow(
                self._onset(v),
                f"ends at {times(ratio)} its first value",
                ratio,
                5.0,
                "end_over_start",
            )
        fifth = median(v.y[-max(v.n // 5, 1) :])
        if v.n >= 8 and spoiled and (v.y[1:] > v.y[0]).all() and fifth > 1.2 * v.y[0]:
            text = (
                f"never came back to its first value {number(v.y[0])}; it ends at {number(fifth)}"
            )
            return _Blow(0, text, fifth / float(v.y[0]), 1.2, "end_over_start")
        return None

    @staticmethod
    def _onset(c: Curve) -> int:
        """Last point that still lies within reach of the best level."""
        reach = c.best + max(0.2 * c.drop, 6 * c.sigma)
        inside = np.flatnonzero(c.smooth <= min(reach, max(c.end - c.se, c.best)))
        return int(inside[-1]) if len(inside) else 0

    @staticmethod
    def _validation_went_on(case: Case, x: float) -> bool:
        """Whether the validation loss fell beyond ``x``: the data became harder, not the run worse."""
        v = case.val
        if v is None or v is case.principal:
            return False
        before, after = v.y[v.x < x], v.y[v.x >= x]
        return min(len(before), len(after)) >= 2 and v.end < median(before[-3:])

    @staticmethod
    def _validation_agrees(case: Case) -> bool:
        v = case.val
        if v is None or v.n < 5:
            return True
        return v.end > v.best + 0.05 * v.drop or v.end >= 0.98 * v.start

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


def _fall(values: Floats) -> float:
    """How much a stretch fell from its first to its last fifth."""
    k = max(len(values) // 5, 1)
    return float(median(values[:k]) - median(values[-k:])) if len(values) else 0.0
