"""One source: what it is, which reader reads it, and what is wrong with it."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lossdoc.errors import AmbiguousMetric, NoUsableMetric, SourceError, UnreadableLog, UsageError
from lossdoc.sources.base import Source
from lossdoc.sources.discover import STDIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lossdoc.model import Run
    from lossdoc.sources.base import Reader

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


_MAY_BE: Mapping[str, Callable[[Source], bool]] = {
    "tensorboard": lambda s: s.is_folder or s.head[4:8] == b"\0\0\0\0" or "tfevents" in s.path.name,
    "mlflow": lambda s: s.is_folder,
    "spreadsheet": lambda s: s.head.startswith(b"PK"),
    "json": lambda s: s.head_text.strip("\0 \t\r\n\ufeff").startswith(("{", "[")),
    "jsonl": lambda s: "{" in s.head_text,
}
"""A look at the first bytes that spares the import of a reader which would decline anyway: an
event file's first record is shorter than 4 GiB, a workbook is an archive, JSON has brackets."""


class NoFormat(UnreadableLog):
    """No reader knows the content."""


@contextlib.contextmanager
def source_of(path: str) -> Iterator[Source]:
    """The bytes of a path; standard input goes through a file, for readers look twice."""
    if path != STDIN:
        _no_address(path)
        _check(Path(path))
        yield Source(Path(path), path)
        return
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="lossdoc-") as folder:
        spool = Path(folder) / "stdin"
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield Source(spool, STDIN)


def _no_address(path: str) -> None:
    """Say what to do with a URI: nothing is fetched from anywhere."""
    scheme, found, rest = path.partition("://")
    if found and scheme.isidentifier() and not Path(path).exists():
        what = f"name the file: {rest}" if scheme == "file" else "fetch it first, and name the file"
        raise UnreadableLog(f"{path} is an address, and lossdoc reads files", hint=what)


def _check(path: Path) -> None:
    """Say what is wrong with a path before anything is read."""
    try:
        path.stat()
        if path.is_dir():
            list(path.iterdir())
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
    names = sorted(entry.name for entry in parent.iterdir())
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {parent / near[0]}?" if near else ""


def read_source(
    source: Source,
    format: str | None,  # noqa: A002
    mapping: Mapping[str, str] | None,
    step_column: str | None,
) -> list[Run]:
    """Let the readers that accept a source read it; the first one that finds a loss wins."""
    from lossdoc.sources.assemble import assemble
    from lossdoc.sources.beside import settings_beside

    if format is None and not source.is_folder and not source.head:
        raise NoUsableMetric(f"{source.display} is empty")
    first: SourceError | None = None
    for name, reason in _accepting(source, format):
        reader = _reader(name)
        try:
            tables = reader.read(source)
            beside = settings_beside(source)
            return assemble(
                [beside.added_to(table) for table in tables],
                source.display,
                reader.FORMAT,
                mapping=mapping,
                step_column=step_column,
                why=(
                    f"read as {reader.FORMAT}: {reason}",
                    *(f"settings of {file} beside it" for file in beside.files),
                ),
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
        may_be = _MAY_BE.get(name)
        if may_be is not None and not may_be(source):
            continue
        if (reason := _reader(name).sniff(source)) is not None:
            yield name, reason


def _reader(name: str) -> Reader:
    module: Any = importlib.import_module(f"lossdoc.sources.{READERS[name]}")
    return cast("Reader", module)


def _unknown(source: Source) -> NoFormat:
    if source.is_folder:
        return NoFormat(f"{source.display} is a folder without any log")
    line = next((line.strip() for line in source.head_lines if line.strip()), "")
    shown = "".join(c if c.isprintable() else "�" for c in line[:80])
    return NoFormat(
        f"{source.display} is no log that lossdoc can read",
        details=(f"first line: {shown}",),
        hint="formats: " + ", ".join(READERS),
    )
