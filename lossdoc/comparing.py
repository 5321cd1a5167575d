"""Comparison of logs from Python: ``lossdoc.compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossdoc import api
from lossdoc.comparison import comparison
from lossdoc.engine import diagnose
from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.comparison import By, Comparison, Measure
    from lossdoc.model import Channel, Diagnosis
    from lossdoc.reading import Log

__all__ = ["compare"]


def compare(
    reference: Log | Sequence[Log],
    candidate: Log | Sequence[Log],
    *,
    by: By = "auto",
    loss: Channel | None = None,
    measure: Measure = "final",
    margin: float = 0.01,
) -> Comparison:
    """Compare new runs with known-good ones.

    Parameters
    ----------
    reference, candidate
        One log, as in `lossdoc.load`, or a list of logs: seeds of one configuration.
    by
        Axis on which they are matched; ``auto`` takes what all of them count.
    loss
        Channel that is compared; validation loss where all runs have it.
    measure
        What decides: ``final``, ``best`` or ``mean`` loss.
    margin
        Smaller differences do not matter, as a share of the reference.

    Raises
    ------
    SourceError
        A log cannot be read, or the runs cannot be matched.
    UsageError
        A side is empty, or a log holds several runs.

    Examples
    --------
    >>> import lossdoc
    >>> good = {"train_loss": [2.0, 1.0, 0.8, 0.7, 0.6, 0.6]}
    >>> bad = {"train_loss": [2.0, 1.0, 0.9, float("nan")]}
    >>> lossdoc.compare(good, bad).outcome
    'worse'
    """
    return comparison(
        _side(reference), _side(candidate), by=by, loss=loss, measure=measure, margin=margin
    )


def _side(logs: Log | Sequence[Log]) -> list[Diagnosis]:
    listed: Sequence[Any] = logs if isinstance(logs, list | tuple) else [logs]
    found = [diagnose(api.load(log)) for log in listed]
    if not found:
        raise UsageError("nothing to compare: a side is empty")
    return found
