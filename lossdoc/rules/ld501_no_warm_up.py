"""LD501: the first steps at full rate throw the run off."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import difference_noise, running_median
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats
    from lossdoc.robust.case import Case
    from lossdoc.robust.curve import Curve

_LONG = 0.2
"""Share of the run of the longest warm-up."""


def _blown_up() -> curves.Make:
    """Jumps a hundredfold at the second step and needs the whole run to come back."""

    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        loss = 230.0 * np.exp(-t / 0.12) * np.exp(0.2 * rng.normal(size=len(t))) + 2.4
        loss[0] = 2.3
        return {"train_loss": loss, "lr": np.full(len(t), 1.0)}

    return curves.table(200, fill)


def _broken() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        loss = np.full(len(t), np.nan)
        loss[:9] = 3.5 * np.exp(0.4 * np.arange(9) ** 2 * rng.uniform(0.9, 1.1, 9))
        return {"train_loss": loss, "lr": curves.cosine(len(t), peak=0.06, warm_up=0.0025)}

    return curves.table(400, fill)


def _thrown_off() -> curves.Make:
    def fill(rng: np.random.Generator, t: Floats) -> dict[str, Floats]:
        hump = 6.0 * np.exp(-(((t - 0.03) / 0.02) ** 2))
        return {
            "train_loss": curves.noisy(rng, curves.learning(len(t), 2.3, 0.4) + hump, 0.03),
            "lr": np.full(len(t), 1e-2),
        }

    return curves.table(400, fill)


def _batches_of_one(columns: dict[str, Floats], rng: np.random.Generator) -> None:
    columns["train_loss"] *= rng.chisquare(1, len(columns["train_loss"]))


class NoWarmUp(Rule):
    """First steps at the full learning rate throw the run off.

    ## How it is measured
    The rate starts at half of its peak or more, and within the first fifth the loss (three-point
    median) rises above its start by half of it, by six times its noise and by three times the noise of
    its logarithm; a validation loss that only falls meanwhile contradicts it. A note when
    the run recovered.

    An error when it did not, although the rate came down later: the loss rose to three times its
    start and ends at its start, or has not moved from half of it since; or it grew into NaN
    within the first tenth. Where the rate stayed at its peak, that is too high itself for all that
    the log tells: a note beside what diverged (LD102) says.

    ## What to change
    A linear warm-up over a fifth of the run. Where that is not enough, a third of the rate too. In
    measured trials a fifth brought back 30 of 30 runs, a tenth 16 of 20, a twentieth 2 of 10.
    After a hump alone: a warm-up over 5 % of the run or twice the steps to its top, whichever is more.

    ## When it is wrong
    A resumed run whose optimizer state was lost.
    """

    code: ClassVar[str] = "LD501"
    name: ClassVar[str] = "no-warm-up"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS, Channel.LEARNING_RATE})
    min_points: ClassVar[int] = 3
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {
            "LD102", "LD104", "LD202", "LD203", "LD204", "LD301", "LD302", "LD303", "LD304", "LD305",
            "LD306", "LD307", "LD402", "LD403",
        }
    )  # fmt: skip
    references: ClassVar[tuple[str, ...]] = (
        "Goyal et al. 2017, Accurate, Large Minibatch SGD (warm-up)",
        "Gilmer et al. 2022, A Loss Curvature Perspective on Training Instability",
        "Ma & Yarats 2021, On the adequacy of untuned warmup (2 / (1 - beta2) steps)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(_thrown_off(), onset=(1, 40)),
        fires(_blown_up(), onset=(0, 5)),
        fires(_broken(), onset=(0, 5)),
        quiet(curves.healthy()),
        quiet(curves.healthy(rate="constant")),
        quiet(curves.altered(curves.healthy(rate="constant"), _batches_of_one)),
    )

    rise: float = option(0.5, unit="of the start", text="Height of the early hump.")
    blown_up: float = option(
        3.0, unit="x start", text="Height that no noise explains in a run that never came back."
    )
    points: float = option(40, unit="rows", text="Fewer rows do not tell the beginning of a run.")
    steady: float = option(0.5, unit="of the peak", text="Rates that end above have not come down.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look for an early hump under a full rate."""
        c, rate = case.train, case.rate
        if c is None or rate is None or c.start <= 0 or c.x[0] > 0.05 * case.last_step:
            return
        if len(case.run[Channel.TRAIN_LOSS]) < self.points or rate.y[0] < 0.5 * rate.peak:
            return
        broken = _breaks_at_once(case, c)
        early = c.y if broken else running_median(c.y, 3)[: max(c.n // 5, 3)]
        top = int(np.argmax(early))
        height = float(early[top]) - c.start
        lost = broken or self._never_came_back(c, height)
        # What still rises at the end of the first fifth is no hump, but a loss that grows.
        hump = 0 < top < 0.9 * len(early) or broken
        if not hump or height <= self._least(case, c, lost) or not (lost or c.n >= self.points):
            return
        came_down = rate.end <= self.steady * rate.peak
        yield self.finding(
            case,
            onset=case.onset_at(c, 0),
            last_step=case.last_step if lost and came_down else float(c.x[top]),
            series=c.name,
            severity=Severity.ERROR if lost and came_down else Severity.NOTE,
            message=f"{c.name} rose from {number(c.start)} to {number(float(early[top]))} by step "
            f"{c.x[top]:,.0f} at a rate that starts at {rate.y[0] / rate.peak:.0%} of its peak"
            + (", and never came back" if lost else ""),
            evidence=(
                Evidence("rise", height / c.start, "of the start", self.rise),
                Evidence("top", float(c.x[top]), "step"),
                Evidence("first_rate", float(rate.y[0] / rate.peak), "of the peak", 0.5),
            ),
            effect=height >= 2 * self.rise * c.start,
            points=lost or c.n >= 2 * self.points,
        )

    def _never_came_back(self, c: Curve, height: float) -> bool:
        """Whether it ends at its start, or blew up and has stood still since at a level near it."""
        stuck = c.mean_between(0.1, 0.3) - c.end <= 0.05 * c.start and c.end >= 0.5 * c.start
        return c.end >= 0.9 * c.start or (stuck and height >= self.blown_up * c.start)

    def _least(self, case: Case, c: Curve, lost: bool) -> float:
        """Height above the start that is neither noise nor contradicted by the validation loss."""
        if lost:
            # A run that blew up at once and never came back has made its early noise itself.
            least = max(self.rise * c.start, min(6 * c.sd_early, self.blown_up * c.start))
            return max(least, _noise_of(c, c.y[c.n // 5 :]) if c.n >= self.points else 0.0)
        v = case.val
        evaluated = v.y[v.where <= 0.2] if v is not None else c.y[:0]
        if len(evaluated) >= 3 and evaluated[0] <= 2 * c.start and (np.diff(evaluated) <= 0).all():
            return np.inf
        return max(self.rise * c.start, 6 * c.sd_early, _noise_of(c, c.y[: max(c.n // 3, 3)]))

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Warm up over twice the steps to the top, or over a fifth where the run was lost."""
        span, top = case.length, finding.number("top")
        if finding.severity is Severity.NOTE:
            wanted = min(max(prescribe.WARM_UP_SHARE * span, 2 * top), _LONG * span)
            told = f"larger of 5 % of {span:,.0f} steps and twice the {top:,.0f} steps to the top of the "
            return (_warm_up(wanted, told + "hump, at most a fifth of the run"),)
        told = f"a fifth of {span:,.0f} steps: the first {top:,.0f} at full rate threw the run off"
        lower = prescribe.lower_rate(
            case, 3.0, reference="Godbole et al. 2023, Deep Learning Tuning Playbook"
        )
        return (_warm_up(_LONG * span, told), lower)


def _warm_up(steps: float, rationale: str) -> Prescription:
    return Prescription(
        kind="schedule",
        action="warm up the learning rate",
        changes=(Change("warmup_steps", 0, prescribe.round_up(steps)),),
        rationale=rationale,
        reference="Goyal et al. 2017; Godbole et al. 2023, Tuning Playbook (warm-up)",
        caveat="with Adam at least 2 / (1 - beta2) steps",
    )


def _noise_of(c: Curve, values: Floats) -> float:
    """Height above the start of three times the noise of the logarithm; 0 where there is none."""
    return c.start * float(np.expm1(3 * difference_noise(np.log(values)))) if c.positive else 0.0


def _breaks_at_once(case: Case, c: Curve) -> bool:
    """Whether the loss grew threefold and into no numbers within the first tenth of the run."""
    series = case.run[Channel.TRAIN_LOSS]
    gone = float(series.steps[-1]) > float(c.x[-1]) and not np.isfinite(series.values[-1])
    early = c.x[-1] - case.first_step <= 0.1 * case.length
    return bool(gone and early and c.n >= 3 and c.y.max() >= 3.0 * c.y[0])
