"""LD201: the loss swings up and down instead of settling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import Swing, median, swings, unsettled
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet, times

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

_STRONG, _MANY, _DOUBLES = 0.1, 6, 2.0
"""An error: jitter of this share of the drop, so many swings, or swings that double the loss."""

_CALM, _MOVES = 0.01, 0.03
"""Validation jitter below which the weights do not swing, whatever the batches do, and from which
on it seconds what the training loss shows."""


class _Sight(NamedTuple):
    """What one clause saw."""

    curve: Curve
    channel: Channel
    swings: list[Swing]
    size: float
    threshold: float
    text: str
    severe: bool
    measure: str = "swing"
    unit: str = "of the drop"


def _swinging(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    k = np.arange(400)
    wave = 1 + 0.7 * np.clip(np.sin(k / 12.0 + rng.uniform(0, 6)), 0, None) * (k > 60)
    columns["train_loss"] *= wave
    columns["val_loss"] *= wave[19::20] * np.exp(0.25 * rng.standard_normal(20))


def _restless(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """Both losses go up and down by a half of their level; noisy batches hide it in one."""
    moves = 0.35 * rng.standard_normal(40)
    moves[:3] = 0.0
    columns["train_loss"] *= np.exp(np.repeat(moves, 10) + 0.8 * rng.standard_normal(400))
    columns["val_loss"] *= np.exp(moves)


def _calmed(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    """The same in the first half alone."""
    _restless(columns, rng)
    columns["val_loss"][20:] = 0.45 * np.exp(0.01 * rng.standard_normal(20))


def _noisy_evaluation(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["val_loss"] *= np.exp(0.15 * rng.standard_normal(len(columns["val_loss"])))


def _noisy_batches(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["train_loss"] *= np.exp(0.4 * rng.standard_normal(400))


_RUN = curves.healthy(rate="constant", every=10)


class Oscillation(Rule):
    """Loss swings up and down by a good part of its level or its progress and does not settle.

    ## How it is measured
    Mini-batch noise makes a training loss rough although the parameters move smoothly, so the
    validation loss, whose data are fixed, is the first witness; a *swing* is a rise that is
    followed by an equal fall. (W) Three swings of the validation loss by a third of all that it
    has learned, the last one in the second half (two, among eight to eleven values), with a
    point-to-point noise, the *jitter*, of a tenth of that; with less between them they are spikes
    (LD202). (R) Over the last two thirds, on the axis of the logarithm: three swings and more by a
    factor of 1.25, the last one after 70 % of the run, a noise of 0.1, and a level of the later
    half that stands 1.25 times above the lowest value. Validation losses of runs that settle have
    a noise of 0.01 to 0.08. The training loss must second it: its means between evaluations have a
    third of that noise or more. It is not told of a loss that has all but reached zero, or that
    ends three swings above its best (LD401). Neither is told where the rate has decayed to a tenth
    by the last swing: that is the evaluation (LD405). (T) At least three swings of the training
    loss beyond its batch noise, the last one after 40 % of the run. (E) In a log with one row an
    epoch, five swings and more over half of the run. (F) The loss flips at every step
    (Wallis-Moore test) without progress. Swings that follow a rise of the learning rate belong to
    the schedule (LD503).

    ## What to change
    A third of the learning rate, decayed to 0 by a cosine.

    ## When it is wrong
    A validation set of less than a hundred samples drawn anew at each evaluation; single batches
    logged once an epoch; loss functions that alternate by design.
    """

    code: ClassVar[str] = "LD201"
    name: ClassVar[str] = "oscillation"
    severity: ClassVar[Severity] = Severity.ERROR
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = _WIDE_MIN
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {"LD206", "LD303", "LD304", "LD305", "LD401", "LD402", "LD403", "LD405", "LD504"}
    )
    references: ClassVar[tuple[str, ...]] = (
        "LeCun et al. 1998, Efficient BackProp, section 5 (rates that overshoot)",
        "Wallis & Moore 1941, JASA 36:401 (turning points)",
        "Godbole et al. 2023, Deep Learning Tuning Playbook",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(rate="constant"), _swinging)),
        fires(curves.altered(_RUN, _restless)),
        quiet(curves.healthy()),
        quiet(curves.altered(_RUN, _calmed)),
        quiet(curves.altered(_RUN, _noisy_evaluation)),
        quiet(curves.altered(curves.healthy(), _noisy_batches)),
        quiet(curves.epochs(val_noise=0.05)),
    )

    jitter: float = option(0.1, unit="of the drop", text="Jitter; below, wide swings are spikes.")
    wide: float = option(1 / 3, unit="of the drop", text="Wide swings of the validation loss.")
    noise: float = option(0.1, unit="of the level", text="Noise of a restless validation loss.")
    factor: float = option(1.25, unit="x", text="Its swings, up and down.")
    above: float = option(1.25, unit="x lowest", text="Its level over the later half.")
    height: float = option(0.12, unit="of the drop", text="Swings of the training loss.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Ask the witnesses in turn."""
        witnesses = (self._wide, self._restless, self._training, self._epochs, self._flips)
        sight = next((s for witness in witnesses if (s := witness(case)) is not None), None)
        if sight is None:
            return
        c = sight.curve
        on_val = sight.channel is Channel.VAL_LOSS
        first = sight.swings[0].valley if sight.swings else c.n // 3
        yield self.finding(
            case,
            onset=case.onset_at(c, first),
            series=c.name,
            channel=sight.channel,
            severity=Severity.ERROR if sight.severe else Severity.WARNING,
            message=f"{c.name} {sight.text}",
            evidence=(
                Evidence("count", len(sight.swings), "swings"),
                Evidence(sight.measure, sight.size, sight.unit, sight.threshold),
                Evidence("start", c.start, "loss"),
                Evidence("end", c.end, "loss"),
            ),
            effect=sight.size >= 2 * sight.threshold,
            points=c.n >= _VAL_MIN,
            agree=on_val or case.val is None or _jitter(case.val) >= _MOVES,
            caveat="a small validation set drawn anew each time looks the same"
            if on_val
            else "single batches logged once in a while look the same",
        )

    def _wide(self, case: Case) -> _Sight | None:
        """Swings of the validation loss by a third of everything it learned."""
        v = case.val
        if v is None or v.n < _WIDE_MIN or not _learned(v) or _jitter(v) < self.jitter:
            return None
        late = int(np.searchsorted(v.where, _WIDE_SKIP))
        # On top of a rise (overfitting) swings are measured against that rise.
        scale = max(_drop(v), float(v.smooth[v.i_best :].max()) - v.best)
        found = swings(v.y[late:], self.wide * scale)
        found = unsettled.of_their_own(case, v, found, late)
        if len(found) < (3 if v.n >= _VAL_MIN else 2) or v.where[found[-1].peak] < 0.5:
            return None
        if unsettled.rate_has_gone(case, float(v.x[found[-1].peak])):
            return None
        height = _typical(found)
        share = height / _drop(v)
        text = f"swings {len(found)} times by about {number(height)}, {share:.0%} of all that it "
        text += "has learned"
        return _Sight(v, Channel.VAL_LOSS, found, share, self.wide, text, True)

    def _restless(self, case: Case) -> _Sight | None:
        """Swings of the validation loss by good parts of its level, which it never settles at."""
        v = case.val
        seen = unsettled.unsettled(
            case, factor=self.factor, least_noise=self.noise, least_above=self.above
        )
        if v is None or seen is None or not seen.seconded:
            return None
        text = (
            f"swings {len(seen.swings)} times by a factor of about {number(seen.factor)} over the "
            f"last two thirds and stands at {times(seen.above)} its lowest value"
        )
        severe = seen.factor >= _DOUBLES
        return _Sight(
            v,
            Channel.VAL_LOSS,
            seen.swings,
            seen.noise,
            self.noise,
            text,
            severe,
            "noise",
            "of the level",
        )

    def _training(self, case: Case) -> _Sight | None:
        c = case.train
        if c is None or c.n < _TRAIN_MIN or case.by_epoch:
            return None
        found = unsettled.beyond_batch_noise(case, c, self.height)
        if len(found) < 3 or c.where[found[-1].peak] < 0.4:
            return None
        v = case.val
        if v is not None and v.n >= _VAL_MIN and _jitter(v) < _CALM:
            return None
        height = _typical(found)
        text = f"swings {len(found)} times by about {number(height)}, beyond its batch noise"
        size = height / c.drop
        return _Sight(c, Channel.TRAIN_LOSS, found, size, self.height, text, _severe(case, found))

    def _epochs(self, case: Case) -> _Sight | None:
        c = case.train
        if c is None or c.n < _EPOCH_MIN or not case.by_epoch:
            return None
        height = max(0.3 * c.drop, 0.5 * abs(median(c.y)))
        found = unsettled.of_their_own(case, c, swings(c.y, height))
        found = [s for s in found if c.y[s.peak] > 1.2 * c.start]
        if len(found) < 5 or c.where[found[-1].peak] - c.where[found[0].valley] < 0.5:
            return None
        text = f"swings {len(found)} times above its start {number(c.start)}"
        size = _typical(found) / c.drop
        return _Sight(c, Channel.TRAIN_LOSS, found, size, 0.3, text, _severe(case, found))

    def _flips(self, case: Case) -> _Sight | None:
        c = case.train
        if c is None or c.n < 40 or not c.end:
            return None
        z, share = unsettled.turning_points(c.y[c.n // 3 :])
        stalled = c.mean_between(0.7, 0.8) - c.mean_between(0.95, 1.0) < 0.05 * c.drop
        loud = c.sigma / abs(c.end) > 0.02 and c.sigma > 0.005 * c.drop
        if z <= 5 or not stalled or not loud:
            return None
        text = f"flips up and down at {share:.0%} of its steps without progress"
        severe = _severe(case, [])
        return _Sight(c, Channel.TRAIN_LOSS, [], z, 5.0, text, severe, "turning_points_z", "SE")

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


def _severe(case: Case, found: list[Swing]) -> bool:
    """Whether the training loss swings often, or the validation loss by much."""
    return len(found) >= _MANY or (case.val is not None and _jitter(case.val) >= _STRONG)


def _typical(found: list[Swing]) -> float:
    return median(np.array([s.height for s in found])) if found else 0.0
