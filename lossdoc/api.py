"""From a path to a diagnosis: what the command line and Python programs share."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lossdoc.errors import SourceError, UsageError
from lossdoc.model import Confidence, Run
from lossdoc.settings import NO_ROLES, Settings, confidence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from lossdoc.history import History
    from lossdoc.model import Diagnosis

    Path = str | os.PathLike[str]
    Paths = Path | Sequence[Path]
    Log = Path | Run | pd.DataFrame | Mapping[str, Any]

__all__ = [
    "Settings",
    "analyze",
    "analyze_all",
    "going_on",
    "judged",
    "load",
    "load_all",
    "read_history",
]

_NO_BUDGETS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def load(
    log: Log,
    *,
    format: str | None = None,  # noqa: A002 - as on the command line
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> Run:
    """Read one run.

    Parameters
    ----------
    log
        A file or folder; or a DataFrame, or a mapping of arrays (name -> values, or
        name -> (steps, values)); a run is returned as it is.
    format, mapping, step_column
        As in `Settings`.

    Raises
    ------
    SourceError
        It cannot be read, or holds no loss.
    UsageError
        It is nothing of these, or holds several runs; an argument is wrong, or does not go with it.
    """
    if isinstance(log, Run):
        _unwanted(log, format=format, mapping=mapping, step_column=step_column)
        return log
    if _in_memory(log):
        _unwanted(log, format=format)
        return _from_memory(log, mapping, step_column)
    if not isinstance(log, str | os.PathLike):
        raise UsageError(
            f"{_kind(log)} is no log",
            hint="a path, a DataFrame, a mapping such as {'train_loss': values}, or a Run",
        )
    runs = load_all(log, format=format, mapping=mapping, step_column=step_column)
    if len(runs) > 1:
        raise UsageError(
            f"{log} holds {len(runs)} runs",
            details=tuple(run.name or run.path for run in runs[:10]),
            hint="load_all and analyze_all take all of them",
        )
    return runs[0]


def load_all(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> list[Run]:
    """Read every run of a file or folder.

    Raises
    ------
    SourceError
        Something in it cannot be read, or there is no log.
    UsageError
        An unknown format or channel was named.
    """
    from lossdoc.sources import open_runs

    return open_runs(path, format=format, mapping=mapping, step_column=step_column)


def analyze(
    log: Log,
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
    total_steps: float | None = None,
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    min_confidence: str | Confidence = Confidence.MEDIUM,
    history: Paths = (),
    budgets: Mapping[str, Mapping[str, Any]] = _NO_BUDGETS,
) -> Diagnosis:
    """Judge one run.

    A log that cannot be read or judged gives an *inconclusive* diagnosis that says why; it is
    never called healthy and raises nothing.

    Parameters
    ----------
    log, format, mapping, step_column
        As in `load`.
    total_steps
        Planned length of a run that is not finished.
    select, ignore
        Codes (``LD102``), families (``LD2``) or names (``diverged``) of rules: a list, or with
        commas as on the command line.
    min_confidence
        ``low``, ``medium`` or ``high``; findings below are left out.
    history
        Logs of earlier runs, or folders of them, which bound prescribed learning rates.
    budgets
        Measure -> its limits, as in the settings: ``{"val_loss.best": {"max": 1.95}}``.

    Raises
    ------
    UsageError
        An argument is wrong, or the log holds several runs.

    Examples
    --------
    >>> import lossdoc
    >>> lossdoc.analyze({"train_loss": [2.0, 1.0, float("nan"), float("nan")]}).verdict.value
    'failing'
    """
    from lossdoc.budgets.names import limits_of
    from lossdoc.engine import inconclusive
    from lossdoc.selection import select as choose

    rules = choose(_listed(select), _listed(ignore))
    total_steps = _length(total_steps)
    confidence = confidence_of(min_confidence)
    limits = limits_of(budgets) if budgets else ()
    try:
        run = load(log, format=format, mapping=mapping, step_column=step_column)
    except SourceError as problem:
        told = _kind(log) if _in_memory(log) else str(log)
        return replace(inconclusive(told, problem), min_confidence=confidence)
    earlier = None
    if history:
        settings = Settings(format, mapping or NO_ROLES, step_column, min_confidence=confidence)
        earlier = read_history(history, settings)
    settings = Settings(
        total_steps=total_steps,
        rules=rules,
        min_confidence=confidence,
        history=earlier,
        limits=limits,
    )
    return judged(run, settings)


def read_history(paths: Paths, settings: Settings | None = None) -> History:
    """Judge earlier runs for what they tell about the learning rate.

    Parameters
    ----------
    paths
        Logs, or folders of them.
    settings
        How they are read; every rule judges them, as runs that are over.

    Raises
    ------
    UsageError
        An unknown format or channel was named.
    """
    from lossdoc.history import history

    chosen = settings or Settings()
    earlier = Settings(chosen.format, chosen.mapping, chosen.step_column)
    return history(analyze_all(paths, earlier._replace(min_confidence=chosen.min_confidence)))


def _unheard(count: int, path: str) -> None:
    """Where nobody listens."""


def analyze_all(
    paths: Paths,
    settings: Settings | None = None,
    *,
    progress: Callable[[int, str], None] = _unheard,
    passed_over: Callable[[int, str], None] = _unheard,
) -> Iterator[Diagnosis]:
    """Judge every run of every path, one after the other.

    Parameters
    ----------
    paths
        Logs, or folders of them; or one of these.
    settings
        The same for all.
    progress
        Called with the number of runs judged so far and the path of the last one.
    passed_over
        Called with the number of files in a folder that were no logs, and the folder.

    Yields
    ------
    Diagnosis
        What could not be read is among them, as *inconclusive*.

    Raises
    ------
    UsageError
        An unknown format or channel was named.
    """
    from lossdoc.engine import inconclusive
    from lossdoc.sources import open_all

    chosen = settings or Settings()
    options: dict[str, Any] = {
        "format": chosen.format,
        "mapping": chosen.mapping,
        "step_column": chosen.step_column,
    }
    done = 0
    several = [paths] if isinstance(paths, str | os.PathLike) else paths
    for opened in open_all(several, **options):
        if opened.problem is not None:
            yield inconclusive(opened.path, opened.problem)
        for run in opened.runs:
            yield judged(run, chosen)
        done += max(len(opened.runs), opened.problem is not None)
        progress(done, opened.path)
        if opened.passed_over:
            passed_over(opened.passed_over, opened.path)


def check(settings: Settings) -> None:
    """Check what can be checked before there is a log.

    Raises
    ------
    UsageError
        An unknown format or channel was named.
    """
    from lossdoc.sources import READERS
    from lossdoc.sources.assemble import by_channel

    by_channel(settings.mapping)
    if settings.format is not None and settings.format not in READERS:
        raise UsageError(
            f"unknown format {settings.format!r}", hint="one of: " + ", ".join(READERS)
        )


def going_on(settings: Settings) -> Settings:
    """Leave out the rules that judge how a run ended, where nobody says when it ends."""
    if settings.total_steps is not None:
        return settings
    from lossdoc.rules import builtin

    rules = builtin() if settings.rules is None else settings.rules
    return settings._replace(rules=tuple(rule for rule in rules if not rule.at_the_end))


def judged(run: Run, settings: Settings) -> Diagnosis:
    """Judge a run: bound what is prescribed by its history, and hold it against its limits."""
    from lossdoc.engine import diagnose

    diagnosis = diagnose(
        run,
        rules=settings.rules,
        min_confidence=settings.min_confidence,
        total_steps=settings.total_steps,
        accept=None if settings.baseline is None else settings.baseline.accept,
    )
    if settings.history is not None:
        from lossdoc.history import informed

        diagnosis = informed(diagnosis, settings.history)
    if settings.limits:
        from lossdoc.budgets import applied

        diagnosis = applied(diagnosis, settings.limits, settings.total_steps)
    return diagnosis


def _in_memory(log: Any) -> bool:
    return isinstance(log, Mapping) or hasattr(log, "select_dtypes")


def _kind(log: Any) -> str:
    """Name of what is no path."""
    return "mapping" if isinstance(log, Mapping) else type(log).__name__


def _unwanted(log: Any, **given: object) -> None:
    """Refuse what would have no effect.

    Raises
    ------
    UsageError
        Something was given.
    """
    for name, value in given.items():
        if value:
            raise UsageError(f"{name} does not go with a {_kind(log)}")


def _listed(selectors: str | Sequence[str]) -> Sequence[str]:
    if isinstance(selectors, str):
        return [part for raw in selectors.split(",") if (part := raw.strip())]
    return selectors


def _length(steps: float | None) -> float | None:
    """Return the planned length of a run.

    Raises
    ------
    UsageError
        It is no positive number.
    """
    if steps is None:
        return None
    if isinstance(steps, Real) and 0 < steps < math.inf:
        return float(steps)
    raise UsageError(f"total_steps is a positive number, not {steps!r}")


def _from_memory(log: Any, mapping: Mapping[str, str] | None, step_column: str | None) -> Run:
    from lossdoc.sources import frames

    make = frames.run_from_mapping if isinstance(log, Mapping) else frames.run_from_frame
    return make(log, mapping=mapping, step_column=step_column)
