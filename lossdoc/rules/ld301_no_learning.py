"""LD301: the training loss does not move from its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import block_medians, mann_kendall, median
from lossdoc.robust.stats import MEDIAN_SE
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet
from lossdoc.rules.capacity import less_decay
from lossdoc.rules.chance import does_its_best, final_accuracy, initialise, uniform_level
from lossdoc.rules.ld303_too_slow import faster
from lossdoc.rules.steady import LATEST_START, covered, creeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_BETTER = 0.3
"""Nats by which ln(accuracy) + loss is above 0 where answers are no guesses."""

_BLOCKS = 12
_TINY_RATE = 1e-4
"""Peak rates below this are raised before anything else is tried."""


def _stuck(n: int = 400) -> curves.Make:
    return curves.table(
        n,
        lambda rng, t: {
            "train_loss": 2.303 + 0.02 * rng.standard_normal(len(t)),
            "val_loss": 2.303 + 0.002 * rng.standard_normal(len(t)),
            "lr": np.full(len(t), 1e-2),
        },
        every=20,
    )


def _few_epochs() -> curves.Make:
    return curves.table(
        15,
        lambda rng, t: {
            "train_loss": np.log(2) + 0.001 * rng.standard_normal(len(t)),
            "val_loss": np.log(2) + 0.001 * rng.standard_normal(len(t)),
        },
        axis="epoch",
    )


def _converged_epochs() -> curves.Make:
    return curves.table(
        15,
        lambda rng, t: {
            "train_loss": 0.45 + 0.001 * rng.standard_normal(len(t)),
            "val_loss": 0.45 + 0.001 * rng.standard_normal(len(t)),
        },
        axis="epoch",
    )


class NoLearning(Rule):
    """Training loss stays where it started.

    ## How it is measured
    The fall from the start to the lowest of twelve block medians is under 5 % of the start beyond
    its noise (under 8 % where no trend is visible), the validation loss fell by less than 5 %,
    and the end is not below the start. The log must begin within the first 3.5 % of its axis
    (a table of ten epoch means may have missed the descent), unless the level is that of uniform
    answers (ln C within 1 %, for 2 to 10, 100 or 1000 classes); its noise must allow to tell 3 %.
    Without a training loss the validation loss is judged. Not where a classifier answers better
    than uniformly and by its inputs, if poorly: that is LD403. An error; a warning with fewer than
    40 points.

    ## What to change
    Where the loss does fall, by little but along a line, or the peak rate is under 1e-4: the
    learning rate times 2.7 / covered share, as in LD303. Otherwise the learning rate is not it: a
    hundredth of a weight decay that is a hundred times the usual one; initialise for the activation,
    and overfit a single batch, which separates optimisation from data.

    ## When it is wrong
    Continued training of a model that has converged; losses with a large constant part.
    """

    code: ClassVar[str] = "LD301"
    name: ClassVar[str] = "no-learning"
    severity: ClassVar[Severity] = Severity.ERROR
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 10
    patience: ClassVar[float] = 0.33
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD303", "LD403"})
    references: ClassVar[tuple[str, ...]] = (
        "Karpathy 2019, A Recipe for Training Neural Networks (overfit one batch)",
        "He et al. 2015, Delving Deep into Rectifiers (initialisation)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_stuck()),
        fires(_stuck(60)),
        fires(_few_epochs()),
        quiet(curves.healthy()),
        quiet(curves.epochs()),
        quiet(_converged_epochs()),
    )

    drop: float = option(0.05, unit="of the start", text="A fall below this is none.")
    drop_flat: float = option(0.08, unit="of the start", text="The same without any trend.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Compare block medians with the start."""
        c = case.principal
        if c is None or c.n < self.min_points:
            return
        if c.begins_at > LATEST_START and not _guesses(case, c):
            return
        start = _highest_start(c)
        if start == 0:
            return
        blocks = block_medians(c.y, _BLOCKS)
        error = MEDIAN_SE * c.sigma / np.sqrt(max(c.n / _BLOCKS, 1)) / abs(start)
        fall = (start - float(blocks.min())) / abs(start)
        flat = fall < self.drop + 2 * error or (fall < self.drop_flat and mann_kendall(blocks) > -2)
        if not flat or error > 0.03 or c.end <= (0.95 - 2 * error) * start:
            return
        if self._learned_elsewhere(case):
            return
        creeping = creeps(case)
        if not creeping and does_its_best(case):
            return
        yield self.finding(
            case,
            onset=case.onset_at(c, 0),
            series=c.name,
            channel=Channel.VAL_LOSS if c is case.val else Channel.TRAIN_LOSS,
            severity=Severity.ERROR if c.n >= 40 else Severity.WARNING,
            message=f"{c.name} went from {number(start)} to {number(c.end)} in "
            f"{c.n:,} points: "
            + ("learning that will not come to anything" if creeping else "no learning"),
            evidence=(
                Evidence("fall", fall, "of the start", self.drop),
                Evidence("start", start, "loss"),
                Evidence("end", c.end, "loss"),
                Evidence("error", error, "of the start", 0.03),
                *([Evidence("covered", covered(case), "of the start, along a line")] * creeping),
            ),
            effect=fall < self.drop / 2 + error,
            points=c.n >= 40,
            agree=case.val is None or case.val.n < 3 or _fall(case.val) < self.drop / 2,
            caveat="unless training was continued from a model that had converged",
        )

    def _learned_elsewhere(self, case: Case) -> bool:
        """Whether the validation loss or an accuracy did improve."""
        v = case.val
        if v is not None and v.n >= 3 and _fall(v) >= self.drop:
            return True
        accuracies = (case.accuracy, case.train_accuracy)
        return any(a is not None and float(a.y.max()) >= 0.85 for a in accuracies)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Raise a rate that moves the loss, or a tiny one; initialise anew otherwise."""
        rate = case.known_rate
        fall = finding.number("fall")
        moved = f"the loss moved by {fall:.1%} of {number(finding.number('start'))}"
        at = "" if rate is None else f" at a peak learning rate of {rate:.3g}"
        test = Prescription(
            kind="data",
            action="overfit one batch, which separates optimisation from data",
            changes=(Change("batches_in_the_data_set", None, 1),),
            rationale=moved + at,
            reference="Karpathy 2019, A Recipe for Training Neural Networks",
            caveat="not for a model that was already trained on these data",
        )
        line = next((e.value for e in finding.evidence if e.name == "covered"), None)
        if line is not None:
            return (faster(case, line),)
        if rate is not None and rate < _TINY_RATE:
            return (faster(case, fall), test)
        return (*less_decay(case, moved + at), initialise(moved + at), test)


def _guesses(case: Case, c: Curve) -> bool:
    """Whether the level is that of uniform answers, and no accuracy contradicts."""
    return uniform_level(c) and not np.log(final_accuracy(case)) + c.end > _BETTER


def _highest_start(c: Curve) -> float:
    """Start level for this rule: of the first twentieth, or of first values that stand out above."""
    early, first = median(c.y[: max(3, c.n // 20)]), median(c.y[:3])
    if first > early + 3 * MEDIAN_SE * c.sd / np.sqrt(3):
        early = first
    stands_out = c.n >= 4 and c.y[0] > float(c.y[1:4].max()) + 6 * c.sd
    return max(early, float(c.y[0])) if stands_out else early


def _fall(v: Curve) -> float:
    return float(v.y[0] - v.y.min()) / max(abs(float(v.y[0])), 1e-300)
