"""MLflow's file store: ``<run>/metrics/<name>`` holds lines of ``timestamp value step``.

Names with ``/`` are folders. Timestamps are milliseconds; old versions wrote no step.
"""

from __future__ import annotations

import itertools
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import UnreadableLog
from lossdoc.model import LogIssue
from lossdoc.sources import hyperparameters
from lossdoc.sources.base import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.base import Source

FORMAT = "mlflow"

_METRICS = "metrics"
_MAX_DEPTH = 6
_NOT_RUNS = frozenset({"artifacts", "node_modules", "__pycache__", "site-packages"})
_TRIES = 8
_PEEK = 200
_SMALL = 4096
_MILLISECONDS = 1e11
"""Timestamps since 1973 are larger."""


def sniff(source: Source) -> str | None:
    """Accept a folder that is a run, its ``metrics`` folder, or holds nothing but runs below."""
    if not source.is_folder:
        return None
    if _metrics_folder(source.path) is not None:
        return "MLflow metrics: files of timestamp, value and step"
    if (source.path / "meta.yaml").is_file() or source.path.name == "mlruns":
        runs = run_folders(source.path)
        return f"{len(runs)} MLflow runs" if runs else None
    return None


def run_folders(root: Path) -> list[Path]:
    """Every MLflow run at or below a folder, sorted; only the head of one file each is read.

    A run is a folder with a folder ``metrics`` whose files hold lines of three numbers; a
    ``metrics`` folder itself counts as the run that it belongs to, and is returned as given.
    """
    if _metrics_folder(root) is not None:
        return [root]
    return sorted(_search(root, 0))


def read(source: Source) -> list[Table]:
    """Read one table per run.

    Raises
    ------
    UnreadableLog
        There is no run, or not a single point can be read.
    """
    runs = run_folders(source.path)
    tables = [_table(run, several=len(runs) > 1) for run in runs]
    if not any(table.columns for table in tables):
        raise UnreadableLog(
            f"{source.display} holds no MLflow metrics that can be read",
            details=tuple(issue.message for table in tables for issue in table.issues),
            hint="Give the folder of a run, the one in which metrics/ stands.",
        )
    return [table for table in tables if table.columns]


@dataclass(frozen=True, eq=False)
class _Metric:
    """Points of one metric, by time and step; what could not be read is counted."""

    name: str
    times: Floats
    steps: Floats
    values: Floats
    skipped: int
    torn: bool
    unnumbered: bool


def _search(folder: Path, depth: int) -> Iterator[Path]:
    for child in _subfolders(folder):
        if _metrics_folder(child) is not None:
            yield child
        elif depth < _MAX_DEPTH:
            yield from _search(child, depth + 1)


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith(".")
                and entry.name not in _NOT_RUNS
            ]
    except OSError:  # a folder that may not be listed holds no run for this user
        return []


def _metrics_folder(run: Path) -> Path | None:
    """Folder with the metrics of a run, given the run's folder or itself."""
    for folder in (run / _METRICS, run) if run.name != _METRICS else (run,):
        if folder.name == _METRICS and folder.is_dir() and _looks_like_metrics(folder):
            return folder
    return None


def _looks_like_metrics(folder: Path) -> bool:
    """Whether one of the first files begins with a point."""
    for path in itertools.islice(_files(folder), _TRIES):
        try:
            with path.open("rb") as stream:
                line = stream.read(_PEEK).split(b"\n", 1)[0]
        except OSError:
            continue
        if _point(line) is not None:
            return True
    return False


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _table(run: Path, *, several: bool) -> Table:
    folder = _metrics_folder(run) or run
    unreadable: list[str] = []
    found = [_read_metric(path, folder, unreadable) for path in _files(folder)]
    metrics = [metric for metric in found if metric is not None and len(metric.values)]
    columns = zip(metrics, _ranks(metrics), strict=True)
    home = folder.parent
    params = list(_params(home / "params"))
    return Table(
        tuple(Column(metric.name, rows, metric.values) for metric, rows in columns),
        name=_run_name(home, home.name if several else ""),
        context=hyperparameters.collect(params),
        issues=tuple(_issues([metric for metric in found if metric is not None], unreadable)),
        steps={metric.name: metric.steps for metric in metrics},
        wall_times={metric.name: metric.times / 1000 for metric in metrics},
        settings=hyperparameters.others(params),
    )


def _read_metric(path: Path, folder: Path, unreadable: list[str]) -> _Metric | None:
    name = path.relative_to(folder).as_posix()
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except OSError as error:
        unreadable.append(f"{name} ({error.strerror})")
        return None
    # A line without its end may lack digits of its step; of a lone one nothing better is known.
    torn = bool(rest.strip()) and any(map(bytes.strip, lines))
    lines = [line for line in (lines if torn else [*lines, rest]) if line.strip()]
    points = [point for line in lines if (point := _point(line)) is not None]
    table = np.array(points, dtype=np.float64).reshape(-1, 3)
    order = np.lexsort((table[:, 2], table[:, 0]))
    times, values, steps = table[order].T
    unnumbered = len(steps) > 1 and bool(np.all(steps == steps[0]))
    if unnumbered:
        steps = np.arange(float(len(steps)))
    return _Metric(name, times, steps, values, len(lines) - len(points), torn, unnumbered)


def _point(line: bytes) -> tuple[float, float, float] | None:
    """Timestamp, value and step of a line; a line of old versions has step 0."""
    fields = line.split()
    if len(fields) not in {2, 3}:
        return None
    try:
        time, value, step = float(fields[0]), float(fields[1]), float((*fields, b"0")[2])
    except ValueError:
        return None
    is_old = len(fields) == 2
    if not (math.isfinite(time) and math.isfinite(step)) or (is_old and time < _MILLISECONDS):
        return None
    return time, value, step


def _ranks(metrics: list[_Metric]) -> list[Ints]:
    """Row number of every point: points of the same time and step share one."""
    if not metrics:
        return []
    times = np.concatenate([metric.times for metric in metrics])
    steps = np.concatenate([metric.steps for metric in metrics])
    nth = np.concatenate([_occurrence(metric) for metric in metrics])
    order = np.lexsort((nth, steps, times))
    new = np.zeros(len(order), dtype=bool)
    for key in (times, steps, nth):
        new[1:] |= np.diff(key[order]) != 0
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.cumsum(new) + 1
    return np.split(ranks, np.cumsum([len(metric.values) for metric in metrics])[:-1])


def _occurrence(metric: _Metric) -> Ints:
    """How many points of the same time and step stand before each point of a metric."""
    place = np.arange(len(metric.times))
    same = (np.diff(metric.times) == 0) & (np.diff(metric.steps) == 0)
    starts = np.where(np.append(False, same), 0, place)
    return place - np.maximum.accumulate(starts)


def _issues(metrics: list[_Metric], unreadable: list[str]) -> Iterator[LogIssue]:
    skipped = {metric.name: metric.skipped for metric in metrics if metric.skipped}
    torn = [metric.name for metric in metrics if metric.torn]
    unnumbered = [metric.name for metric in metrics if metric.unnumbered]
    if unreadable:
        message = f"files that could not be opened: {', '.join(unreadable)}"
        yield LogIssue("unreadable-file", message, count=len(unreadable), lost=True)
    if skipped:
        count = sum(skipped.values())
        message = f"{count} lines are no points and were skipped, in {', '.join(skipped)}"
        yield LogIssue("skipped-lines", message, count=count, lost=True)
    if torn:
        message = f"an incomplete last line was left out of {', '.join(torn)}"
        yield LogIssue("torn-tail", message, count=len(torn))
    if unnumbered:
        message = f"logged without steps and numbered in order of time: {', '.join(unnumbered)}"
        yield LogIssue("no-steps", message, count=len(unnumbered))


def _params(folder: Path) -> Iterator[tuple[str, str]]:
    for path in _files(folder):
        text = _text(path)
        if text:
            yield path.relative_to(folder).as_posix(), text


def _run_name(run: Path, default: str) -> str:
    tag = _text(run / "tags" / "mlflow.runName")
    if tag:
        return tag
    name = re.search(r"^run_name:[ \t]*['\"]?([^'\"\n]+)", _text(run / "meta.yaml"), re.MULTILINE)
    return name[1].strip() if name else default


def _text(path: Path) -> str:
    """Start of a small file; empty where there is none, for names and settings only help."""
    try:
        with path.open("rb") as stream:
            return stream.read(_SMALL).decode("utf-8", "replace").strip()
    except OSError:
        return ""
