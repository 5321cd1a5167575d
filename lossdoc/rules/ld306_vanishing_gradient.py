"""LD306: next to no gradient reaches the first layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossdoc import curves
from lossdoc.arrays import quantile
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.prescribe import snap
from lossdoc.robust import median, running_median
from lossdoc.robust.layers import first_and_last
from lossdoc.rules.base import Example, Rule, Withheld, fires, number, option, quiet
from lossdoc.rules.capacity import less_decay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve
    from lossdoc.robust.layers import Layers

_GENTLER = 3.0
"""The rate is divided by about this; clipping lets norms grow by the same factor and no further."""

_ERROR_FALL = 0.1
"""Up to this much of its start a loss may fall, and still has learned nothing."""


def _deep_sigmoid(fall: float) -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        noise = np.exp(0.2 * rng.standard_normal((3, len(t))))
        return {
            "train_loss": 2.3 - fall * t + 0.03 * rng.standard_normal(len(t)),
            "grad_norm": 0.2 * noise[0],
            "grad_norm_first": 1e-11 * noise[1],
            "grad_norm_last": 0.2 * noise[2],
        }

    return curves.table(300, fill)


def _fades() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        fading = np.maximum(1e-6, np.exp(-t / 0.02))
        return {
            "train_loss": 2.3 + 0.03 * rng.standard_normal(len(t)),
            "grad_norm": 0.3 * fading * np.exp(0.2 * rng.standard_normal(len(t))),
        }

    return curves.table(300, fill)


def _learns_with_frozen_base() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        level = curves.learning(len(t), 2.3, 0.3)
        return {
            "train_loss": curves.noisy(rng, level, 0.05),
            "grad_norm_first": np.zeros(len(t)),
            "grad_norm_last": curves.noisy(rng, level, 0.2),
        }

    return curves.table(300, fill)


class _Faint(NamedTuple):
    """What is too small, since which step, and how it is told."""

    x: float
    row: int
    norm: float
    share: float
    usual: float
    """A large norm among those that the optimizer was given."""
    name: str
    channel: Channel
    text: str


class VanishingGradient(Rule):
    """Next to no gradient reaches the first layers, and the loss stays high.

    ## How it is measured
    The norm of the first layer's gradient is at most a thousandth of the largest one (that of the
    last layer or of the whole), and at most 1e-4, over the second half of the run; the loss ends
    above half of its start. An error where the loss fell by less than a tenth, a warning above that,
    a note where the norm is exactly 0: such layers are frozen, detached or dead.
    A norm of the whole gradient does not show it, since the head has one always: with that alone
    the rule speaks only where the norm falls a thousandfold, to 1e-4 and less, while the loss does
    not learn at all.

    ## What to change
    ReLU with He initialisation, residual connections and normalisation, or fewer layers. No
    learning rate helps as long as nothing arrives. The gradients of the mended network are larger
    than those that this log was tuned for: a third of the rate, and clipping at three times the
    norms of this log, keep its steps within those of this run. First of all a hundredth of a weight
    decay that is a hundred times the usual one: it shrinks the weights until nothing passes them.

    ## When it is wrong
    Layers that were frozen on purpose have no gradient; they are noted only where the loss does not
    learn.
    """

    code: ClassVar[str] = "LD306"
    name: ClassVar[str] = "vanishing-gradient"
    severity: ClassVar[Severity] = Severity.ERROR
    any_loss: ClassVar[bool] = True
    min_points: ClassVar[int] = 10
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {"LD201", "LD301", "LD302", "LD303", "LD304", "LD305", "LD402", "LD403"}
    )
    references: ClassVar[tuple[str, ...]] = (
        "Hochreiter et al. 2001, Gradient Flow in Recurrent Nets",
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward networks",
        "Zhang et al. 2021, AUTOTRAINER (thresholds of first-layer norms)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_deep_sigmoid(0.0), onset=(1, 1)),
        fires(_deep_sigmoid(0.7), onset=(1, 1)),
        fires(_fades(), onset=(15, 60)),
        quiet(_learns_with_frozen_base()),
        quiet(curves.healthy()),
    )

    share: float = option(1e-3, unit="of the largest norm", text="A first layer below gets none.")
    norm: float = option(1e-4, unit="norm", text="Norms above can still move weights.")
    level: float = option(0.5, unit="of the start", text="Losses below have learned.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look at the first layer where it is known, else at the whole gradient."""
        c = case.principal
        if c is None or c.start <= 0 or c.end <= self.level * c.start or _had_learned(c):
            return
        layers, fall = first_and_last(case.run), fallen(case, c)
        faint = self._whole(case, fall) if layers is None else self._first(case, layers)
        if faint is not None and (faint.norm > 0 or fall < _ERROR_FALL):
            yield self._finding(case, c, faint, fall)
        elif layers is None:
            raise Withheld(_what_is_missing(case))

    def _finding(self, case: Case, c: Curve, faint: _Faint, fall: float) -> Finding:
        zero = faint.norm == 0
        stuck = Severity.ERROR if fall < _ERROR_FALL else Severity.WARNING
        return self.finding(
            case,
            onset=case.onset(faint.x, faint.row),
            series=faint.name,
            channel=faint.channel,
            # Nothing fades to exactly zero: such layers are frozen on purpose, detached or dead.
            severity=Severity.NOTE if zero else stuck,
            message=f"{faint.text}{': frozen, detached or dead' if zero else ''}; {c.name} went from "
            f"{number(c.start)} to {number(c.end)}",
            evidence=(
                Evidence("first_share", faint.share, "of the largest norm", self.share),
                Evidence("first_norm", faint.norm, "norm", self.norm),
                Evidence("usual_norm", faint.usual, "norm"),
                Evidence("fall", fall, "of the start", _ERROR_FALL),
            ),
            effect=faint.share <= self.share / 2,
            points=c.n >= 2 * self.min_points,
            caveat="layers that are frozen on purpose have no gradient" if zero else "",
        )

    def _first(self, case: Case, layers: Layers) -> _Faint | None:
        if len(layers.x) < self.min_points:
            return None
        g = case.grad
        whole = np.zeros(len(layers.x)) if g is None else np.interp(layers.x, g.x, g.y)
        largest = np.maximum(layers.last, whole)
        half = slice(len(layers.x) // 2, None)
        norm, usual = median(layers.first[half]), median(largest[half])
        if usual <= 0 or norm > min(self.norm, self.share * usual):
            return None
        i = _since(layers.first <= np.minimum(self.norm, self.share * largest))
        return _Faint(
            x=float(layers.x[i]),
            row=int(layers.rows[i]),
            norm=norm,
            share=norm / usual,
            usual=quantile(largest, 0.9),
            name=layers.name,
            channel=Channel.LAYER_GRAD_NORM,
            text=f"{layers.name} is {number(norm)}, where the largest norm is {number(usual)}",
        )

    def _whole(self, case: Case, fall: float) -> _Faint | None:
        g = case.grad
        if g is None or g.n < 2 * self.min_points or fall >= _ERROR_FALL:
            return None
        early, late = median(g.y[: max(5, g.n // 20)]), median(g.y[g.n // 2 :])
        if early <= 0 or late > min(self.norm, self.share * early):
            return None
        i = _since(running_median(g.y, 5) <= self.share * early)
        return _Faint(
            x=float(g.x[i]),
            row=int(g.rows[i]),
            norm=late,
            share=late / early,
            usual=early,
            name=g.name,
            channel=Channel.GRAD_NORM,
            text=f"{g.name} fell from {number(early)} to {number(late)}",
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Let gradients through, and keep the steps within those of this log."""
        if finding.severity is Severity.NOTE:
            return ()
        usual, rate = finding.number("usual_norm"), case.known_rate
        if rate is None:
            slower, gentler = Change("learning_rate_factor", 1.0, round(1 / _GENTLER, 3)), _GENTLER
        else:
            slower = Change("learning_rate", rate, snap(rate / _GENTLER))
            gentler = rate / snap(rate / _GENTLER)
        limit = float(f"{gentler * usual:.2g}")
        arrives = (
            f"the first layer gets {number(finding.number('first_share'))} of the largest norm"
        )
        return (
            *less_decay(case, arrives),
            Prescription(
                kind="initialisation",
                action="let gradients through: ReLU with He initialisation, residual connections",
                changes=(
                    Change("init", None, "he_normal"),
                    Change("activation", None, "relu"),
                    slower,
                    Change("clip_grad_norm", case.run.context.get("clip_grad_norm"), limit),
                ),
                rationale=f"{arrives}; the rate / {gentler:.2g} and clipping at {gentler:.2g} times the large "
                f"norms of this log ({number(usual)}) allow no larger steps than it took",
                reference="He et al. 2015, Delving Deep into Rectifiers; He et al. 2016, Deep "
                "Residual Learning",
                caveat="a higher or lower rate alone cannot help; not where layers are meant to "
                "be frozen",
            ),
        )


def fallen(case: Case, c: Curve) -> float:
    """Share of its start by which the loss fell, or the validation loss where that fell more."""
    falls = [(k.start - k.end) / k.start for k in (c, case.val) if k is not None and k.start > 0]
    return max(falls)


def _had_learned(c: Curve) -> bool:
    """Whether the loss was low before: then something else took that away."""
    return c.best < 0.8 * c.start and c.end > c.best + 0.5 * (c.start - c.best)


def _what_is_missing(case: Case) -> str:
    """Say what would have to be logged."""
    if Channel.LAYER_GRAD_NORM in case.run:
        return "names do not tell which layer is the first; call its norm grad_norm_first"
    if Channel.GRAD_NORM in case.run:
        return (
            "the norm of the whole gradient hides it, for the head always has one; log the norms "
            "of the first and the last layer"
        )
    return "no gradient norms in this log; log those of the first and the last layer"


def _since(flags: NDArray[np.bool_]) -> int:
    """Index from which on (nearly) all of the flags are set."""
    unset = np.flatnonzero(~flags)
    late = unset[unset < 0.9 * len(flags)]
    return min(int(late[-1]) + 1, len(flags) - 1) if len(late) else 0
