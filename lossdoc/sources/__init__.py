"""Readers: one small file per log format, and what turns raw columns into runs.

A source goes through three stages: a reader recognises its bytes and returns raw tables
(`lossdoc.sources.base`), the resolver decides which column plays which role
(`lossdoc.sources.channels`) on which x axis (`lossdoc.sources.axis`), and
`lossdoc.sources.assemble` makes runs of them.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lossdoc.errors import AmbiguousMetric, NoUsableMetric, SourceError, UnreadableLog, UsageError
from lossdoc.sources.base import Source
from lossdoc.sources.discover import STDIN, Found, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lossdoc.model import Run
    from lossdoc.sources.base import Reader

__all__ = ["READERS", "Found", "Opened", "expand", "open_all", "open_found", "open_runs"]

READERS: Mapping[str, str] = {
    "tensorboard": "tensorboard",
    "mlflow": "mlflow",
    "spreadsheet": "spreadsheet",
    "json": "jsondoc",
    "jsonl": "jsonl",
    "wandb": "wandb",
    "csv": "csv",
    "table": "tables",
    "text": "textlog",
}
"""Format -> module in this package, in the order in which they are asked: first what magic bytes
or names decide, then what a grammar decides, free text last."""


@dataclass(frozen=True)
class Opened:
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
        passed_over = 0
        empty = True
        for found in expand([path]):
            try:
                runs = open_found(found, format=format, mapping=mapping, step_column=step_column)
            except SourceError as problem:
                yield Opened(found.path, problem=problem)
                empty = False
                continue
            if runs:
                yield Opened(found.path, tuple(runs))
                empty = False
            passed_over += not runs
        if empty:
            yield Opened(os.fspath(path), problem=_no_logs(os.fspath(path), passed_over))
        elif passed_over:
            yield Opened(os.fspath(path), passed_over=passed_over)


def open_found(
    found: Found,
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> list[Run]:
    """Read one log; an empty list for a file of a folder that is no log.

    Raises
    ------
    SourceError
        As `open_runs`; for a file that the user did not name only where it is a log and broken.
    """
    try:
        with _source(found) as source:
            return _read(source, format, mapping, step_column)
    except NoUsableMetric:
        if found.named:
            raise
    except AmbiguousMetric:
        # A column was named: it is missing in a log, or the file is none.
        if found.named or open_found(found, format=format):
            raise
    except _NoFormat:
        if found.named:
            raise
    return []


# ---- one source


class _NoFormat(UnreadableLog):
    """No reader knows the content."""


@contextlib.contextmanager
def _source(found: Found) -> Iterator[Source]:
    """The bytes of a path; standard input goes through a file, for readers look twice."""
    if found.path != STDIN:
        _check(Path(found.path))
        yield Source(Path(found.path), found.path)
        return
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="lossdoc-") as folder:
        spool = Path(folder) / "stdin"
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield Source(spool, STDIN)


def _check(path: Path) -> None:
    """Say what is wrong with a path before anything is read."""
    try:
        path.stat()
        if path.is_dir():
            next(os.scandir(path), None)
    except FileNotFoundError as error:
        raise UnreadableLog(f"there is no {path}", hint=_similar(path)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableLog(f"cannot open {path}: {reason}") from error


def _similar(path: Path) -> str:
    """A name beside a path that was perhaps meant."""
    parent = path.parent
    if not parent.is_dir():
        return f"there is no folder {parent} either"
    names = sorted(entry.name for entry in os.scandir(parent))
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {parent / near[0]}?" if near else ""


def _read(
    source: Source,
    format: str | None,  # noqa: A002
    mapping: Mapping[str, str] | None,
    step_column: str | None,
) -> list[Run]:
    """Let the readers that accept a source read it; the first one that finds a loss wins."""
    from lossdoc.sources.assemble import assemble

    if format is None and not source.is_folder and not source.head:
        raise NoUsableMetric(f"{source.display} is empty")
    first: SourceError | None = None
    for name, reason in _accepting(source, format):
        reader = _reader(name)
        try:
            return assemble(
                reader.read(source),
                source.display,
                reader.FORMAT,
                mapping=mapping,
                step_column=step_column,
                why=(f"read as {reader.FORMAT}: {reason}",),
            )
        except AmbiguousMetric:
            raise
        except SourceError as problem:
            first = first or problem
    raise first or _unknown(source)


def _accepting(source: Source, format: str | None) -> Iterator[tuple[str, str]]:  # noqa: A002
    """Readers that accept a source, and why."""
    if format is not None:
        if format not in READERS:
            near = difflib.get_close_matches(format, READERS, n=1)
            hint = f"did you mean {near[0]}?" if near else "one of: " + ", ".join(READERS)
            raise UsageError(f"unknown format {format!r}", hint=hint)
        yield format, "as asked for"
        return
    for name in READERS:
        if (reason := _reader(name).sniff(source)) is not None:
            yield name, reason


def _reader(name: str) -> Reader:
    module: Any = importlib.import_module(f"lossdoc.sources.{READERS[name]}")
    return cast("Reader", module)


def _unknown(source: Source) -> _NoFormat:
    if source.is_folder:
        return _NoFormat(f"{source.display} is a folder without any log")
    line = next((line.strip() for line in source.head_lines if line.strip()), "")
    shown = "".join(c if c.isprintable() else "�" for c in line[:80])
    return _NoFormat(
        f"{source.display} is no log that lossdoc can read",
        details=(f"first line: {shown}",),
        hint="formats: " + ", ".join(READERS),
    )


def _no_logs(path: str, passed_over: int) -> SourceError:
    if not passed_over:
        return UnreadableLog(f"no logs in {path}", details=("no file in it looks like a log",))
    seen = f"{passed_over} file{'s' * (passed_over != 1)} read, none with a loss"
    return NoUsableMetric(f"no logs in {path}", details=(seen,))
