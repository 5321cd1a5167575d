"""LD401: the validation loss turns upward while the training loss goes on falling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import mann_kendall, median, running_median
from lossdoc.robust.curve import Curve
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.chance import learns_in_vain
from lossdoc.rules.regularise import again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_MANY = 8
_FEW = 4
_OTHER_OBJECTIVE = 0.25

_BEGUN = 0.1
"""Share of its drop by which a training loss must have fallen where validation is best."""


def _turning(n: int = 40) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        fall = curves.learning(len(t), 2.3, 0.02, 0.2)
        rise = np.clip(t - 0.35, 0, None) * 1.5
        return {
            "train_loss": curves.noisy(rng, fall, 0.02),
            "val_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.7, 0.1) + rise, 0.01),
        }

    return curves.table(n, fill, axis="epoch")


def _double_descent() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        hump = 0.8 * np.exp(-(((t - 0.5) / 0.12) ** 2))
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.02, 0.2), 0.02),
            "val_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.7, 0.1) + hump, 0.01),
        }

    return curves.table(60, fill, axis="epoch")


def _gap() -> curves.Make:
    return curves.epochs(40, gap=1.6)


class Overfitting(Rule):
    """Validation loss rises from its minimum while the training loss goes on falling.

    ## How it is measured
    GL is the generalisation loss of Prechelt: end of the validation loss over its minimum, minus
    one. It fires when the training loss ends below its level at that minimum, the validation
    loss stands above it by 2.5 times its noise, and, with eight values and more: at least three lie
    after the minimum, they rise (Mann-Kendall, p < 0.01), are not falling back, and GL is 10 % (or
    5 % and a fifth of the drop). Fewer values need GL 10 % (25 % below four), an end near the maximum,
    and a minimum that training brought about: what only rises may be about to fall (grokking).
    An error from 50 % on. Not where the validation accuracy never left chance (LD402). Each pair of
    losses of another objective is judged at 25 %.

    ## What to change
    Keep the checkpoint of the minimum. For a better one train again with dropout 0.3 (0.5 where the
    validation loss lay a tenth below the training loss there, as samples of training are wrong, and
    the minimum came early enough) and 0.4
    times the learning rate, decayed by a cosine to 0, over 1.5 times the sum of rates that reached
    the minimum, per share of units kept: at most half as many steps again as the log has. In measured
    trials this ended below the best of the run where a lower rate or an earlier stop alone did not.
    More data do more than any setting.

    ## When it is wrong
    The metric that counts may still improve while the loss rises (over-confidence); grokking and
    double descent come back down.
    """

    code: ClassVar[str] = "LD401"
    name: ClassVar[str] = "overfitting"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.VAL_LOSS})
    min_points: ClassVar[int] = 2
    patience: ClassVar[float] = 0.25
    supersedes: ClassVar[frozenset[str]] = frozenset({"LD402", "LD305", "LD304", "LD303"})
    references: ClassVar[tuple[str, ...]] = (
        "Prechelt 1998, Automatic early stopping using cross validation, Neural Networks 11:761",
        "Srivastava et al. 2014, Dropout, JMLR 15:1929",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_turning()),
        fires(_turning(12)),
        quiet(curves.healthy()),
        quiet(_gap()),
        quiet(_double_descent()),
    )

    loss: float = option(0.10, unit="of the minimum", text="Generalisation loss GL that warns.")
    loss_low: float = option(0.05, unit="of the minimum", text="GL that needs more witnesses.")
    share: float = option(0.2, unit="of the drop", text="Rise that seconds a low GL.")
    severe: float = option(0.5, unit="of the minimum", text="GL that is an error.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge the principal pair of losses, then pairs of another objective."""
        if case.train is None or case.val is None:
            return
        if case.val.n < 3:
            raise Withheld(f"{case.val.n} values of {case.val.name}; needs 3")
        if learns_in_vain(case):  # validation got no better first: LD402 tells of it
            return
        for k, (train, val) in enumerate(pairs(case)):
            found = self._judge(case, train, val, self.loss if k == 0 else _OTHER_OBJECTIVE)
            if found is not None:
                yield found
                return

    def _judge(self, case: Case, train: Curve, val: Curve, least: float) -> Finding | None:
        if val.n < 3 or train.n < 2 or val.y.min() <= 0:
            return None
        i = lowest(val)
        k = 1 if val.n < _MANY else 2 if val.n < 12 else int(np.clip(val.n // 12, 3, 9))
        end = median(val.y[-k:])
        best = float(val.y[i])
        gl = end / best - 1
        rise = (end - best) / _drop(val, best)
        if not self._turned(val, i, end, least) or not _goes_on(train, val, i):
            return None
        # A row for each epoch was written after it: training has been there.
        if val.n < _MANY and not case.by_epoch and _untrained(train, val, i):
            return None
        severity = Severity.WARNING
        if gl < least and not (gl >= self.loss_low and rise >= self.share):
            severity = Severity.NOTE
        elif gl >= self.severe:
            severity = Severity.ERROR
        waste = 1 - float(val.where[i])
        return self.finding(
            case,
            onset=case.onset_at(val, i),
            series=val.name,
            channel=Channel.VAL_LOSS,
            severity=severity,
            message=f"{val.name} rose from {number(best)} to {number(end)} ({gl:+.0%}) "
            f"while {train.name} went on falling",
            evidence=(
                Evidence("generalisation_loss", gl, "of the minimum", least),
                Evidence("rise", rise, "of the drop", self.share),
                Evidence("minimum", best, "loss"),
                Evidence("end", end, "loss"),
                Evidence("wasted", waste, "of the run"),
            ),
            effect=gl >= 2 * least,
            points=val.n >= _MANY,
            agree=not _metric_still_improves(case, val, i),
            caveat="unless the metric that counts is still improving",
        )

    def _turned(self, v: Curve, i: int, end: float, least: float) -> bool:
        """Whether the validation loss turned upward for good at ``i``."""
        after = v.y[i + 1 :]
        best = float(v.y[i])
        gl, rise = end / best - 1, (end - best) / _drop(v, best)
        if v.n >= _MANY:
            if len(after) < 3 or gl < self.loss_low or end - best < 2.5 * v.sd:
                return False
            z = mann_kendall(v.y[i:])
            upward = z > 2.33 or (bool((after > 1.03 * best).all()) and z > 1.0)
            return upward and not _falls_back(v, i, end) and (gl >= least or rise >= 0.02)
        if v.n >= _FEW:
            ups = np.diff(v.y[i:]) > 0
            near_top = end >= best + 0.8 * (float(v.y[i:].max()) - best)
            return (
                len(after) >= 2 and ups.mean() >= 0.6 and near_top and gl >= max(self.loss, least)
            )
        return bool(i < 2 and end >= v.y.max() and gl >= _OTHER_OBJECTIVE)

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Train again in a way that generalises better; the best checkpoint is free."""
        val = next((v for _, v in pairs(case) if v.name == finding.series), None)
        if val is None:
            return ()
        i = int(np.argmin(val.y))
        keep = prescribe.keep_checkpoint(case, val, i, val.name)
        if finding.severity is Severity.NOTE:
            return (keep,)
        return (again(case, float(val.x[lowest(val)]), float(val.x[i])), keep)


def pairs(case: Case) -> list[tuple[Curve, Curve]]:
    """Training and validation losses that belong together, the principal pair first."""
    if case.train is None or case.val is None:
        return []
    found = [(case.train, case.val)]
    trains = {_objective(s.name): s for s in case.run.all(Channel.TRAIN_LOSS)[1:]}
    for series in case.run.all(Channel.VAL_LOSS)[1:]:
        partner = trains.get(_objective(series.name))
        val = Curve.of(series)
        train = Curve.of(partner) if partner is not None else case.train
        if val is not None and train is not None:
            found.append((train, val))
    return found


def lowest(val: Curve) -> int:
    """Index of the minimum; of the three-point median where there are 15 values or more."""
    return int(np.argmin(running_median(val.y, 3) if val.n >= 15 else val.y))


def _objective(name: str) -> str:
    """What a loss measures: its name without the words that tell the split."""
    words = re.split(r"[^a-z0-9]+", name.lower())
    return " ".join(w for w in words if w not in _SPLIT_WORDS)


_SPLIT_WORDS = frozenset(
    {
        *("train", "training", "tr", "val", "valid", "validation"),
        *("eval", "evaluation", "test", "dev", "loss", "step", "epoch"),
    }
)


def _drop(v: Curve, best: float) -> float:
    return max(v.start - best, 0.1 * abs(v.start), 1e-300)


def _goes_on(train: Curve, val: Curve, i: int) -> bool:
    """Whether the training loss fell after the validation loss had turned."""
    j = train.at(float(val.x[i]))
    level = float(train.smooth[j])
    if train.end < 0.1 * abs(train.start):
        return train.end <= level + 2 * train.se
    return train.end <= min(0.98 * level, level - 2 * train.se)


def _untrained(train: Curve, val: Curve, i: int) -> bool:
    """Whether the best validation loss is that of the first weights: it has not turned, but not begun."""
    level = float(train.smooth[train.at(float(val.x[i]))])
    return i == 0 and level > train.start - _BEGUN * train.drop


def _falls_back(v: Curve, i: int, end: float) -> bool:
    """Whether the validation loss is on its way down again (double descent, grokking)."""
    best = float(v.y[i])
    top = float(running_median(v.y, 3)[i:].max())
    late = v.y[-max(v.n // 3, 4) :]
    return end - best < 0.7 * (top - best) and mann_kendall(late) < -1.6


def _metric_still_improves(case: Case, val: Curve, i: int) -> bool:
    a = case.accuracy
    if a is None or a.n < 3:
        return False
    j = a.at(float(val.x[i]))
    return median(a.y[-3:]) > float(a.y[j]) + 0.01
