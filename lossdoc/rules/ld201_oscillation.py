"""LD201: the loss swings up and down instead of settling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import Swing, median, running_median, swings
from lossdoc.robust.stats import MEDIAN_SE
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_TRAIN_MIN = 100
_VAL_MIN = 12
_EPOCH_MIN = 20
_WIDE_MIN = 8
_WIDE_SKIP = 0.12
"""First evaluations may be wild (running statistics of batch normalisation)."""
_AFTER_RATE_RISE = 0.02
"""Swings that begin within this share of the run of a rise of the rate belong to the rate."""


class _Sight(NamedTuple):
    """What one clause saw."""

    curve: Curve
    channel: Channel
    swings: list[Swing]
    size: float
    threshold: float
    text: str
    measure: str = "swing"


def _swinging(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    k = np.arange(400)
    wave = 1 + 0.7 * np.clip(np.sin(k / 12.0 + rng.uniform(0, 6)), 0, None) * (k > 60)
    columns["train_loss"] *= wave
    columns["val_loss"] *= wave[19::20] * np.exp(0.25 * rng.standard_normal(20))


def _noisy_batches(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["train_loss"] *= np.exp(0.4 * rng.standard_normal(400))


class Oscillation(Rule):
    """Loss swings up and down by a good part of its progress and does not settle.

    ## How it is measured
    Mini-batch noise makes a training loss rough although the parameters move smoothly, so the
    validation loss, whose data are fixed, is the first witness. *Jitter* is its point-to-point
    noise over the last two thirds, in units of its drop; a *swing* is a rise that is followed by
    an equal fall. (W) Three swings of the validation loss by a third of all that it has learned,
    the last one in the second half (two, among eight to eleven values); with little jitter between
    them they are spikes (LD202). (V) Jitter and swings of the validation loss, with a training loss that moves
    too. (T) At least three swings of the training loss beyond its batch noise, the last one after
    40 % of the run. (E) In a log with one row an epoch, five swings and more over half of the run.
    (F) The loss flips at every step (Wallis-Moore test) without progress. Swings that follow a
    rise of the learning rate belong to the schedule (LD503).

    ## What to change
    A third of the learning rate, decayed to 0 by a cosine.

    ## When it is wrong
    A small validation set or one drawn anew at each evaluation; single batches logged once an
    epoch; loss functions that alternate by design.
    """

    code: ClassVar[str] = "LD201"
    name: ClassVar[str] = "oscillation"
    severity: ClassVar[Severity] = Severity.ERROR
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = _WIDE_MIN
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD303", "LD304", "LD305", "LD402", "LD403"})
    references: ClassVar[tuple[str, ...]] = (
        "Wallis & Moore 1941, JASA 36:401 (turning points)",
        "Godbole et al. 2023, Deep Learning Tuning Playbook",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(rate="constant"), _swinging)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _noisy_batches)),
        quiet(curves.epochs(val_noise=0.05)),
    )

    jitter: float = option(0.05, unit="of the drop", text="Validation jitter that is enough.")
    jitter_low: float = option(0.03, unit="of the drop", text="Jitter that needs more witnesses.")
    jitter_wide: float = option(0.1, unit="of the drop", text="Jitter; below, swings are spikes.")
    wide: float = option(1 / 3, unit="of the drop", text="Swings that need no other witness.")
    height: float = option(0.12, unit="of the drop", text="Height of a swing.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Ask the witnesses in turn."""
        witnesses = (self._wide, self._validation, self._training, self._epochs, self._flips)
        sight = next((s for witness in witnesses if (s := witness(case)) is not None), None)
        if sight is None:
            return
        c = sight.curve
        first = sight.swings[0].valley if sight.swings else c.n // 3
        strong = case.val is not None and _jitter(case.val) >= 0.1
        severe = strong or len(sight.swings) >= 6
        yield self.finding(
            case,
            onset=case.onset_at(c, first),
            series=c.name,
            channel=sight.channel,
            severity=Severity.ERROR if severe else Severity.WARNING,
            message=f"{c.name} {sight.text}",
            evidence=(
                Evidence("count", len(sight.swings), "swings"),
                Evidence("swing_height", _typical(sight.swings), "loss"),
                Evidence(sight.measure, sight.size, "of the drop", sight.threshold),
                Evidence("start", c.start, "loss"),
                Evidence("end", c.end, "loss"),
            ),
            effect=sight.size >= 2 * sight.threshold,
            points=c.n >= _VAL_MIN,
            agree=case.val is None or _jitter(case.val) >= self.jitter_low,
            caveat="a small validation set, or one drawn anew each time, looks the same",
        )

    def _wide(self, case: Case) -> _Sight | None:
        """Swings of the validation loss by a third of everything it learned."""
        v = case.val
        if v is None or v.n < _WIDE_MIN or not _learned(v) or _jitter(v) < self.jitter_wide:
            return None
        late = int(np.searchsorted(v.where, _WIDE_SKIP))
        # On top of a rise (overfitting) swings are measured against that rise.
        scale = max(_drop(v), float(v.smooth[v.i_best :].max()) - v.best)
        found = self._of_their_own(case, v, swings(v.y[late:], self.wide * scale), late)
        if len(found) < (3 if v.n >= _VAL_MIN else 2) or v.where[found[-1].peak] < 0.5:
            return None
        height = _typical(found)
        text = (
            f"swings {len(found)} times by about {number(height)}, {height / _drop(v):.0%} of all "
        )
        text += "that it has learned"
        return _Sight(v, Channel.VAL_LOSS, found, height / _drop(v), self.wide, text)

    def _validation(self, case: Case) -> _Sight | None:
        v = case.val
        if v is None or v.n < _VAL_MIN or not _learned(v):
            return None
        jitter = _jitter(v)
        drop = _drop(v)
        if v.end and jitter * drop / abs(v.end) < 0.03:
            return None
        late = int(np.searchsorted(v.where, 1 / 3))
        found = self._of_their_own(
            case, v, swings(v.y[late:], max(self.height * drop, 0.08 * abs(v.end))), late
        )
        rise = (v.end - v.best) / drop
        loud = jitter >= self.jitter and len(found) >= 3
        seconded = jitter >= self.jitter_low and (
            len(found) >= 2 or (len(found) >= 1 and rise >= 0.1)
        )
        if not (loud or seconded) or not self._train_moves(case):
            return None
        text = (
            f"swings {len(found)} times by about {number(_typical(found))} "
            f"over the last two thirds (jitter {jitter:.0%} of its drop)"
        )
        return _Sight(v, Channel.VAL_LOSS, found, jitter, self.jitter, text, "jitter")

    def _train_moves(self, case: Case) -> bool:
        c = case.train
        if c is None:
            return True
        if c.rise >= 0.05 and c.end - c.best > 3 * c.se:
            return True
        return bool(self._train_swings(case, c))

    def _train_swings(self, case: Case, c: Curve) -> list[Swing]:
        width = int(np.clip(c.n // 60, 1, 9)) | 1
        spread = np.subtract(*np.quantile(c.y - c.smooth, [0.95, 0.05])) / 3.29
        noise = max(c.sigma, c.sd_early, float(spread))
        height = max(self.height * c.drop, 6 * MEDIAN_SE * noise / np.sqrt(width))
        return self._of_their_own(case, c, swings(running_median(c.y, width), height))

    def _training(self, case: Case) -> _Sight | None:
        c = case.train
        if c is None or c.n < _TRAIN_MIN or case.by_epoch:
            return None
        found = self._train_swings(case, c)
        if len(found) < 3 or c.where[found[-1].peak] < 0.4:
            return None
        v = case.val
        if v is not None and v.n >= _VAL_MIN and _jitter(v) < 0.01:
            return None
        height = _typical(found)
        text = f"swings {len(found)} times by about {number(height)}, beyond its batch noise"
        return _Sight(c, Channel.TRAIN_LOSS, found, height / c.drop, self.height, text)

    def _epochs(self, case: Case) -> _Sight | None:
        c = case.train
        if c is None or c.n < _EPOCH_MIN or not case.by_epoch:
            return None
        height = max(0.3 * c.drop, 0.5 * abs(median(c.y)))
        found = self._of_their_own(case, c, swings(c.y, height))
        found = [s for s in found if c.y[s.peak] > 1.2 * c.start]
        if len(found) < 5 or c.where[found[-1].peak] - c.where[found[0].valley] < 0.5:
            return None
        text = f"swings {len(found)} times above its start {number(c.start)}"
        return _Sight(c, Channel.TRAIN_LOSS, found, _typical(found) / c.drop, 0.3, text)

    def _flips(self, case: Case) -> _Sight | None:
        c = case.train
        if c is None or c.n < 40 or not c.end:
            return None
        late = c.y[c.n // 3 :]
        moves = np.sign(np.diff(late))
        turns = int((moves[1:] * moves[:-1] < 0).sum())
        n = len(late)
        z = (turns - 2 * (n - 2) / 3) / np.sqrt((16 * n - 29) / 90)
        stalled = c.mean_between(0.7, 0.8) - c.mean_between(0.95, 1.0) < 0.05 * c.drop
        loud = c.sigma / abs(c.end) > 0.02 and c.sigma > 0.005 * c.drop
        if z <= 5 or not stalled or not loud:
            return None
        text = f"flips up and down at {turns / max(n - 2, 1):.0%} of its steps without progress"
        return _Sight(c, Channel.TRAIN_LOSS, [], float(z), 5.0, text, "turning_points_z")

    @staticmethod
    def _of_their_own(case: Case, c: Curve, found: list[Swing], offset: int = 0) -> list[Swing]:
        """Swings that no rise of the learning rate explains, with indices into the curve."""
        placed = [
            s._replace(valley=s.valley + offset, peak=s.peak + offset, end=s.end + offset)
            for s in found
        ]
        if case.rate is None:
            return placed
        margin = _AFTER_RATE_RISE * max(c.span, 1e-300)
        rate = case.rate
        return [s for s in placed if not rate.rises_within(c.x[s.valley] - margin, c.x[s.peak])]

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Take a third of the rate, decayed."""
        del finding
        return (
            prescribe.lower_rate(
                case,
                3.0,
                cosine=True,
                reference="Godbole et al. 2023, Deep Learning Tuning Playbook",
                caveat="with batches under 64 and a calm validation loss, a larger batch helps more",
            ),
        )


def _learned(v: Curve) -> bool:
    """Whether a validation loss came down at all; the rest is noise about nothing."""
    return v.start - float(v.y.min()) >= 0.2 * abs(v.start)


def _drop(v: Curve) -> float:
    return max(v.start - float(v.y.min()), 0.1 * abs(v.start), 1e-300)


def _jitter(v: Curve) -> float:
    """Point-to-point noise of a validation loss over its last two thirds, in units of its drop."""
    return v.sd / _drop(v)


def _typical(found: list[Swing]) -> float:
    return median(np.array([s.height for s in found])) if found else 0.0
