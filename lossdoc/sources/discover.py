"""Which logs the paths of a command line stand for."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN = "-"

_SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".log", ".txt", ".out"})
_WRAPPED = frozenset({".gz", ".zst"})
_BESIDE_A_LOG = [".meta", ".json"]
"""What `lossdoc reproduce` notes beside a log."""

_NO_LOGS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_PATTERN = re.compile(r"[*?\[]")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


class Found(NamedTuple):
    """A file or folder that may be a log.

    Parameters
    ----------
    path
        As given; inside a folder, the argument joined with the rest.
    argument
        The path of the command line that it was found by.
    named
        Whether the user named this very log, so that it must be one.
    """

    path: str
    argument: str
    named: bool


def expand(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Found]:
    """List the logs that paths stand for, in natural order (``run2`` before ``run10``).

    A file, a folder that is one log (TensorBoard, MLflow) and ``-`` stand for themselves; a
    pattern (``runs/**/*.csv``, for shells that leave it alone) for what it matches; any other
    folder stands for the files and folders below it that look like logs by their names.
    Hidden folders and folders of code are left out, links that lead back are followed once, and
    of several checkpoints of one training only the last one counts. Nothing is read yet.

    Yields
    ------
    Found
        A path that does not exist or cannot be opened is listed as well: reading it says why.
    """
    for path in paths:
        argument = os.fspath(path)
        if argument == STDIN:
            yield Found(argument, argument, named=True)
            continue
        for one in _matches(argument):
            if Path(one).is_dir():
                yield from _inside(one)
            else:
                yield Found(one, one, named=True)


def _matches(argument: str) -> list[str]:
    """Paths that a pattern stands for; a path that exists, or that nothing matches, is itself."""
    if not _PATTERN.search(argument) or os.path.lexists(argument):
        return [argument]
    found = sorted(glob.glob(argument, recursive=True), key=lambda path: _natural(Path(path)))  # noqa: PTH207 - paths stay as typed
    return found or [argument]


def _inside(argument: str) -> Iterator[Found]:
    """Logs below a folder."""
    files, closed = _walk(Path(argument))
    folders = _run_folders(Path(argument), files)
    inner = [f for f in _last_checkpoints(files) if _may_be_log(f)]
    for path in sorted([*folders, *inner, *closed], key=_natural):
        if path == Path(argument):
            yield Found(argument, argument, named=True)
        else:
            shown = os.path.join(argument, path.relative_to(argument))  # noqa: PTH118 - as typed
            yield Found(shown, argument, named=path in closed)


def _walk(root: Path) -> tuple[list[Path], list[Path]]:
    """All files below a folder, and the folders that cannot be opened."""
    files: list[Path] = []
    closed: list[Path] = []
    seen: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError:
            closed.append(folder)
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _NO_LOGS:
                continue
            if entry.is_dir():
                waiting.append(folder / entry.name)
            elif entry.is_file():
                files.append(folder / entry.name)
    return files, closed


def _run_folders(root: Path, files: list[Path]) -> list[Path]:
    """Folders below that are one log each."""
    folders: list[Path] = []
    if any("tfevents" in file.name for file in files):
        from lossdoc.sources.tensorboard import run_folders

        # Lightning's two loggers write the same run side by side; the table is the fuller one.
        tables = {file.parent for file in files if file.name == "metrics.csv"}
        folders += [f for f in run_folders(root) if f not in tables]
    if any(file.parent.name == "metrics" and not file.suffix for file in files):
        from lossdoc.sources.mlflow import run_folders as mlflow_runs

        folders += mlflow_runs(root)
    return folders


def _may_be_log(file: Path) -> bool:
    suffixes = [s.lower() for s in file.suffixes]
    if suffixes[-2:] == _BESIDE_A_LOG:
        return False
    if suffixes and suffixes[-1] in _WRAPPED:
        return len(suffixes) < 2 or suffixes[-2] in _SUFFIXES or suffixes[-2] not in {".tar", ".pt"}
    return bool(suffixes) and suffixes[-1] in _SUFFIXES


def _last_checkpoints(files: list[Path]) -> list[Path]:
    """Leave out the states of earlier checkpoints: each holds the log of those before it."""
    states = [f for f in files if f.name == "trainer_state.json"]
    best: dict[Path, tuple[float, Path]] = {}
    for state in states:
        number = _CHECKPOINT.fullmatch(state.parent.name)
        training = state.parent.parent if number else state.parent
        rank = float(number[1]) if number else float("inf")
        best[training] = max(best.get(training, (-1.0, state)), (rank, state))
    kept = {state for _, state in best.values()}
    return [f for f in files if f.name != "trainer_state.json" or f in kept]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key by which ``run2`` stands before ``run10``."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
