"""From a path to a diagnosis: what the command line and Python programs share."""

from __future__ import annotations

import os
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lossdoc.arguments import in_memory, kind, lacking, length
from lossdoc.errors import SourceError, UsageError
from lossdoc.model import Run
from lossdoc.reading import load, load_all
from lossdoc.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lossdoc.history import History
    from lossdoc.model import Confidence, Diagnosis
    from lossdoc.reading import Log, Paths

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


def analyze(
    log: Log,
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
    total_steps: float | None = None,
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    min_confidence: str | Confidence | None = None,
    history: Paths = (),
    budgets: Mapping[str, Mapping[str, Any]] = _NO_BUDGETS,
    baseline: str | os.PathLike[str] | None = None,
    require: str | Sequence[str] = (),
    config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
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
        ``low``, ``medium`` or ``high``; findings below are left out. ``medium`` if None.
    history
        Logs of earlier runs, or folders of them, which bound prescribed learning rates.
    budgets
        Measure -> its limits, as in the settings: ``{"val_loss.best": {"max": 1.95}}``.
    baseline
        File of accepted findings, which do not count.
    require
        Channels without which the run is *inconclusive*: ``["val_loss"]``.
    config
        Settings: a ``lossdoc.toml`` or ``pyproject.toml``, or a mapping of the same shape. What is
        given beside it wins. None reads no file and no variable.

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
    from lossdoc.asked import asked
    from lossdoc.engine import inconclusive

    told = asked(
        config,
        select=select,
        ignore=ignore,
        min_confidence=min_confidence,
        budgets=budgets,
        baseline=baseline,
        require=require,
    )
    settings = Settings(
        total_steps=length(total_steps),
        rules=told.rules,
        min_confidence=told.min_confidence,
        limits=told.limits,
    )
    if told.baseline is not None:
        from lossdoc.baseline import files

        settings = settings._replace(baseline=files.read(told.baseline))
    columns, step = {**told.mapping, **(mapping or {})}, step_column or told.step_column
    reading: dict[str, Any] = {"format": format, "mapping": columns, "step_column": step}
    try:
        # A run has its roles already: only what is asked for by name is refused.
        whole = isinstance(log, Run) and not (mapping or step_column)
        run = load(log, format=format) if whole else load(log, **reading)
    except SourceError as problem:
        path = kind(log) if in_memory(log) else str(log)
        return replace(inconclusive(path, problem), min_confidence=told.min_confidence)
    if history:
        earlier = Settings(**reading, min_confidence=told.min_confidence)
        settings = settings._replace(history=read_history(history, earlier))
    return lacking(judged(run, settings), told.require)


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
