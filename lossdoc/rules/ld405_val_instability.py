"""LD405: the validation loss jumps up and down while the training loss is smooth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import difference_noise
from lossdoc.robust.unsettled import SECONDED, train_noise, unsettled
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_BEGIN = 1 / 3
"""Share of the run from which on evaluations count: before it the loss falls."""


def _noisy_evaluation(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["val_loss"] *= np.exp(0.25 * rng.standard_normal(len(columns["val_loss"])))


def _moving_weights(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    moves = 0.25 * rng.standard_normal(len(columns["val_loss"]))
    columns["val_loss"] *= np.exp(moves)
    columns["train_loss"] *= np.exp(np.repeat(moves, 10))


_RUN = curves.healthy(rate="constant", every=10, floor=0.6)


class ValInstability(Rule):
    """Validation loss jumps up and down while the training loss is smooth.

    ## How it is measured
    Point-to-point noise of the logarithm over the last two thirds: at least 0.05 (5 % of the level)
    and 3 % of all that the validation loss has learned, while the means of the training loss
    between evaluations have less than a third of it. Or swings that would be oscillation (LD201)
    at a learning rate that has decayed to a tenth: the weights hardly move there.

    ## What to change
    The noise of a mean falls with the square root of the number of samples: k = (noise / 0.02)²
    times as many validation samples bring it to 2 %. Until then compare checkpoints by means over
    several evaluations, not by single ones.

    ## When it is wrong
    Weights whose training loss does not show that they move: statistics of batch normalisation
    that lag behind, samples far from the training data. Averaged weights or a lower rate at the end
    help there, more samples do not.
    """

    code: ClassVar[str] = "LD405"
    name: ClassVar[str] = "val-instability"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})
    min_points: ClassVar[int] = 12
    references: ClassVar[tuple[str, ...]] = (
        "Bouthillier et al. 2021, Accounting for Variance in Machine Learning Benchmarks",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(_RUN, _noisy_evaluation)),
        quiet(_RUN),
        quiet(curves.altered(_RUN, _moving_weights)),
    )

    noise: float = option(0.05, unit="of the level", text="Noise of the validation loss.")
    jitter: float = option(0.03, unit="of the drop", text="The same, in what it has learned.")
    wanted: float = option(0.02, unit="of the level", text="Noise that more samples shall bring.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare the noise of the two losses."""
        v, trained = case.val, train_noise(case)
        if v is None or v.n < self.min_points or not v.positive:
            return
        if trained is None:
            raise Withheld(
                f"too few training losses between the evaluations of {v.name} to tell their noise "
                "from that of the weights; log the training loss at least as often"
            )
        noise = difference_noise(np.log(v.y[v.where >= _BEGIN]))
        seen = unsettled(case)
        calm = seen is not None and seen.calm_rate
        if noise < self.noise or v.sd < self.jitter * v.drop:
            return
        if trained >= SECONDED * noise and not calm:
            return
        more = math.ceil((noise / self.wanted) ** 2)
        yield self.finding(
            case,
            onset=case.onset_at(v, int(np.argmax(v.where >= _BEGIN))),
            series=v.name,
            channel=Channel.VAL_LOSS,
            message=f"{v.name} jumps by {noise:.0%} of its level from one evaluation to the next, "
            + (
                "although the rate has all but gone"
                if calm
                else f"{case.train.name if case.train else 'training'} by {trained:.1%}"
            )
            + f": evaluation noise; {more} times the validation samples bring it to "
            f"{self.wanted:.0%}",
            evidence=(
                Evidence("noise", noise, "of the level", self.noise),
                Evidence("train_noise", trained, "of the level"),
                Evidence("more_samples", more, "x"),
            ),
            effect=noise >= 2 * self.noise,
            points=v.n >= 2 * self.min_points,
            caveat="batch normalisation that lags behind looks the same",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """As many samples as bring the noise of their mean down."""
        del case
        noise, more = finding.number("noise"), finding.number("more_samples")
        return (
            Prescription(
                kind="data",
                action="validate on more samples",
                changes=(Change("validation_samples_factor", 1.0, more),),
                rationale=f"({number(noise)} / {number(self.wanted)})² = {number(more)}: the noise of "
                "a mean falls with the square root of the number of samples",
                reference="Bouthillier et al. 2021, Accounting for Variance in Machine Learning "
                "Benchmarks",
                caveat="of no help where the same samples are evaluated each time and the weights "
                "move; average the weights then",
            ),
        )
