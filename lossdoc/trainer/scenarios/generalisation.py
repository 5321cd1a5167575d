"""Scenarios of overfitting, and one of its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.models.specs import GPT, MLP
from lossdoc.trainer.scenarios import measures, onsets
from lossdoc.trainer.scenarios.base import Scenario
from lossdoc.trainer.schedules import Cosine, Linear
from lossdoc.trainer.tasks import Digits, Intents, Mixture, Text

if TYPE_CHECKING:
    from lossdoc.trainer.log import RunLog

_NOT_OVERFITTING = ("LD102", "LD103", "LD301", "LD302", "LD303", "LD304", "LD403", "LD502")
"""Diagnoses that are wrong where only the validation loss rises."""


def _overfits(log: RunLog) -> bool:
    """The validation loss rises by 10 % and more from a minimum in the first half.

    The training loss falls by half and more meanwhile.
    """
    values = measures.validation(log)
    turn = float(np.argmin(values)) / len(values)
    before = measures.between(log, max(turn - 0.05, 0.0), turn + 0.05)
    rises = turn <= 0.5 and measures.val_rise(log) >= 1.1
    return measures.is_finite(log) and rises and measures.end(log) < 0.5 * before


def _learns_by_heart(log: RunLog) -> bool:
    """Training answers half of its samples rightly at the end, validation never a fourth of its own."""
    learned = measures.between(log, 0.9, 1.0, "train_acc") > 0.5
    guesses = float(np.nanmax(log["val_acc"])) < 0.25
    return measures.is_finite(log) and learned and guesses and measures.end(log) < 2.0


def _improves_to_the_end(log: RunLog) -> bool:
    """The validation loss falls to a third of its start and ends within 2 % of its best."""
    falls = measures.val_end(log) < measures.validation(log)[0] / 3.0
    return measures.is_finite(log) and falls and measures.val_rise(log) <= 1.02


_FEW_SAMPLES = TrainConfig(
    task=Mixture(n_train=200),
    model=MLP(width=128, depth=2),
    optimizer="adam",
    lr=0.001,
    batch_size=32,
)
_SHUFFLED_LABELS = TrainConfig(
    task=Digits(label_noise=0.9),  # of ten classes: any label is as likely with any input
    model=MLP(width=256),
    optimizer="adam",
    lr=0.002,
    steps=800,
)
_LABEL_NOISE = TrainConfig(
    task=Digits(n_train=400, label_noise=0.4), model=MLP(width=256), optimizer="adam", lr=0.002
)
_GPT = TrainConfig(
    task=Text(n_train=128),
    model=GPT(),
    steps=400,
    batch_size=16,
    optimizer="adamw",
    lr=0.005,
    weight_decay=0.01,
    clip_grad_norm=1.0,
    warmup_steps=20,
)

_ENCODER = MLP(width=256, depth=3, norm="layer", gain=0.01, last_gain=0.3)
"""Small weights under layer norms, as in transformers: this is what makes rates of 1e-5 fast."""

_PRETRAINING = TrainConfig(
    task=Intents(domain="general", n_train=8000, words=10),
    model=_ENCODER,
    steps=300,
    optimizer="adamw",
    lr=2e-4,
    schedule=Linear(),
)
_FINE_TUNING = TrainConfig(
    task=Intents(domain="target", n_train=480, words=10, label_noise=0.2),
    model=_ENCODER,
    steps=480,  # eight epochs, evaluated four times each
    batch_size=8,
    optimizer="adamw",
    lr=5e-5,
    weight_decay=0.01,
    pretraining=_PRETRAINING,
    eval_every=15,
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="overfitting-few-samples",
        kind="fault",
        title="Many weights, two hundred samples",
        config=_FEW_SAMPLES,
        oracle=_overfits,
        onset=onsets.lowest_validation,
        expected=("LD401",),
        forbidden=_NOT_OVERFITTING,
        seen="The training loss goes to zero. The validation loss falls with it for a fifth of the "
        "run, turns and rises steadily, by a third until the end.",
        why="20 000 weights can tell 200 samples apart by heart. Once all of them are answered "
        "rightly, the loss falls only by more confidence, which is misplaced where classes overlap "
        "(Prechelt 1998; Guo et al. 2017 for the confidence).",
    ),
    Scenario(
        name="overfitting-label-noise",
        kind="fault",
        title="Wrong labels are learned by heart",
        config=_LABEL_NOISE,
        oracle=_overfits,
        onset=onsets.lowest_validation,
        expected=("LD401",),
        forbidden=_NOT_OVERFITTING,
        seen="The validation loss falls below the training loss first, as its labels are right. Then "
        "it rises while the training loss goes on towards zero, and the two curves cross.",
        why="Four in ten labels are wrong. Networks learn what samples have in common before they "
        "memorise the exceptions (Arpit et al. 2017), and every wrong label that is memorised spoils "
        "the answers around it (Zhang et al. 2017).",
    ),
    Scenario(
        name="generalisation-gap-shuffled-labels",
        kind="fault",
        title="Labels that belong to other inputs",
        config=_SHUFFLED_LABELS,
        oracle=_learns_by_heart,
        expected=("LD402",),
        forbidden=(*_NOT_OVERFITTING, "LD401"),
        seen="The training loss falls to half of its start and the training accuracy rises to two "
        "thirds. The validation accuracy stays at one in ten, and the validation loss rises from "
        "its first value on.",
        why="The labels were dealt at random, so that inputs tell nothing about them: a sort that "
        "moved one column and not the other, or a shuffled copy. A network of this size learns them "
        "by heart all the same (Zhang et al. 2017), with no gradient or loss out of the ordinary.",
        incurable="no setting of the training mends labels.",
    ),
    Scenario(
        name="overfitting-gpt",
        kind="fault",
        title="A language model on two pages of text",
        config=_GPT,
        oracle=_overfits,
        onset=onsets.lowest_validation,
        expected=("LD401",),
        forbidden=_NOT_OVERFITTING,
        seen="Both losses fall to 2.5 nats per character in the first quarter of the run. From there "
        "the training loss goes on to 1 and the validation loss climbs back to where it began.",
        why="30 000 weights, 4096 characters, fifty epochs: the model learns to recite. Repeating data "
        "beyond a few epochs is worth little for language models (Muennighoff et al. 2023).",
    ),
    Scenario(
        name="overfitting-fine-tuning",
        kind="fault",
        title="Fine-tuning at 5e-5 goes on after it is done",
        config=_FINE_TUNING,
        oracle=_overfits,
        onset=onsets.lowest_validation,
        expected=("LD401",),
        forbidden=_NOT_OVERFITTING,
        seen="A pre-trained classifier learns twelve intents from 480 requests. The validation loss is "
        "best after two to three epochs; then it rises by a quarter and the accuracy falls from "
        "89 % to 79 %, while the training loss falls at every epoch.",
        why="What was learned before makes the task easy, so that the rest of the run goes into the "
        "few labels that are wrong. The rate is never lowered. `fine-tuning-cured` is the same run "
        "at a lower one.",
    ),
    Scenario(
        name="fine-tuning-cured",
        kind="healthy",
        title="Fine-tuning at 2e-5 with cosine decay",
        config=_FINE_TUNING.replace(lr=2e-5, schedule=Cosine()),
        oracle=_improves_to_the_end,
        seen="The run of `overfitting-fine-tuning` at 0.4 times its rate, decayed to zero: the "
        "validation loss falls more slowly, comes near the best of the other run and stays there until "
        "the end, with an accuracy of 89 %.",
        why="The sum of all rates is a fifth: enough to adapt, too little to learn exceptions by "
        "heart. Low rates and few epochs are the usual recipe (Devlin et al. 2019, BERT: 2e-5 to "
        "5e-5, two to four epochs).",
    ),
)
