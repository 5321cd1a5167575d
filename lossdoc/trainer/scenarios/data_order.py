"""Look-alikes that come from the data: their order, their noise, and what is drawn when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.trainer.config import Curriculum, Interruption, TrainConfig
from lossdoc.trainer.scenarios import appearances
from lossdoc.trainer.scenarios.healthy import learned
from lossdoc.trainer.scenarios.look_alikes import look_alike
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import Digits, Mixture

if TYPE_CHECKING:
    from lossdoc.trainer.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    look_alike(
        "sawtooth-sorted",
        "Samples sorted by class",
        TrainConfig(task=Digits(), lr=0.02, momentum=0.9, order="sorted"),
        learned(0.3),
        appearances.repeats_every_epoch,
        seen="The training loss swings by a factor of twenty, in the same way in every epoch. The "
        "validation loss falls smoothly.",
        why="It looks like oscillation or spikes. The samples come class by class: the network "
        "forgets a little of each class until it comes again, and batches of one class differ. "
        "Shuffling is better habit; here it does no harm.",
    ),
    look_alike(
        "sawtooth-fixed",
        "The same order of samples in every epoch",
        TrainConfig(task=Digits(), lr=0.02, momentum=0.9, order="fixed"),
        learned(0.3),
        appearances.repeats_every_epoch,
        seen="The training loss has the same teeth, up to a factor of five, in every epoch of "
        "twenty steps. The validation loss falls smoothly.",
        why="It looks like oscillation. Every epoch has the same batches, and some are harder than "
        "others.",
    ),
    look_alike(
        "noisy-small-batches",
        "Four samples per batch, still learning",
        TrainConfig(task=Digits(), lr=0.01, batch_size=4, steps=800),
        learned(0.45, rise=1.1),
        appearances.noisy_but_steady,
        seen="The training loss jumps over a decade and more from row to row, around a descent that "
        "only the validation loss shows.",
        why="It looks like instability. The noise is that of the batches, of four samples each, "
        "and not of the weights: the validation loss is steady at the same weights.",
    ),
    look_alike(
        "noisy-small-batches-floor",
        "Four samples per batch, near the smallest possible loss",
        TrainConfig(task=Mixture(), lr=0.02, batch_size=4, steps=800),
        learned(1.45, "bayes_floor", rise=1.1),
        appearances.noisy_but_steady,
        seen="The training loss jumps over a decade and more from row to row without getting "
        "lower; the validation loss creeps towards the Bayes floor.",
        why="It looks like oscillation that the rate is to blame for. The noise is that of the "
        "batches, and the loss is as low as it gets.",
    ),
    look_alike(
        "curriculum-switch",
        "Easy samples first",
        TrainConfig(
            task=Digits(),
            lr=0.02,
            momentum=0.9,
            curriculum=Curriculum(until=120),
            schedule=Cosine(),
            eval_every=10,
        ),
        learned(0.3),
        appearances.jumps(after=120, factor=5.0),
        appearances.descends_after(120),
        seen="The training loss falls to a hundredth, jumps up thirtyfold from one step to the "
        "next, with the norm of the gradient, and descends again. The validation loss falls more "
        "quickly from there on.",
        why="It looks like a spike or a divergence. Until then only the easier half of the samples "
        "was drawn (Bengio et al. 2009); from then on all are.",
    ),
    look_alike(
        "curriculum-switch-floor",
        "Easy samples first, and all of them are much harder",
        TrainConfig(
            task=Mixture(),
            lr=0.02,
            momentum=0.9,
            curriculum=Curriculum(until=124),
            schedule=Cosine(),
        ),
        learned(1.3, "bayes_floor"),
        appearances.jumps(after=124, factor=5.0),
        seen="The training loss falls to a few hundredths, jumps up and stays at more than ten times its "
        "lowest value to the end. The validation loss goes on falling.",
        why="It looks like a divergence that never recovers. The easy half of the samples lies far "
        "from any other class; the Bayes floor of all samples is much higher than theirs.",
    ),
    look_alike(
        "resumed-run",
        "A job that died and went on from a checkpoint",
        TrainConfig(
            task=Digits(),
            optimizer="adam",
            lr=1e-3,
            schedule=Cosine(),
            interruption=Interruption(after=350, checkpoint=300),
        ),
        learned(0.3),
        appearances.went_back,
        seen="The steps go back from 350 to 301 and the losses with them; everything else goes on "
        "as if nothing had happened.",
        why="It looks like a jump of the loss to those who plot against the row, or like two runs. "
        "The job was killed and restarted, with its data shuffled anew.",
    ),
)
