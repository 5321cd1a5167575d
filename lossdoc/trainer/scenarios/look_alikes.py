"""Runs in which nothing is wrong, though it looks so to a careless eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.trainer.config import LossScale, TrainConfig
from lossdoc.trainer.models.specs import MLP
from lossdoc.trainer.scenarios import appearances
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.scenarios.healthy import learned
from lossdoc.trainer.schedules import Cosine, Linear, Stairs
from lossdoc.trainer.tasks import Digits, LeastSquares, Mixture, ModularAddition

if TYPE_CHECKING:
    from lossdoc.trainer.scenarios.appearances import Oracle


def look_alike(
    name: str, title: str, config: TrainConfig, *oracles: Oracle, seen: str, why: str
) -> Scenario:
    """Return a scenario that shows what all of some oracles ask for, and in which nothing is wrong."""
    return Scenario(
        name=name,
        kind="look-alike",
        title=title,
        config=config,
        oracle=appearances.all_of(*oracles),
        seen=seen,
        why=why,
    )


SCENARIOS: tuple[Scenario, ...] = (
    look_alike(
        "early-plateau",
        "A long plateau, and then it learns",
        TrainConfig(
            task=LeastSquares(condition=10.0, n_train=2048),
            model=MLP(depth=3, activation="identity", init="xavier", gain=0.08, last_gain=0.08),
            lr=0.05,
            momentum=0.9,
            schedule=Cosine(),
            eval_every=10,
        ),
        learned(1.5, "loss_floor"),
        appearances.plateau_first,
        seen="For almost a third of the run both losses rest at that of the best constant "
        "answer. Then they fall by two decades within fifty steps.",
        why="It looks like a run that does not learn. A deep linear network with small weights "
        "starts near a saddle: each layer's gradient is as small as the product of the others, "
        "and grows exponentially (Saxe et al. 2014).",
    ),
    look_alike(
        "bayes-floor",
        "Flat at the smallest possible loss",
        TrainConfig(
            task=Mixture(spread=0.4, n_train=8000),
            lr=0.05,
            momentum=0.9,
            schedule=Cosine(),
            steps=800,
        ),
        learned(1.1, "bayes_floor"),
        appearances.flat_and_high,
        seen="After a tenth of the run both losses are flat, above half of where they started, "
        "with an accuracy of a half.",
        why="It looks like underfitting or a plateau. The classes overlap so much that the true "
        "posterior itself has this loss: there is nothing left to learn.",
    ),
    look_alike(
        "val-below-train-dropout",
        "Validation below training because of dropout",
        TrainConfig(
            task=Digits(),
            model=MLP(width=128, depth=2, dropout=0.5),
            optimizer="adam",
            lr=1e-3,
            schedule=Cosine(),
        ),
        learned(0.3),
        appearances.val_below_train,
        seen="The validation loss is half the training loss throughout.",
        why="It looks as if training and validation data were mixed up, or as underfitting. "
        "Half of the units are dropped while the network trains, and none when it is evaluated "
        "(Srivastava et al. 2014).",
    ),
    look_alike(
        "val-below-train",
        "Validation below training because of wrong training labels",
        TrainConfig(
            task=Digits(label_noise=0.2),
            optimizer="adamw",
            lr=1e-3,
            weight_decay=0.1,
            schedule=Linear(),
            steps=400,
        ),
        learned(0.7),
        appearances.val_below_train,
        seen="The training loss flattens at 1.1 with an accuracy of 0.75, the validation loss goes "
        "on to half of it with an accuracy of 0.93.",
        why="It looks like underfitting, or data mixed up. A fifth of the training labels is wrong "
        "and those for validation were checked; the run is over before it learns the wrong "
        "labels by heart.",
    ),
    look_alike(
        "grokking",
        "It understands long after it has memorised",
        TrainConfig(
            task=ModularAddition(),
            model=MLP(width=192, activation="square", init="lecun", last_gain=1.0),
            batch_size=None,
            steps=700,
            optimizer="adamw",
            lr=0.01,
            beta2=0.98,
            weight_decay=1.0,
        ),
        learned(0.2, rise=1.3),
        appearances.understood_late,
        seen="The training loss falls within fifty steps, while the validation loss rises to twice "
        "its start. It then falls slowly by two decades, although nothing seems left to learn.",
        why="It looks like overfitting beyond repair. Weight decay makes the network give up what "
        "it has memorised for the rule, which needs smaller weights (Power et al. 2022; "
        "Nanda et al. 2023).",
    ),
    look_alike(
        "warm-up-hump",
        "A hump of the loss while the rate is high",
        TrainConfig(
            task=Mixture(n_train=8000),
            lr=0.25,
            momentum=0.9,
            warmup_steps=100,
            schedule=Cosine(),
            steps=500,
            eval_every=10,
        ),
        learned(1.3, "bayes_floor", rise=1.05),
        appearances.hump,
        seen="Both losses fall fast, rise by a fifth and more while the rate reaches its peak, "
        "and fall below their first low as it decays.",
        why="It looks like the beginning of a divergence. The noise of the updates grows with the "
        "rate and holds the loss up, and goes with it.",
    ),
    look_alike(
        "step-decay-drops",
        "The loss drops where the rate does",
        TrainConfig(
            task=LeastSquares(condition=10.0, noise=0.3, n_train=4096),
            model=MLP(depth=0),
            batch_size=16,
            lr=0.09,
            momentum=0.9,
            schedule=Stairs(milestones=(300, 450)),
        ),
        learned(1.3, "loss_floor", rise=1.06),
        appearances.drops(after=300, factor=0.8),
        seen="Both losses fall, become flat and noisy, and drop by a third and more within a few "
        "steps of the first cut of the rate.",
        why="It looks like a plateau, then like a jump in the data. At a constant rate the loss "
        "rests at a level that the noise of the updates sets; a tenth of the rate has a tenth of "
        "the noise (He et al. 2016 show such curves).",
    ),
    look_alike(
        "label-smoothing",
        "A training loss that cannot reach zero",
        TrainConfig(
            task=Digits(),
            optimizer="adamw",
            lr=3e-3,
            weight_decay=0.01,
            label_smoothing=0.1,
            schedule=Cosine(),
        ),
        learned(0.3),
        appearances.val_below_train,
        seen="The training loss is flat above 0.5 from a third of the run on, nearly three times "
        "the validation loss, at an accuracy of 1.",
        why="It looks like a plateau or underfitting. A tenth of each target is spread over all "
        "classes (Szegedy et al. 2016): such targets have an entropy of 0.50, and only training "
        "uses them.",
    ),
    look_alike(
        "ema-weights",
        "Validation with averaged weights",
        TrainConfig(
            task=Mixture(n_train=8000),
            optimizer="adam",
            lr=3e-3,
            ema_decay=0.99,
        ),
        learned(1.2, "bayes_floor"),
        appearances.val_catches_up,
        seen="The validation loss comes down much later than the training loss, and ends smooth "
        "beside a noisy one.",
        why="It looks like a gap of generalisation that closes by itself. The validation uses an "
        "average of the weights of about the last hundred steps, which at first is full of the "
        "initial ones (Polyak and Juditsky 1992).",
    ),
    look_alike(
        "early-stopping",
        "Stopped when validation no longer improved",
        TrainConfig(
            task=Digits(n_train=300),
            batch_size=32,
            optimizer="adam",
            lr=3e-3,
            early_stopping=6,
            steps=1500,
            eval_every=10,
        ),
        learned(0.35, rise=1.06),
        appearances.stopped_early,
        seen="The training loss is still falling and far below the validation loss, which has been "
        "flat for a while, when the log ends, well before the planned number of steps.",
        why="It looks like overfitting, or a job that crashed. Early stopping has ended the run "
        "before the validation loss could rise (Prechelt 1998), and keeps its best weights.",
    ),
    look_alike(
        "loss-scaler",
        "Mixed precision finds its scale",
        TrainConfig(
            task=Digits(),
            optimizer="adam",
            lr=1e-3,
            schedule=Cosine(),
            loss_scale=LossScale(initial=2.0**24, growth_interval=150),
        ),
        learned(0.3),
        appearances.overflows_first,
        seen="The first seven norms of the gradient, and one or two later, are infinite. The losses "
        "know nothing of it.",
        why="It looks like exploding gradients. The loss is scaled up so that small gradients "
        "survive half precision; where they overflow, the step is skipped and the scale is halved "
        "(Micikevicius et al. 2018).",
    ),
)
