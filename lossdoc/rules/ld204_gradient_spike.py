"""LD204: single gradients far larger than their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import catapult, difference_noise, mad, median, tails, trailing_median
from lossdoc.rules import bad_batches
from lossdoc.rules.base import Example, Rule, fires, option, quiet, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats, Ints
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_FEW = 3
"""With fewer norms after it nobody knows yet whether a jump stays."""

_FEWEST_NOISE = 0.1
"""Norms vary by a tenth for no reason at all: floor of the local noise of their logarithm."""


def _two_spikes(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][[180, 300]] *= 60.0


def _small_spikes(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][[180, 300]] *= 3.0


def _harder_data(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][200:] *= 12.0


def _early_spike(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][8] *= 60.0


class GradientSpike(Rule):
    """Gradient norm jumps to many times its local level.

    ## How it is measured
    The logarithm of the norm against the median of the norms before it: at least five times that
    level and six times its local noise, after the first 5 % of the run; and three times the median
    of the norms after it, since a level that stays is no spike. In runs of more than a thousand
    norms the limit in units of noise grows as the tail of that noise does. A hundredfold norm
    counts however noisy the others are. A warning from ten times on, or for three such norms of
    which one reaches seven times; a note otherwise. Norms of a loss that has reached nearly zero
    (memorised data) are ignored. Norms that build up by less than a factor of two per step, in a
    run without batch noise, are a note: full-batch descent at the edge of stability does that and
    comes back by itself.

    ## What to change
    Where loss and norm jump together within one step, and the norm of the step before was usual, it
    is the batch: look at it and leave it out. Clip at the 90th percentile of the norms before the
    first spike. Logged norms are usually
    those before clipping, so the spikes stay in the log; what must go is their effect on the
    loss.

    ## When it is wrong
    Gradients that are clipped already. Whether an isolated spike without any effect on the loss
    matters is a question of policy.
    """

    code: ClassVar[str] = "LD204"
    name: ClassVar[str] = "gradient-spike"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.GRAD_NORM})
    min_points: ClassVar[int] = 40
    references: ClassVar[tuple[str, ...]] = (
        "Godbole et al. 2023, Deep Learning Tuning Playbook (clip at the 90th percentile)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _two_spikes), onset=(181, 181)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _small_spikes)),
        quiet(curves.altered(curves.healthy(), _early_spike)),
        quiet(curves.altered(curves.healthy(), _harder_data)),
    )

    ratio: float = option(5.0, unit="x median before", text="Smallest spike that counts.")
    z: float = option(6.0, unit="local noise", text="Height in the noise of the logarithm.")
    single: float = option(10.0, unit="x median before", text="One spike of this size warns.")
    falls: float = option(
        3.0, unit="x median after", text="Less is a change of level: other data, another phase."
    )
    surely: float = option(
        100.0, unit="x median before", text="A spike of this size counts, however noisy the norms."
    )
    repeated: float = option(7.0, unit="x median before", text="So does one of three or more.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Find the spikes and weigh them."""
        g = case.grad
        if g is None or g.n < self.min_points or not g.positive or _memorised(case):
            return
        hits, ratios = self._spikes(g)
        if not len(hits):
            return
        worst = float(ratios.max())
        many = len(hits) >= 3 and worst >= self.repeated
        first = int(hits[0])
        warns = worst >= self.single or many
        biggest = int(hits[np.argmax(ratios)])
        builds_up = all(catapult.builds_up(case, float(g.x[i])) for i in hits)
        how_many = "once" if len(hits) == 1 else f"{len(hits)} times"
        yield self.finding(
            case,
            onset=case.onset_at(g, first),
            last_step=float(g.x[hits[-1]]),
            series=g.name,
            channel=Channel.GRAD_NORM,
            severity=Severity.WARNING if warns and not builds_up else Severity.NOTE,
            message=f"{g.name} spikes {how_many}, at worst to {times(worst)} its local level "
            f"({case.place(g.x[biggest])})"
            + (", built up step by step: full-batch descent overshoots" if builds_up else ""),
            evidence=(
                Evidence("count", len(hits), "spikes"),
                Evidence("worst_ratio", worst, "x", self.single),
                Evidence("worst_norm", float(g.y[biggest]), "norm"),
                Evidence("usual_norm", median(g.y), "norm"),
            ),
            effect=worst >= 2 * self.single or many,
            points=g.n >= 2 * self.min_points,
            caveat="without an effect on the loss it may be left alone",
        )

    def _spikes(self, g: Curve) -> tuple[Ints, Floats]:
        logs = np.log(g.y)
        width = int(np.clip(g.n // 20, 20, 100))
        above = logs - trailing_median(logs, width)
        first = max(g.early(0.05), 20)
        candidates = np.flatnonzero(above >= np.log(self.ratio))
        sure = np.log(self.surely)
        hits: list[int] = []
        for i in candidates[candidates >= first]:
            before = logs[max(i - width, 0) : i]
            noise = max(difference_noise(before), mad(before), _FEWEST_NOISE)
            after = logs[i + 1 : i + 1 + width]
            falls_back = len(after) < _FEW or logs[i] - median(after) >= np.log(self.falls)
            isolated = not hits or i > hits[-1] + 1
            if above[i] >= min(self.z * noise, sure) and falls_back and isolated:
                hits.append(int(i))
        found = np.array(hits, dtype=np.int64)
        if len(found):
            heights = tails.heights(logs, width, _FEWEST_NOISE)
            beyond = heights[found] >= self.z * tails.reach(heights[first:])
            found = found[beyond | (above[found] >= sure)]
        return found, np.exp(above[found])

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Leave out the batches that are to blame, as far as the log tells; clip at healthy norms."""
        g = case.grad
        if g is None or finding.severity is Severity.NOTE:
            return ()
        batches = bad_batches.skip(case, g.x[self._spikes(g)[0]].tolist())
        remedies = (batches, prescribe.clip(case, finding.onset.step))
        return tuple(p for p in remedies if p is not None)


def _memorised(case: Case) -> bool:
    """Whether the loss has come to nearly nothing and stays there."""
    c = case.train
    return c is not None and c.n >= 10 and abs(c.end) < 0.01 * abs(c.start) and c.rise < 0.01
