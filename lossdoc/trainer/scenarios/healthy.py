"""Runs in which nothing is wrong: every kind of task, network, optimizer and schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.models.specs import CNN, GPT, MLP, RNN
from lossdoc.trainer.scenarios import measures
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.schedules import (
    Cosine,
    Linear,
    OneCycle,
    ReduceOnPlateau,
    Stairs,
    WarmupStableDecay,
)
from lossdoc.trainer.tasks import (
    Adding,
    Digits,
    Intents,
    LeastSquares,
    Mixture,
    Spirals,
    Teacher,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossdoc.trainer.log import RunLog

    Oracle = Callable[[RunLog], bool]


def learned(level: float, floor: str | None = None, rise: float = 1.03) -> Oracle:
    """Whether the validation loss ends below a level (times a fact) and near its own lowest.

    ``rise`` limits the end over the lowest: more would be the beginning of overfitting.
    """

    def oracle(log: RunLog) -> bool:
        unit = 1.0 if floor is None else float(log.facts[floor])
        return (
            measures.is_finite(log)
            and measures.end(log) < 0.75 * measures.start(log)
            and measures.val_end(log) < level * unit
            and measures.val_rise(log) < rise
        )

    return oracle


def _healthy(
    name: str, title: str, config: TrainConfig, oracle: Oracle, *, seen: str, why: str
) -> Scenario:
    return Scenario(
        name=f"healthy-{name}",
        kind="healthy",
        title=title,
        config=config,
        oracle=oracle,
        seen=seen,
        why=why,
    )


SCENARIOS: tuple[Scenario, ...] = (
    _healthy(
        "least-squares-gd",
        "Full-batch gradient descent on a quadratic",
        TrainConfig(
            task=LeastSquares(condition=30.0),
            model=MLP(depth=0),
            batch_size=None,
            lr=0.4,
            steps=300,
            eval_every=10,
        ),
        learned(1.5, "loss_floor"),
        seen="Both losses fall smoothly, fast at first and then slower, and become flat at the "
        "noise of the targets.",
        why="The rate is a fifth of the largest stable one. Steep directions are learned within a "
        "few steps, and the flattest one decides how long the rest takes.",
    ),
    _healthy(
        "least-squares-stochastic",
        "Stochastic gradient descent, one sample per update",
        TrainConfig(
            task=LeastSquares(dimensions=10, condition=10.0),
            model=MLP(depth=0),
            batch_size=1,
            lr=0.02,
            schedule=Linear(),
            steps=1500,
            eval_every=50,
        ),
        learned(1.5, "loss_floor"),
        seen="The training loss jumps over several decades from one row to the next, and the "
        "validation loss falls smoothly to the noise of the targets.",
        why="Each row is the loss of one sample: where the model is right but for Gaussian noise, "
        "its squared error is as wide as a chi-squared variable of one degree. The decay of the "
        "rate takes the noise out of the weights (Robbins and Monro 1951).",
    ),
    _healthy(
        "teacher-nesterov",
        "Nesterov momentum with a cosine schedule",
        TrainConfig(
            task=Teacher(dimensions=10, units=10, n_train=4096),
            model=MLP(activation="tanh", init="lecun"),
            lr=0.1,
            momentum=0.9,
            nesterov=True,
            schedule=Cosine(),
            steps=800,
        ),
        learned(2.5, "loss_floor"),
        seen="Both losses fall by a factor of twenty and more, side by side, with the noise of the "
        "batches on the training loss.",
        why="There are enough samples for the student to find what the teacher computes. What is "
        "left is the noise of the targets.",
    ),
    _healthy(
        "mixture-momentum",
        "Momentum with step decay",
        TrainConfig(
            task=Mixture(n_train=8000),
            lr=0.05,
            momentum=0.9,
            schedule=Stairs(milestones=(300, 450)),
        ),
        learned(1.3, "bayes_floor"),
        seen="Both losses are almost flat after a tenth of the run, well above zero. Each step of "
        "the rate makes the validation loss a little lower and smoother.",
        why="The classes overlap: no network can get below the Bayes floor, here about 0.4.",
    ),
    _healthy(
        "mixture-plateau",
        "The rate falls when the validation loss does not improve",
        TrainConfig(
            task=Mixture(),
            lr=0.1,
            schedule=ReduceOnPlateau(factor=0.3, patience=3),
            steps=800,
        ),
        learned(1.3, "bayes_floor"),
        seen="The losses become flat near the Bayes floor, and only then does the rate fall, one "
        "to six times.",
        why="The schedule answers to the validation loss: that the rate is low at the end is the "
        "effect of the plateau and not its cause.",
    ),
    _healthy(
        "spirals-rmsprop",
        "RMSProp on two spirals",
        TrainConfig(
            task=Spirals(),
            model=MLP(depth=2),
            optimizer="rmsprop",
            beta2=0.99,
            lr=0.003,
            schedule=Cosine(),
            steps=800,
        ),
        learned(0.03),
        seen="After a plateau of some hundred steps near the loss of guessing, both losses fall by "
        "two decades.",
        why="The spirals look like noise to the network until its units have turned to their "
        "arms. There are no wrong labels, so that the loss goes to zero.",
    ),
    _healthy(
        "digits-adam",
        "Adam with a cosine schedule",
        TrainConfig(task=Digits(), optimizer="adam", lr=1e-3, schedule=Cosine()),
        learned(0.3),
        seen="Both losses fall and flatten, the validation loss a little above the training loss.",
        why="The usual choice on an easy data set of real images: a rate of 0.001 and a schedule "
        "that ends with the run.",
    ),
    _healthy(
        "digits-adagrad",
        "AdaGrad with a constant rate",
        TrainConfig(task=Digits(), optimizer="adagrad", lr=0.015),
        learned(0.3, rise=1.06),
        seen="The training loss falls to a few hundredths and the validation loss stays at 0.1: "
        "a ratio of two to three, while the validation loss never rises.",
        why="AdaGrad lowers its own step sizes (Duchi et al. 2011), so that the rate need not "
        "fall. A gap alone is no overfitting: the network still gets better. The constant rate "
        "leaves a few per cent of noise on the validation loss.",
    ),
    _healthy(
        "digits-wsd",
        "AdamW with warm-up, a stable phase and a decay",
        TrainConfig(
            task=Digits(),
            model=MLP(depth=2, norm="layer"),
            optimizer="adamw",
            lr=1e-3,
            weight_decay=0.01,
            warmup_steps=30,
            schedule=WarmupStableDecay(),
            steps=500,
        ),
        learned(0.3),
        seen="Both losses fall; the training loss gets well below the validation loss, which "
        "becomes flat.",
        why="The rate stays at its peak for most of the run and falls in its last fifth.",
    ),
    _healthy(
        "cnn-one-cycle",
        "A convolutional network with a one-cycle schedule",
        TrainConfig(
            task=Digits(image=True),
            model=CNN(dropout=0.2),
            lr=0.02,
            momentum=0.9,
            weight_decay=5e-4,
            schedule=OneCycle(),
            steps=300,
        ),
        learned(0.3),
        seen="The loss falls slowly at first, fastest while the rate is near its peak, and becomes "
        "smooth as the rate vanishes.",
        why="The rate goes up and down once (Smith 2018). Its rise is a long warm-up.",
    ),
    _healthy(
        "gru-adam",
        "A recurrent network that remembers",
        TrainConfig(
            task=Adding(),
            model=RNN(cell="gru"),
            batch_size=32,
            optimizer="adam",
            lr=0.01,
            clip_grad_norm=1.0,
            schedule=Cosine(),
            steps=400,
        ),
        learned(0.005),
        seen="The loss falls to that of the best constant answer, 1/6, rests there for some tens "
        "of steps and falls by two more decades.",
        why="The network first learns the mean of the answers and then to remember the marked "
        "numbers (Hochreiter and Schmidhuber 1997). Only gradients of the first sixty steps are clipped.",
    ),
    _healthy(
        "gpt-adamw",
        "A small language model",
        TrainConfig(
            task=Text(),
            model=GPT(),
            batch_size=16,
            optimizer="adamw",
            lr=3e-3,
            beta2=0.95,
            weight_decay=0.1,
            clip_grad_norm=1.0,
            warmup_steps=40,
            schedule=Cosine(final=0.1),
            steps=400,
        ),
        learned(0.8, "unigram_entropy"),
        seen="The loss starts at the logarithm of the vocabulary, bends at the entropy of single "
        "characters and goes on falling ever more slowly. Validation is below training.",
        why="The settings are those of GPT-3 (Brown et al. 2020) but for the rate, which is larger "
        "as the model is small. The loss of a language model ends far above zero; the text for "
        "validation happens to be easier.",
    ),
    _healthy(
        "fine-tuning",
        "Fine-tuning on few samples",
        TrainConfig(
            task=Intents(),
            batch_size=16,
            optimizer="adamw",
            lr=3e-3,
            weight_decay=0.01,
            warmup_steps=9,
            schedule=Linear(),
            steps=90,
            eval_every=5,
            pretraining=TrainConfig(
                task=Intents(domain="general", n_train=12000),
                optimizer="adamw",
                lr=3e-3,
                weight_decay=0.05,
                schedule=Cosine(),
                steps=800,
            ),
        ),
        learned(3.5, "bayes_floor"),
        seen="In six epochs both losses fall and flatten; the validation loss stays above the "
        "training loss and does not rise.",
        why="The network has learned on other intents which words belong together, and gets a new "
        "head. A linear decay ends the run before it learns its few samples by heart.",
    ),
)
