"""Scenarios in which the loss grows without bound, or the numbers end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.config import LossScale, TrainConfig
from lossdoc.trainer.models.specs import CNN, MLP, RNN
from lossdoc.trainer.scenarios import measures, onsets
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.schedules import Cosine, RangeTest
from lossdoc.trainer.tasks import Adding, Digits, Mixture, Teacher

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossdoc.trainer.log import RunLog

    Oracle = Callable[[RunLog], bool]

_NO_PLATEAU = ("LD301", "LD303", "LD304", "LD305", "LD401", "LD403", "LD502")
"""Diagnoses of a run that does not get on, or that overfits: wrong wherever the loss blew up."""


def _first(log: RunLog) -> float:
    """Loss of the first batch, before any update; a median of more would hold blown-up ones."""
    return float(log["train_loss"][0])


def _chance(log: RunLog) -> float:
    """Cross-entropy of an answer that is the same for every input and gives all classes alike."""
    return float(np.log(log.config.task.problem.outputs))


def _highest(log: RunLog, name: str = "train_loss") -> float:
    """Largest number of a column; infinity where it overflows."""
    return float(np.nanmax(log[name]))


def _ends_in_nan(log: RunLog) -> bool:
    """The loss is NaN or infinite in the last step."""
    return not np.isfinite(log["train_loss"][-1])


def _unlearned(log: RunLog) -> bool:
    """The loss fell well below chance level and came back to it."""
    return measures.lowest(log) < 0.4 * _chance(log) and measures.end(log) > 0.8 * _chance(log)


def _never_learned(log: RunLog) -> bool:
    """The loss rose to fivefold within 20 steps and never came below chance level."""
    rose = float(log["train_loss"][:20].max()) > 5.0 * _first(log)
    return rose and measures.lowest(log) > 0.9 * _chance(log)


def _learned_then_nan(log: RunLog) -> bool:
    """The loss halved, grew a thousandfold, and ended in NaN."""
    first = _first(log)
    return (
        _ends_in_nan(log) and measures.lowest(log) < 0.6 * first and _highest(log) > 1000.0 * first
    )


def _nan_in_descent(log: RunLog) -> bool:
    """The loss fell to a tenth and was NaN from one step to the next, at the largest scale."""
    first, scale = _first(log), log["loss_scale"]
    return (
        _ends_in_nan(log)
        and measures.lowest(log) < 0.1 * first
        and _highest(log) < 1.5 * first
        and scale[-1] > 50.0 * scale[0]
    )


def _thrown_off(log: RunLog) -> bool:
    """The loss jumped to twice its start or more within 60 steps and ended at chance, or in NaN."""
    jumped = float(np.nanmax(log["train_loss"][:60])) > 2.0 * _first(log)
    return jumped and (_ends_in_nan(log) or measures.end(log) > 0.9 * _chance(log))


def _explodes(least_norm: float, within: int) -> Oracle:
    """Whether the first gradient is large and the loss grows a thousandfold within some steps."""

    def oracle(log: RunLog) -> bool:
        losses = log["train_loss"][:within]
        grew = bool((~(losses < 1000.0 * _first(log))).any())
        return grew and log["grad_norm"][0] > least_norm and not measures.end(log) < _first(log)

    return oracle


_DEAD = (
    "Too large a step throws the weights to where most ReLUs answer zero for every input; the "
    "gradient is small there and no later step leads back."
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="divergence-sgd",
        kind="fault",
        title="Warmed up to too high a rate: SGD",
        config=TrainConfig(
            task=Digits(),
            lr=3.0,
            momentum=0.9,
            warmup_steps=150,
            steps=400,
            eval_every=10,
        ),
        oracle=_unlearned,
        onset=onsets.leaves_its_low,
        expected=("LD102",),
        forbidden=_NO_PLATEAU,
        seen="The loss falls in the first steps of the warm-up, jitters, jumps, and then stays flat "
        "at chance level, ln 10, with small gradients. Without the jump before it, the end would "
        "be taken for a plateau.",
        why="The rate passes 2 (1 + momentum) over the sharpness, above which descent is unstable "
        f"(Cohen et al. 2021). {_DEAD}",
    ),
    Scenario(
        name="divergence-cnn",
        kind="fault",
        title="Warmed up to too high a rate: convolutional network",
        config=TrainConfig(
            task=Digits(image=True),
            model=CNN(last_gain=0.35),
            lr=0.6,
            momentum=0.9,
            warmup_steps=150,
            steps=300,
            eval_every=10,
        ),
        oracle=_unlearned,
        onset=onsets.leaves_its_low,
        expected=("LD102",),
        forbidden=_NO_PLATEAU,
        seen="The loss falls by four fifths, rises again while the rate goes on rising, and stays "
        "at ln 10. The jump itself is low: the way back is a climb of some fifty steps.",
        why=f"As divergence-sgd, at a fifth of its rate: shared weights are sharper. {_DEAD}",
    ),
    Scenario(
        name="divergence-adam",
        kind="fault",
        title="Warmed up to too high a rate: Adam",
        config=TrainConfig(
            task=Digits(),
            optimizer="adam",
            lr=1.5,
            warmup_steps=150,
            steps=400,
            eval_every=10,
        ),
        oracle=_unlearned,
        onset=onsets.leaves_its_low,
        expected=("LD102",),
        forbidden=_NO_PLATEAU,
        seen="The loss falls within ten steps, rises with the rate in bumps and spikes, and ends "
        "near ln 10.",
        why="Adam moves each weight by about the rate, however small the gradient: a rate of order "
        "1 overwrites weights of order 0.1 in every step.",
    ),
    Scenario(
        name="divergence-from-start",
        kind="fault",
        title="Too high a rate from the first step",
        config=TrainConfig(task=Digits(), lr=3.0, momentum=0.9, steps=300, eval_every=10),
        oracle=_never_learned,
        onset=onsets.at(1),
        expected=("LD102",),
        forbidden=_NO_PLATEAU,
        seen="The loss rises to many times its start within a few steps, comes down to a little "
        "above where it began, and stays there: the network was never better than untrained.",
        why="The rate is some thirty times too high. A warm-up does not mend it: the same network "
        f"diverges at the end of one (divergence-sgd). {_DEAD}",
    ),
    Scenario(
        name="divergence-ramp",
        kind="fault",
        title="Learning-rate range test",
        config=TrainConfig(
            task=Digits(), lr=30.0, steps=300, schedule=RangeTest(span=1e5), eval_every=10
        ),
        oracle=_unlearned,
        onset=onsets.leaves_its_low,
        expected=("LD507", "LD102", "LD101"),
        forbidden=(*_NO_PLATEAU, "LD402", "LD501", "LD503"),
        seen="The rate grows by the same factor in each step. The loss is flat at first, falls once "
        "the rate is of use, and blows up near the end.",
        why="The divergence is meant: it shows which rates are usable (Smith 2017, Cyclical Learning "
        "Rates). Silence would be wrong none the less: the log says which rate to take, about a "
        "quarter of that at the lowest loss.",
    ),
    Scenario(
        name="nan-blow-up",
        kind="fault",
        title="Squared error grows until the numbers end",
        config=TrainConfig(
            task=Teacher(), lr=0.8, momentum=0.9, warmup_steps=300, steps=300, eval_every=10
        ),
        oracle=_learned_then_nan,
        onset=onsets.first_non_finite,
        expected=("LD101",),
        forbidden=_NO_PLATEAU,
        seen="The loss falls, begins to rise when the warm-up passes half of its peak, grows from "
        "1 to 1e13 and more within twenty steps, and is NaN to the end.",
        why="The gradient of a squared error grows with the error: above the edge of stability "
        "every step makes the next one larger, where a cross-entropy would stay bounded.",
    ),
    Scenario(
        name="fp16-overflow",
        kind="fault",
        title="Half precision overflows and nobody skips the step",
        config=TrainConfig(
            task=Digits(),
            lr=0.02,
            momentum=0.9,
            steps=400,
            loss_scale=LossScale(initial=1024.0, growth_interval=25, skip=False),
            eval_every=10,
        ),
        oracle=_nan_in_descent,
        onset=onsets.first_non_finite,
        expected=("LD101", "LD106"),
        forbidden=(*_NO_PLATEAU, "LD102", "LD103", "LD104", "LD204"),
        seen="A healthy descent, and from one step to the next everything is NaN: no growth before "
        "it, neither of the loss nor of the gradients. The loss scale has doubled nine or ten times.",
        why="A gradient times the loss scale exceeds 65504, the largest number of float16, and the "
        "infinity reaches the weights because the loop does not ask the scaler whether to skip "
        "the step (Micikevicius et al. 2018, Mixed Precision Training, section 3.2).",
    ),
    Scenario(
        name="no-warm-up",
        kind="fault",
        title="Deep network at its full rate from the first step",
        config=TrainConfig(
            task=Mixture(),
            model=MLP(depth=6, gain=1.6, last_gain=0.05),
            lr=0.06,
            momentum=0.9,
            steps=400,
            schedule=Cosine(),
            eval_every=10,
        ),
        oracle=_thrown_off,
        onset=onsets.at(1),
        expected=("LD501", "LD101", "LD102"),
        forbidden=_NO_PLATEAU,
        seen="Within a dozen steps the loss jumps tenfold or more; then it sits at ln 10 for the "
        "rest of the cosine, or in NaN.",
        why="The first weights of a deep network are its sharpest; the rate is right a hundred "
        "steps later. With a warm-up of 100 steps the same run learns as it should (Goyal et al. "
        "2017, Accurate, Large Minibatch SGD; Gilmer et al. 2022, A Loss Curvature Perspective).",
    ),
    Scenario(
        name="exploding-rnn",
        kind="fault",
        title="Gradients explode through time",
        config=TrainConfig(
            task=Adding(length=30),
            model=RNN(recurrent_gain=2.5),
            lr=0.1,
            batch_size=32,
            steps=100,
            eval_every=10,
        ),
        oracle=_explodes(least_norm=50.0, within=60),
        onset=onsets.first_non_finite,
        expected=("LD101", "LD102", "LD104"),
        forbidden=_NO_PLATEAU,
        seen="The norm of the first gradient is in the hundreds; the loss grows by the same factor "
        "in each step until it is infinite.",
        why="Each of 30 steps back in time multiplies the gradient by recurrent weights of gain "
        "2.5 (Bengio et al. 1994; Pascanu et al. 2013). The first update drives the units into "
        "saturation, and there the head is beyond its edge of stability; with gain 1 the rate "
        "is fine.",
    ),
    Scenario(
        name="exploding-deep",
        kind="fault",
        title="Gradients explode through layers",
        config=TrainConfig(
            task=Digits(),
            model=MLP(depth=8, gain=1.7),
            lr=0.05,
            momentum=0.9,
            steps=100,
            eval_every=10,
        ),
        oracle=_explodes(least_norm=50.0, within=60),
        onset=onsets.first_non_finite,
        expected=("LD101", "LD102", "LD104"),
        forbidden=_NO_PLATEAU,
        seen="The first loss is far above ln 10 and the first gradient in the hundreds; within ten "
        "steps both are NaN.",
        why="Weights 1.7 times as large as He's keep a signal from staying as it is: eight layers "
        "make it seventyfold, and the gradients with it (Glorot and Bengio 2010; He et al. 2015).",
    ),
)
