"""LD201: the loss swings up and down instead of settling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules import swinging
from lossdoc.rules.base import Example, Rule, fires, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_MOVES = 0.03
"""Jitter of the validation loss that seconds what the training loss shows, in units of its drop."""


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
    (LD202). (R) Over the last two thirds, on the axis of the logarithm: three swings and more (two,
    of fewer than thirty values) by a factor of 1.25, the last one after 70 % of the run, a noise of
    0.1, and a level of the later half that stands 1.25 times above the lowest value. Validation
    losses of runs that settle have a noise of 0.01 to 0.08. The training loss must second it: its
    means between evaluations have a third of that noise or more. It is not told of a loss that has
    all but reached zero, or that ends three swings above its best (LD401). Neither is told where
    the rate has decayed to a tenth by the last swing: that is the evaluation (LD405). (T) At least
    three swings of the training loss beyond its batch noise, the last one after 40 % of the run.
    (E) In a log with one row an epoch, five swings and more over half of the run. (F) The loss
    flips at every step (Wallis-Moore test) without progress. Swings that follow a rise of the
    learning rate belong to the schedule (LD503), those of a training loss that repeats itself to
    the order of the data (LD909). Without a validation loss, what noisy batches hide is not seen.

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
    min_points: ClassVar[int] = swinging.WIDE_MIN
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
        sight = (
            swinging.wide(case, size=self.wide, jitter=self.jitter)
            or swinging.restless(case, noise=self.noise, factor=self.factor, above=self.above)
            or swinging.training(case, self.height)
            or swinging.epochs(case)
            or swinging.flips(case)
        )
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
            points=c.n >= swinging.VAL_MIN,
            agree=on_val or case.val is None or swinging.jitter_of(case.val) >= _MOVES,
            caveat="a small validation set drawn anew each time looks the same"
            if on_val
            else "single batches logged once in a while look the same",
        )

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
