"""LD105: NaN or infinite values that did not end the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossdoc import curves
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule, fires, quiet
from lossdoc.rules.ld101_non_finite_terminal import tail_of_non_finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats, Series
    from lossdoc.robust.case import Case

_WATCHED = (
    Channel.TRAIN_LOSS,
    Channel.VAL_LOSS,
    Channel.TRAIN_COMPONENT,
    Channel.VAL_COMPONENT,
    Channel.GRAD_NORM,
)


def _some_nan(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["train_loss"][[100, 250]] = np.nan


def _inf_norms(columns: dict[str, Floats], _: np.random.Generator) -> None:
    columns["grad_norm"][50::40] = np.inf


class IsolatedNonFinite(Rule):
    """NaN or infinite values appear, and the run goes on.

    ## How it is measured
    Any NaN or infinity in a loss or in the gradient norm that is not the end of the training
    loss (that is LD101). Always a note: with float16 and dynamic loss scaling, infinite gradient
    norms on up to half of the logged rows belong to healthy runs.

    ## What to change
    Nothing for infinite norms under a loss scaler. For a NaN loss: skip the batch and log which
    one it was.

    ## When it is wrong
    A column in which NaN stands for "not measured".
    """

    code: ClassVar[str] = "LD105"
    name: ClassVar[str] = "isolated-non-finite"
    severity: ClassVar[Severity] = Severity.NOTE
    needs: ClassVar[frozenset[Channel]] = frozenset()
    min_points: ClassVar[int] = 0
    stationary: ClassVar[bool] = False
    examples: ClassVar[tuple[Example, ...]] = (
        fires(curves.altered(curves.healthy(), _some_nan), onset=(101, 101)),
        fires(curves.altered(curves.healthy(), _inf_norms), onset=(51, 51)),
        quiet(curves.healthy()),
    )

    def check(self, case: Case) -> Iterator[Finding]:
        """Count them over all watched series; state one finding for the run."""
        hits: list[tuple[Series, int, int]] = []
        for series in case.run.series:
            if series.channel not in _WATCHED:
                continue
            bad = ~np.isfinite(series.values)
            if series.channel is Channel.TRAIN_LOSS:
                start = tail_of_non_finite(series)
                bad[start if start is not None else len(bad) :] = False
            if bad.any():
                hits.append((series, int(bad.sum()), int(np.argmax(bad))))
        if not hits:
            return
        series, _, first = min(hits, key=lambda hit: hit[0].steps[hit[2]])
        named = ", ".join(f"{s.name} ({count} of {len(s)})" for s, count, _ in hits[:4])
        more = f" and {len(hits) - 4} more series" if len(hits) > 4 else ""
        yield self.finding(
            case,
            onset=case.onset(series.steps[first], int(series.rows[first])),
            series=series.name,
            channel=series.channel,
            message=f"NaN or infinite values in {named}{more}; the run went on",
            evidence=tuple(Evidence(f"non_finite:{s.name}", c, "values") for s, c, _ in hits[:4]),
        )

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Log the batch when a loss was NaN."""
        del case
        if finding.channel is Channel.GRAD_NORM:
            return ()
        return (
            Prescription(
                kind="data",
                action="skip batches whose loss is not finite, and log which they were",
                changes=(Change("log_batch_at_step", None, finding.onset.step),),
                rationale=f"first non-finite value of {finding.series} at step "
                f"{finding.onset.step:,.0f}",
                caveat="not needed where a loss scaler skips such steps by itself",
            ),
        )
