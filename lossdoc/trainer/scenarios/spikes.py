"""Scenarios of spikes and oscillation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.config import Fault, TrainConfig
from lossdoc.trainer.models.specs import MLP
from lossdoc.trainer.scenarios import measures, onsets
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import Digits, Mixture, Teacher

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lossdoc.trainer.log import RunLog

    Floats = NDArray[np.float64]
    Oracle = Callable[[RunLog], bool]

_NOT_LASTING = ("LD102", "LD103", "LD201", "LD203", "LD301", "LD302", "LD303", "LD401", "LD403")
"""Diagnoses of harm that lasts: wrong where a run recovers."""


def _swings(values: Floats, factor: float) -> int:
    """How often a column rises by a factor from a low and falls by it again from the high after."""
    count, rising = 0, True
    extreme = values[0]
    for value in values:
        turned = value > factor * extreme if rising else value < extreme / factor
        if turned:
            count += rising
            rising, extreme = not rising, value
        extreme = min(extreme, value) if rising else max(extreme, value)
    return count


def _oscillates(log: RunLog) -> bool:
    """The validation loss swings by half of its level and more, and does not stay near its best."""
    values = measures.validation(log)
    swings = _swings(values[len(values) // 4 :], 1.5)
    level = float(np.median(values[len(values) // 2 :]))
    return measures.is_finite(log) and swings >= 2 and level > 1.25 * measures.val_best(log)


def _lives_on_the_edge(log: RunLog) -> bool:
    """A tenth of the later full-batch steps and more go up, yet both losses fall to a third."""
    ups = float((np.diff(log["train_loss"])[len(log) // 4 :] > 0).mean())
    values = measures.validation(log)
    level = float(np.median(values[-len(values) // 4 :]))
    falls = measures.end(log) < measures.start(log) / 3 and level < values[0] / 3
    return measures.is_finite(log) and 0.1 < ups < 0.6 and falls and level < 1.5 * values.min()


def _spikes(name: str, factor: float, end: tuple[float, float]) -> Oracle:
    """Whether a column jumps at each fault, and where the loss ends.

    Parameters
    ----------
    name
        Of the column.
    factor
        Least height over the level before.
    end
        Bounds of the loss at the end, over that before the first fault.
    """

    def oracle(log: RunLog) -> bool:
        levels = [
            float(np.median(log[name][fault.first - 51 : fault.first - 1]))
            for fault in log.config.faults
        ]
        heights = [float(log[name][fault.first - 1]) for fault in log.config.faults]
        jumps = all(h > factor * level for h, level in zip(heights, levels, strict=True))
        first = log.config.faults[0].first
        before = float(np.median(log["train_loss"][first - 51 : first - 1]))
        return jumps and end[0] < measures.end(log) / before < end[1]

    return oracle


_NO_BETTER = (
    "the run recovers by itself and ends where it would have ended anyway: to leave the batches out "
    "spares the spike, but makes no better model."
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="oscillation-high-rate",
        kind="fault",
        title="Rate too high to settle: SGD with momentum",
        config=TrainConfig(task=Digits(), lr=0.5, momentum=0.9, steps=500, eval_every=10),
        oracle=_oscillates,
        expected=("LD201",),
        forbidden=("LD102", "LD301", "LD302", "LD303", "LD304", "LD401", "LD403"),
        seen="Both losses fall within twenty steps and then swing up and down, by a factor of two "
        "and more, to the end. The validation loss is mostly between 0.2 and 1; a tenth of the rate "
        "brings it to 0.1.",
        why="Across the valley every step overshoots; along it the run gets on, so that the mean "
        "still falls (LeCun et al. 1998, Efficient BackProp, section 5). The rate is constant: "
        "nothing ever calms it.",
    ),
    Scenario(
        name="edge-of-stability",
        kind="look-alike",
        title="Full-batch descent at the edge of stability",
        config=TrainConfig(
            task=Teacher(n_train=2048),
            model=MLP(width=32, depth=3, activation="tanh", init="lecun"),
            batch_size=None,
            steps=400,
            eval_every=10,
        ),
        edge=0.8,
        oracle=_lives_on_the_edge,
        seen="The loss falls smoothly at first; then it rises in two steps of five "
        "although every step sees all of the data. The ups and downs pass, and the loss goes on "
        "falling for the whole run; the validation loss follows.",
        why="The rate is 0.8 of what is stable at the first weights. Descent itself raises the "
        "sharpness until it is at the edge, 2 over the rate, and stays there: each overshoot lowers "
        "it again (Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the "
        "Edge of Stability). At most worth a note.",
    ),
    Scenario(
        name="gradient-spike-bad-batch",
        kind="fault",
        title="Single bad batches, twice",
        config=TrainConfig(
            task=Digits(),
            lr=0.01,
            momentum=0.9,
            steps=600,
            faults=(
                Fault(first=200, last=200, inputs=5.0, permute=True),
                Fault(first=430, last=430, inputs=5.0, permute=True),
            ),
            eval_every=10,
        ),
        oracle=_spikes("grad_norm", factor=10.0, end=(0.0, 0.9)),
        onset=onsets.first_fault,
        expected=("LD204",),
        forbidden=_NOT_LASTING,
        seen="The norm of the gradient is thirtyfold at steps 200 and 430, the loss of these "
        "batches two-hundredfold. The losses after them are up a little for some fifty steps.",
        why="Two batches with inputs five times as large and labels of other samples: a broken "
        "record, a wrong join. Momentum carries the step on; clipping would have bounded it "
        "(Pascanu et al. 2013).",
    ),
    Scenario(
        name="gradient-spike-label-outlier",
        kind="fault",
        title="Targets in another unit, one batch",
        config=TrainConfig(
            task=Teacher(),
            model=MLP(activation="tanh", init="lecun"),
            lr=0.01,
            momentum=0.9,
            steps=600,
            faults=(Fault(first=250, last=250, targets=30.0),),
            eval_every=10,
        ),
        oracle=_spikes("grad_norm", factor=10.0, end=(0.0, 1.3)),
        onset=onsets.first_fault,
        expected=("LD204",),
        forbidden=_NOT_LASTING,
        seen="At step 250 the squared error is several thousandfold and the gradient a hundredfold; "
        "both come down over some fifty steps, in which the validation loss is up as well.",
        why="The targets of one batch are thirty times too large: the squared error grows with "
        "their square and the gradient with themselves, and one step throws the head off.",
        incurable=_NO_BETTER,
    ),
    Scenario(
        name="loss-spike-recovered",
        kind="fault",
        title="Three bad batches, forgotten: Adam",
        config=TrainConfig(
            task=Digits(),
            optimizer="adam",
            lr=0.003,
            beta2=0.99,
            steps=700,
            faults=(Fault(first=400, last=402, inputs=2.0, permute=True),),
            eval_every=10,
        ),
        oracle=_spikes("train_loss", factor=20.0, end=(0.0, 1.2)),
        onset=onsets.first_fault,
        expected=("LD202",),
        forbidden=_NOT_LASTING,
        seen="Three losses in a row are a thousandfold. A low hump follows, and after some 150 "
        "steps the run is where it was.",
        why="Labels of three batches belong to other samples, and the inputs are twice as large. "
        "Adam bounds the harm: a step is about the rate, however large the gradient (Chowdhery et "
        "al. 2022, PaLM, section 5.1, on such spikes).",
        incurable=_NO_BETTER,
    ),
    Scenario(
        name="loss-spike-lingering",
        kind="fault",
        title="Three bad batches, never forgotten: AdamW",
        config=TrainConfig(
            task=Mixture(),
            model=MLP(depth=2),
            optimizer="adamw",
            lr=0.003,
            steps=600,
            warmup_steps=30,
            schedule=Cosine(),
            faults=(Fault(first=120, last=122, inputs=100.0, permute=True),),
            eval_every=10,
        ),
        oracle=_spikes("train_loss", factor=100.0, end=(1.25, 3.0)),
        onset=onsets.first_fault,
        expected=("LD203",),
        forbidden=("LD102", "LD201", "LD301", "LD302", "LD303", "LD401", "LD403"),
        seen="Three losses in a row are above 100; then the loss is back below 1, but half as high "
        "again as before, and stays there while the rate decays. The validation loss does the same.",
        why="Three batches came without their normalisation and with wrong labels. In Adam's "
        "moments they outweigh all batches before: some twenty steps go several times "
        "as far as usual, in one direction, and those after them are short. By the time the "
        "second moments have forgotten, the cosine has no rate left.",
    ),
)
