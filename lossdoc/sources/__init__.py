"""Readers: one small file per log format, and what turns raw columns into runs.

A source goes through three stages: a reader recognises its bytes and returns raw tables
(`lossdoc.sources.base`), the resolver decides which column plays which role
(`lossdoc.sources.channels`) on which x axis (`lossdoc.sources.axis`), and
`lossdoc.sources.assemble` makes runs of them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.errors import AmbiguousMetric, NoUsableMetric, SourceError, UnreadableLog
from lossdoc.sources.discover import Found, expand
from lossdoc.sources.loading import READERS, NoFormat, read_source, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lossdoc.model import Run
    from lossdoc.sources.base import Source

__all__ = ["READERS", "Found", "Opened", "expand", "open_all", "open_found", "open_runs"]


class Opened(NamedTuple):
    """What became of one path.

    Parameters
    ----------
    path
        As found.
    runs
        Its runs; empty where there is a problem.
    problem
        Why it cannot be judged.
    passed_over
        How many files of the folder were no logs, known with its last entry.
    """

    path: str
    runs: tuple[Run, ...] = ()
    problem: SourceError | None = None
    passed_over: int = 0


def open_runs(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - as on the command line
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> list[Run]:
    """Read every run of a file, a folder, or ``-`` (standard input).

    Parameters
    ----------
    path
        A folder stands for all logs below it; files that are none are passed over.
    format
        Name of the reader, found by the content if None.
    mapping
        Channel -> column, where the names do not tell: ``{"train_loss": "objective"}``.
    step_column
        Column that counts the steps.

    Raises
    ------
    UnreadableLog
        Missing, not permitted, broken, or of no known format.
    NoUsableMetric
        Read, but there is no loss in it, or it is no training log.
    AmbiguousMetric
        A column that was named does not exist.
    UsageError
        An unknown format or channel was named.
    """
    runs: list[Run] = []
    for opened in open_all([path], format=format, mapping=mapping, step_column=step_column):
        if opened.problem is not None:
            raise opened.problem
        runs += opened.runs
    return runs


def open_all(
    paths: Iterable[str | os.PathLike[str]],
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> Iterator[Opened]:
    """Read every log that paths stand for, one at a time; problems are entries, not exceptions.

    Raises
    ------
    UsageError
        An unknown format or channel was named.
    """
    for path in paths:
        passed_over: list[SourceError] = []
        empty = True
        for found in expand([path]):
            try:
                runs = open_found(found, format=format, mapping=mapping, step_column=step_column)
            except SourceError as problem:
                if _is_no_log(found, problem, format):
                    passed_over.append(problem)
                    continue
                yield Opened(found.path, problem=problem)
            else:
                yield Opened(found.path, tuple(runs))
            empty = False
        if empty:
            yield Opened(os.fspath(path), problem=_no_logs(os.fspath(path), passed_over))
        elif passed_over:
            yield Opened(os.fspath(path), passed_over=len(passed_over))


def open_found(
    found: Found,
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> list[Run]:
    """Read one log.

    Raises
    ------
    SourceError
        As `open_runs`; a file that the user did not name may also be a data set or a summary.
    """
    with source_of(found.path) as source:
        if not found.named and _is_large_and_silent(source):
            raise NoUsableMetric(f"{found.path} shows no loss in its first 64 KiB")
        runs = read_source(source, format, mapping, step_column)
        if not found.named and _is_summary(source, runs):
            raise NoUsableMetric(f"{found.path} holds a single record")
        return runs


# ---- files of a folder


def _is_no_log(found: Found, problem: SourceError, format: str | None) -> bool:  # noqa: A002
    """Whether a file that the user did not name is none of the logs that the user meant."""
    if found.named:
        return False
    if isinstance(problem, AmbiguousMetric):  # a column was named that this file does not have
        try:
            open_found(found, format=format)
        except SourceError:
            return True
        return False
    return isinstance(problem, NoUsableMetric | NoFormat)


_LARGE = 1 << 23
_LOSS = re.compile(
    rb"loss|nll|mse|mae|ppl|perplexity|entropy|trl|(box|cls|dfl)_o[mo]", re.IGNORECASE
)


def _is_large_and_silent(source: Source) -> bool:
    """Whether a large file shows no loss in its first 64 KiB: a data set, not a log."""
    large = not source.is_folder and source.path.stat().st_size > _LARGE
    return large and _LOSS.search(source.head) is None


def _is_summary(source: Source, runs: list[Run]) -> bool:
    """Whether a JSON file holds one record: final results that stand beside the log."""
    last = max((int(series.rows[-1]) for run in runs for series in run.series), default=0)
    return source.path.suffix == ".json" and last <= 1


def _no_logs(path: str, passed_over: list[SourceError]) -> SourceError:
    if not passed_over:
        return UnreadableLog(f"no logs in {path}", details=("no file in it looks like a log",))
    count = len(passed_over)
    seen = [f"{count} file{'s' * (count != 1)} read, none with a loss"]
    seen += [problem.message for problem in passed_over[:3]]
    return NoUsableMetric(f"no logs in {path}", details=tuple(seen))
