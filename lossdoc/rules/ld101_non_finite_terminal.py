"""LD101: the training loss becomes NaN or infinite and stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves, prescribe
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.robust import mann_kendall
from lossdoc.rules.base import Example, Rule, fires, number, option, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats, Series
    from lossdoc.robust.case import Case

_FP16_LARGE = 1e4
"""A last finite loss above this suggests that half precision (largest number 65504) ran over."""


def _ends_in_nan(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][250:] = np.nan


def _one_nan(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][250] = np.nan


class NonFiniteTerminal(Rule):
    """Training loss becomes NaN or infinite and does not come back.

    Everything after the first such step is lost: a NaN in the weights never leaves them.

    ## How it is measured
    The last values of the training loss are NaN or infinite: at least two of them, or the very
    last one in a log with at most two such values. The onset is the first of that tail. When the
    finite values before it were rising (Mann-Kendall) and have grown threefold, or stood at three
    times the start, the blow-up was *explosive* and the learning rate is the first suspect;
    otherwise it was *sudden* and one batch or the number format is.

    ## What to change
    Explosive, or in the middle of a warm-up: a lower learning rate with a longer one, from a
    checkpoint before the rise. Sudden: look
    at the batch of that step (NaN in the input, log of 0, division by 0) and at half precision;
    a lower learning rate does not cure a NaN that comes out of a flat curve.

    ## When it is wrong
    A column in which NaN stands for "not measured" to the end of the log.
    """

    code: ClassVar[str] = "LD101"
    name: ClassVar[str] = "non-finite-terminal"
    severity: ClassVar[Severity] = Severity.ERROR
    min_points: ClassVar[int] = 0
    stationary: ClassVar[bool] = False
    supersedes: ClassVar[frozenset[str]] = frozenset(
        {
            *("LD102", "LD103", "LD104", "LD105", "LD201", "LD202", "LD203", "LD204"),
            *("LD301", "LD302", "LD303", "LD304", "LD305", "LD306", "LD307"),
            *("LD401", "LD402", "LD403", "LD502"),
        }
    )
    references: ClassVar[tuple[str, ...]] = (
        "Micikevicius et al. 2018, Mixed Precision Training (loss scaling)",
    )
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _ends_in_nan), onset=(251, 251)),
        quiet(curves.healthy()),
        quiet(curves.altered(curves.healthy(), _one_nan)),
    )

    growth: float = option(3.0, unit="x", text="Growth before the NaN that makes it explosive.")

    def check(self, case: Case) -> Iterator[Finding]:
        """Look at the tail of every training loss."""
        series = case.run[Channel.TRAIN_LOSS]
        start = tail_of_non_finite(series)
        if start is None:
            return
        before = series.values[:start]
        finite = before[np.isfinite(before)]
        count = len(series) - start
        kind = "NaN" if np.isnan(series.values[start:]).any() else "infinite"
        last = f"; it was {number(finite[-1])} before" if len(finite) else " from the first row on"
        yield self.finding(
            case,
            onset=case.onset(series.steps[start], int(series.rows[start])),
            series=series.name,
            message=f"{series.name} is {kind} in all of its last {count:,} values{last}",
            evidence=(
                Evidence("count", count, "values"),
                Evidence("last_finite", finite[-1] if len(finite) else np.nan, "loss"),
                Evidence("growth_before", _growth(finite), "x lowest", self.growth),
            ),
            points=count >= 2,
            caveat="" if count >= 2 else "a single value; the next one may be finite again",
        )

    def _explosive(self, finite: Floats) -> bool:
        """Whether the finite values were growing towards the end."""
        window = finite[-max(5, len(finite) // 20) :]
        if len(window) < 2 or window.min() <= 0:
            return False
        grown = window[-1] >= self.growth * window.min() and window[-1] >= 0.5 * window.max()
        high = finite[-1] >= self.growth * finite[0] > 0
        return bool(high or (grown and (len(window) < 4 or mann_kendall(window) > 1.6)))

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Lower the rate after an explosion; look at data and precision after a sudden NaN."""
        train = case.train
        sudden = train is not None and train.n >= 5 and not self._explosive(train.y)
        if train is not None and sudden and not _on_a_ramp(case, finding.onset.step):
            return (_look_at_batch(case, finding, float(train.x[-1])),)
        lower = prescribe.after_blow_up(
            case,
            train,
            finding.onset.step,
            caveat="if the loss was finite and flat until the NaN, look at that batch first",
        )
        if train is not None and sudden:
            return (lower, _look_at_batch(case, finding, float(train.x[-1])))
        clip = prescribe.clip(case, lower.from_step or finding.onset.step)
        return (lower,) if clip is None else (lower, clip)


def _on_a_ramp(case: Case, onset: float) -> bool:
    """Whether the learning rate was being raised when the loss was lost."""
    return case.rate is not None and case.rate.rises_within(0.5 * (case.first_step + onset), onset)


def _growth(finite: Floats) -> float:
    """Last finite value over the lowest of the last twentieth (five at least)."""
    window = finite[-max(5, len(finite) // 20) :]
    return float(window[-1] / window.min()) if len(window) and window.min() > 0 else float("nan")


def tail_of_non_finite(series: Series) -> int | None:
    """Index at which the non-finite tail of a series begins, or None."""
    bad = ~np.isfinite(series.values)
    if not len(bad) or not bad[-1]:
        return None
    good = np.flatnonzero(~bad)
    start = int(good[-1]) + 1 if len(good) else 0
    return start if len(bad) - start >= 2 or int(bad.sum()) <= 2 else None


def _look_at_batch(case: Case, finding: Finding, resume: float | None) -> Prescription:
    changes = [Change("log_batch_at_step", None, finding.onset.step)]
    last = finding.number("last_finite")
    if last >= _FP16_LARGE:
        changes.append(Change("precision", "float16", "bfloat16"))
    return Prescription(
        kind="data",
        action=f"look at the batch of {case.place(finding.onset.step)} before anything else",
        changes=tuple(changes),
        rationale=f"the loss was {number(last)} and not rising when it turned NaN, so one batch "
        "or the number format is the likelier cause than the learning rate",
        reference="Micikevicius et al. 2018, Mixed Precision Training",
        caveat="with float16 also lower the initial loss scale (2^16 to 2^12)",
        from_step=resume,
    )
