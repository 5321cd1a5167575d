"""LD910: a falling loss is not the goal of this run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Channel, Evidence, Finding, Run, Series, Severity
from lossdoc.robust.curve import Curve
from lossdoc.robust.objective import ZERO_MEAN
from lossdoc.rules.base import Example, Rule, fires, number, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case

_JUDGE = {
    "reinforcement": "judge it by its reward, which this log does not hold",
    "adversarial": "judge it by samples, or by a score of them; a loss near 0 means that this "
    "player wins",
    ZERO_MEAN: "policy gradients look like this; judge it by its reward or by a metric",
}


def _policy() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {"train_loss": 0.02 * rng.standard_normal(len(t))}

    return curves.table(300, fill)


def _rewarded(seed: int) -> Run:
    run = _policy()(seed)
    loss = run.series[0]
    reward = 200 * (1 - np.exp(-loss.steps / 100)) + np.random.default_rng(seed).normal(size=300)
    named = Series(Channel.REWARD, "ep_rew_mean", loss.steps, reward, loss.rows, True)
    return replace(run, series=(loss, named), objective="reinforcement")


def _below_zero() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        return {"train_loss": curves.learning(len(t), 2.0, -1.5) + 0.05 * rng.standard_normal(400)}

    return curves.table(400, fill)


class NonStationaryObjective(Rule):
    """A falling loss is not the goal of this run, so that its progress cannot be judged by it.

    ## How it is measured
    The names of the columns tell reinforcement (rewards, policies, returns) and adversarial
    training (a generator and a discriminator). Otherwise the shape of the loss: at least 40
    values, a fifth of them on either side of zero, with twelve block medians that differ by less
    than three times the noise, and no accuracy beside them. The rules about progress, spikes and
    validation are withheld, and the verdict is *inconclusive*; values that are not finite are
    still found.

    ## What to change
    Log what is to grow: the mean reward of an episode, the score of samples. A rising value loss
    is normal while the reward rises.

    ## When it is wrong
    A supervised loss that began at its optimum and is centred there.
    """

    code: ClassVar[str] = "LD910"
    name: ClassVar[str] = "non-stationary-objective"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset()
    min_points: ClassVar[int] = 0
    stationary: ClassVar[bool] = False
    references: ClassVar[tuple[str, ...]] = (
        "Henderson et al. 2018, Deep Reinforcement Learning that Matters",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_policy()),
        fires(_rewarded),
        quiet(curves.healthy()),
        quiet(_below_zero()),
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Say what was withheld, and what to judge instead."""
        objective = case.run.objective
        if objective == "supervised":
            return
        c = case.principal
        withheld = _withheld_rules()
        reward = case.run.get(Channel.REWARD)
        curve = None if reward is None else Curve.of(reward)
        judge = (
            _JUDGE.get(objective, "judge it by a metric") if curve is None else _told(case, curve)
        )
        evidence = [Evidence("withheld", withheld, "rules")]
        if curve is not None:
            evidence.append(Evidence("reward", curve.end, "reward"))
        yield self.finding(
            case,
            onset=case.onset(case.first_step),
            series="" if c is None else c.name,
            message=f"{_kind(case)}, so {withheld} rules were withheld; {judge}",
            evidence=evidence,
        )


def _kind(case: Case) -> str:
    c = case.train
    if case.run.objective != ZERO_MEAN or c is None:
        return f"{case.run.objective} training: its losses need not fall"
    return f"{c.name} swings about zero by {number(c.sigma)} and has not moved"


def _told(case: Case, c: Curve) -> str:
    """How the reward went."""
    best = int(np.argmax(c.smooth))
    return (
        f"judge it by {c.name}: {number(c.smooth[0])} at first, {number(c.smooth[best])} at best "
        f"({case.place(c.x[best])}), {number(c.end)} at the end"
    )


def _withheld_rules() -> int:
    from lossdoc.rules import builtin

    return sum(rule.stationary for rule in builtin())
