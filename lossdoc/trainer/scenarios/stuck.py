"""Scenarios in which a run hardly learns: plateaus, slow convergence, underfitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.models.specs import MLP
from lossdoc.trainer.scenarios import measures
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import Digits, Mixture, Spirals

if TYPE_CHECKING:
    from lossdoc.trainer.log import RunLog

_NOT_STUCK = ("LD102", "LD103", "LD201", "LD203", "LD401", "LD402", "LD502", "LD503")
"""Diagnoses that are wrong wherever a run just does not get on."""


def _stays(log: RunLog) -> bool:
    """Neither loss falls by a tenth of its start."""
    start, val_start = measures.start(log), measures.validation(log)[0]
    stays = measures.end(log) > 0.9 * start and measures.val_end(log) > 0.9 * val_start
    return measures.is_finite(log) and bool(stays)


def _creeps(log: RunLog) -> bool:
    """The loss stays although gradients are large: every update is a hundred-thousandth."""
    small = measures.between(log, 0.1, 1.0, "update_ratio") < 1e-4
    falls = measures.val_end(log) < measures.validation(log)[0]
    return _stays(log) and small and falls and measures.between(log, 0.0, 1.0, "grad_norm") > 0.1


def _starves(log: RunLog) -> bool:
    """The loss stays because next to no gradient reaches the first layer."""
    return _stays(log) and measures.between(log, 0.0, 1.0, "grad_norm_first") < 1e-6


def _fades(log: RunLog) -> bool:
    """The loss ends where it started; the first layer had gradients, and has none any more."""
    early = measures.between(log, 0.0, 0.02, "grad_norm_first")
    late = measures.between(log, 0.8, 1.0, "grad_norm_first")
    return _stays(log) and early > 1e-2 and late < 1e-6


def _is_dead(log: RunLog) -> bool:
    """The loss stays and no hidden unit ever answers."""
    return _stays(log) and measures.between(log, 0.0, 1.0, "dead_frac") == 1.0


def _is_slow(log: RunLog) -> bool:
    """A good part of the fall comes in the second half, and more than half of the loss is left."""
    start, middle, end = measures.start(log), measures.between(log, 0.45, 0.55), measures.end(log)
    falls = 0.25 * (start - end) < middle - end
    return measures.is_finite(log) and falls and 0.5 * start < end < 0.9 * start


def _underfits(log: RunLog) -> bool:
    """Both losses are alike, flat since long, and nearer to chance than to zero."""
    end, val_end = measures.end(log), measures.val_end(log)
    chance = float(log.facts["chance"])
    flat = measures.between(log, 0.4, 0.6) - end < 0.05 * chance
    alike = abs(val_end - end) < 0.1 * chance
    return measures.is_finite(log) and flat and alike and 0.5 * chance < val_end < 0.99 * chance


_DIGITS = TrainConfig(task=Digits(), optimizer="sgd", lr=0.05, momentum=0.9, steps=400)

_PLATEAUS = (
    Scenario(
        name="plateau-low-rate",
        kind="fault",
        title="Learning rate thousands of times too small",
        config=_DIGITS.replace(lr=1e-5),
        oracle=_creeps,
        expected=("LD301", "LD303"),
        forbidden=(*_NOT_STUCK, "LD403"),
        seen="The loss stays within a few percent of its start and the accuracy at chance. Gradients "
        "are as large as in a healthy run; the validation loss, which is free of batch noise, falls "
        "along a straight line.",
        why="Each update changes the weights by a hundred-thousandth of their size, so that it would "
        "take a hundred times as many steps. A misplaced decimal point, or the rate of a fine-tuning "
        "recipe used to train from scratch.",
    ),
    Scenario(
        name="plateau-dead-relu",
        kind="fault",
        title="Every hidden unit is dead",
        config=_DIGITS.replace(model=MLP(depth=2, bias=-8.0)),
        oracle=_is_dead,
        expected=("LD307", "LD301", "LD302"),
        forbidden=(*_NOT_STUCK, "LD303", "LD403"),
        seen="The loss is flat at ln 10 from the first step on and the accuracy is that of a guess. "
        "All hidden units are zero for every sample, and no gradient passes them; only the bias of "
        "the head moves.",
        why="The biases are so negative that no input can lift a unit above zero, where a ReLU has "
        "no slope. Bad initialisation does it at once, a single huge update later (Lu et al. 2019, "
        "Dying ReLU and Initialization). No learning rate revives them.",
    ),
    Scenario(
        name="plateau-saturated-sigmoid",
        kind="fault",
        title="Sigmoid units start on their flat side",
        config=_DIGITS.replace(
            model=MLP(depth=3, activation="sigmoid", init="lecun", bias=-6.0), lr=0.05
        ),
        oracle=_starves,
        expected=("LD306", "LD301", "LD302"),
        forbidden=(*_NOT_STUCK, "LD303", "LD403"),
        seen="The loss is flat at ln 10 and the accuracy at chance. The gradient of the first layer "
        "is a hundred-thousandth of that of the head.",
        why="With biases of -6 all hidden units answer about 0.002, whatever the input, and their "
        "slope is as small; three layers multiply it (Glorot and Bengio 2010, section 3.1).",
    ),
    Scenario(
        name="plateau-small-init",
        kind="fault",
        title="First weights far too small for the depth",
        config=_DIGITS.replace(model=MLP(depth=3, init="small")),
        oracle=_starves,
        expected=("LD306", "LD301", "LD302"),
        forbidden=(*_NOT_STUCK, "LD303", "LD403"),
        seen="The loss is flat at ln 10 and the accuracy at chance. Gradients of every layer are "
        "tiny, those of the first one the smallest.",
        why="Each layer shrinks the signal, so that the head sees almost nothing, and shrinks the "
        "gradient again on its way back. The run sits at a saddle point, which it would leave after "
        "thousands of steps (He et al. 2015 choose the variance that keeps the signal's size).",
    ),
    Scenario(
        name="plateau-weight-decay",
        kind="fault",
        title="Weight decay that leaves no weights",
        config=_DIGITS.replace(weight_decay=1.0, steps=600, schedule=Cosine()),
        oracle=_fades,
        expected=("LD306", "LD302", "LD301"),
        forbidden=(*_NOT_STUCK, "LD303", "LD307"),
        seen="The loss falls by a hundredth or two in the first steps, and comes back to ln 10. The "
        "gradient of the first layer is that of a healthy run at first, and a billionth of it after "
        "a third of the run: it falls along a straight line on a log axis.",
        why="Each step takes a twentieth of every weight away, more than the gradient gives back. "
        "Layers multiply what is left, so that the gradients fade as well and nothing can grow again. "
        "A penalty meant for a smaller rate, or 1.0 instead of 1e-4. Initialisation and ReLU, which "
        "mend other plateaus, are in order here.",
    ),
    Scenario(
        name="vanishing-gradient",
        kind="fault",
        title="Twenty sigmoid layers without residual connections",
        config=_DIGITS.replace(
            model=MLP(width=32, depth=20, activation="sigmoid", init="xavier"), lr=0.1
        ),
        oracle=_starves,
        expected=("LD306", "LD301", "LD302"),
        forbidden=(*_NOT_STUCK, "LD303", "LD403"),
        seen="The loss wavers around ln 10 and the accuracy stays at chance. The gradient norm of "
        "the whole network looks normal, because the head has one; that of the first layer is a "
        "trillion times smaller.",
        why="A sigmoid's slope is 1/4 at most, so that every layer takes away most of the gradient "
        "that passes it (Hochreiter 1991; Bengio et al. 1994). ReLU, careful "
        "initialisation, normalisation and residual connections were found against this.",
    ),
)

_SLOW = (
    Scenario(
        name="slow-convergence-sgd",
        kind="fault",
        title="SGD hundreds of times below a good rate",
        config=_DIGITS.replace(lr=5e-4, momentum=0.5, steps=600),
        oracle=_is_slow,
        expected=("LD303",),
        forbidden=(*_NOT_STUCK, "LD301", "LD302", "LD305", "LD403"),
        seen="Both losses fall along a line that is nearly straight, and the run ends with three "
        "quarters of the loss left. Nothing is rough, nothing bends.",
        why="The rate is small and the momentum low: the run has come as far as a good rate comes in "
        "ten steps. A loss that bends late has still most of its way to go.",
    ),
    Scenario(
        name="slow-convergence-adam",
        kind="fault",
        title="Adam at a fine-tuning rate, from scratch",
        config=_DIGITS.replace(optimizer="adam", lr=3e-5, steps=600),
        oracle=_is_slow,
        expected=("LD303",),
        forbidden=(*_NOT_STUCK, "LD301", "LD302", "LD305", "LD403"),
        seen="Both losses fall along a straight line and the run ends with four fifths of the loss "
        "left.",
        why="Adam moves every weight by about the rate per step (Kingma and Ba 2015, section 2.1): "
        "600 steps of 3e-5 cannot carry a weight further than 0.02, a tenth of its size.",
    ),
)

_UNDERFITTING = (
    Scenario(
        name="underfitting-capacity",
        kind="fault",
        title="Two hidden units for ten classes",
        config=_DIGITS.replace(
            task=Mixture(),
            model=MLP(width=2, init="lecun"),
            optimizer="adam",
            lr=0.02,
            steps=600,
            schedule=Cosine(),
        ),
        oracle=_underfits,
        expected=("LD403",),
        forbidden=(*_NOT_STUCK, "LD301", "LD302", "LD303"),
        seen="Training and validation loss fall together and flatten together at two thirds of their "
        "start, with an accuracy of 40 %. The smallest possible loss of these data is a third of "
        "that.",
        why="All that the head gets to know of an input is two numbers, which cannot keep ten "
        "classes apart. More steps or another rate change nothing; width does.",
    ),
    Scenario(
        name="underfitting-linear-spirals",
        kind="fault",
        title="A linear model for two interleaved spirals",
        config=_DIGITS.replace(
            task=Spirals(),
            model=MLP(depth=0, init="lecun", last_gain=0.6),
            optimizer="adam",
            lr=0.01,
            steps=600,
        ),
        oracle=_underfits,
        expected=("LD403",),
        forbidden=(*_NOT_STUCK, "LD303"),
        seen="After a short fall both losses are flat just under ln 2, with an accuracy of 62 %.",
        why="No straight line parts two spirals (Lang and Witbrock 1988). The model has found the "
        "best line there is; only hidden units help.",
    ),
    Scenario(
        name="underfitting-weight-decay",
        kind="fault",
        title="Weight decay so strong that it holds the weights near zero",
        config=_DIGITS.replace(weight_decay=0.4, steps=600, schedule=Cosine()),
        oracle=_underfits,
        expected=("LD403",),
        forbidden=(*_NOT_STUCK, "LD301", "LD302", "LD303"),
        seen="Within twenty steps both losses fall to four fifths of their start, where they stay; "
        "the training loss dips lower before the decay takes hold. The accuracy is 55 %, although "
        "the same network learns these data entirely.",
        why="The decay pulls harder than the gradient: the weights shrink until both balance, and "
        "answers made of small weights are all nearly alike. Values around 1e-4 are usual for SGD "
        "(Krizhevsky et al. 2012).",
    ),
)

SCENARIOS: tuple[Scenario, ...] = (*_PLATEAUS, *_SLOW, *_UNDERFITTING)
