"""TensorBoard: an event file, or a folder of event files that is one run."""

from __future__ import annotations

import mmap
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lossdoc.errors import NoUsableMetric, SourceError, UnreadableLog
from lossdoc.model import LogIssue
from lossdoc.sources import hyperparameters, opening
from lossdoc.sources.base import Column, Table
from lossdoc.sources.tfevents import scan
from lossdoc.sources.tfevents_context import settings_of
from lossdoc.sources.tfevents_form import Vocabulary
from lossdoc.sources.tfevents_frames import is_framed
from lossdoc.sources.tfevents_merge import chained, interleaved
from lossdoc.sources.tfevents_runs import Part, event_files, parts, run_folders

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.sources.base import Source
    from lossdoc.sources.tfevents import Scan, Track

__all__ = ["FORMAT", "read", "run_folders", "sniff"]

FORMAT = "tensorboard"

_NAME = re.compile(r"tfevents\.\d{6,}")
_MAPPED = 1 << 20
"""Smaller files are read; mapping them would cost more."""
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


def sniff(source: Source) -> str | None:
    """Say why this input is TensorBoard's, or None.

    A file is known by its first record, whatever its name; by its name only if it begins with a
    damage.
    """
    if source.is_folder:
        return "it holds event files of TensorBoard" if run_folders(source.path) else None
    if is_framed(source.head):
        return "its first record is an event of TensorBoard"
    return "it is named like an event file" if _NAME.search(source.path.name) else None


def read(source: Source) -> list[Table]:
    """Read one file, one run folder, or every run below a folder that is none itself.

    Raises
    ------
    UnreadableLog
        There is no event file, or nothing in it is intact.
    NoUsableMetric
        No scalar was logged.
    """
    if not source.is_folder:
        return [_table(source.display, {Part(source.path): [source.path]})]
    folders = run_folders(source.path)
    if not folders:
        raise UnreadableLog(
            f"{source.display} holds no event file of TensorBoard",
            hint="Event files are named events.out.tfevents.*; name the folder that holds them.",
        )
    if source.path in folders:
        return [_run(source.path, source.display)]
    return _runs(source, folders)


def _runs(source: Source, folders: list[Path]) -> list[Table]:
    """All runs below a folder; those that hold no scalars are left out, with an issue."""
    tables: list[Table] = []
    errors: list[SourceError] = []
    for folder in folders:
        name = folder.relative_to(source.path).as_posix()
        try:
            tables.append(replace(_run(folder, f"{source.display}/{name}"), name=name))
        except SourceError as error:
            errors.append(error)
    if not tables:
        raise errors[0]
    unread = tuple(
        LogIssue("unread-run", error.message, lost=isinstance(error, UnreadableLog))
        for error in errors
    )
    return [replace(tables[0], issues=tables[0].issues + unread), *tables[1:]]


def _run(folder: Path, display: str) -> Table:
    return _table(display, {part: event_files(part.folder) for part in parts(folder)})


@dataclass
class _Seen:
    """What was met in the files of a run beside the scalars."""

    records: int = 0
    others: Counter[str] = field(default_factory=Counter)
    notes: list[bytes] = field(default_factory=list)
    damaged: list[tuple[str, int, int]] = field(default_factory=list)
    """File name, record number, byte offset."""
    torn: list[str] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)
    repeated: int = 0

    def add(self, path: Path, found: Scan) -> None:
        self.damaged += [(path.name, self.records + row, at) for row, at in found.damaged]
        self.records += found.records
        self.others += found.others
        self.notes += found.notes
        self.torn += [path.name] if found.torn else []
        self.repeated += found.repeated


def _table(display: str, files: dict[Part, list[Path]]) -> Table:
    """One run out of the event files of each of its folders."""
    seen = _Seen()
    vocabulary = Vocabulary()
    folders: list[tuple[Part, dict[str, Track]]] = []
    for part, paths in files.items():
        scans = [(path, scan(_content(path, seen), vocabulary)) for path in paths]
        scans.sort(key=lambda item: item[1].start)
        for path, found in scans:
            seen.add(path, found)
        # The metrics beside hyper-parameters are final ones, no curves.
        tracks = {} if part.settings else chained(found for _, found in scans)
        if tracks:
            folders.append((part, tracks))
    if not folders:
        raise _nothing(display, seen)
    told, issues = settings_of(seen.notes)
    tracks = _named(folders)
    return Table(
        columns=tuple(Column(name, t.rows, t.values) for name, t in tracks.items()),
        context=hyperparameters.collect(told),
        issues=(*_issues(seen, one_folder=len(folders) == 1), *issues),
        steps={name: t.steps for name, t in tracks.items()},
        wall_times={name: t.walls for name, t in tracks.items()},
        settings=hyperparameters.others(told),
    )


def _named(folders: list[tuple[Part, dict[str, Track]]]) -> dict[str, Track]:
    """Tracks of all folders by their name in the run, in the order of their first record."""
    ordered = [tracks for _, tracks in folders]
    if len(ordered) > 1:
        ordered = interleaved(ordered)
    named: dict[str, Track] = {}
    for (part, _), tracks in zip(folders, ordered, strict=True):
        for tag, track in tracks.items():
            name = part.name(tag)
            while name in named:
                name = f"{part.folder.name}/{name}"
            named[name] = track
    return dict(sorted(named.items(), key=lambda item: item[1].rows[0]))


def _content(path: Path, seen: _Seen) -> bytes | mmap.mmap:
    """All bytes of a file: mapped where it is large and plain, else read and decompressed."""
    mapped = _mapped(path)
    if mapped is not None:
        return mapped
    pieces: list[bytes] = []
    try:
        for piece in opening.chunks(path, _MAPPED):
            pieces.append(piece)  # noqa: PERF402 - what came before a damage must be kept
    except UnreadableLog as error:
        if not pieces:
            raise
        seen.archives.append(error.message)
    return b"".join(pieces)


def _mapped(path: Path) -> mmap.mmap | None:
    """None for what is small, compressed, or cannot be mapped (and then not be read either)."""
    try:
        if not path.is_file() or path.stat().st_size < _MAPPED:
            return None
        with path.open("rb") as stream:
            plain = not stream.read(4).startswith(_COMPRESSED)
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if plain else None
    except (OSError, ValueError):
        return None


def _issues(seen: _Seen, *, one_folder: bool) -> list[LogIssue]:
    issues = []
    if seen.damaged:
        name, row, at = seen.damaged[0]
        count = len(seen.damaged)
        text = f"{_count(count, 'damaged record')} skipped, the first at byte {at} of {name}"
        # Between folders records are numbered anew, by time, and these have none.
        first = row if one_folder else None
        issues.append(LogIssue("corrupt-record", text, row=first, count=count, lost=True))
    if seen.torn:
        text = f"{seen.torn[0]} ends in the middle of a record, which was left out"
        issues.append(LogIssue("torn-tail", text, count=len(seen.torn)))
    if seen.repeated:
        text = f"{_count(seen.repeated, 'value')} logged twice in one record; the last one counts"
        issues.append(LogIssue("repeated-tag", text, count=seen.repeated, lost=True))
    for message in seen.archives:
        text = f"{message}; what stands before was used"
        issues.append(LogIssue("damaged-file", text, lost=True))
    return issues


def _nothing(display: str, seen: _Seen) -> SourceError:
    """Why there is nothing to judge."""
    if not seen.records:
        return UnreadableLog(
            f"{display} is empty",
            hint="The run may not have written anything yet; try again, or flush the writer.",
        )
    if len(seen.damaged) == seen.records:
        name, _, at = seen.damaged[0]
        return UnreadableLog(
            f"{display} holds no intact record of TensorBoard",
            details=(f"the first damage is at byte {at} of {name}",),
        )
    details = [f"{_count(seen.records, 'record')} read, none with a scalar"]
    kinds = (f"{kind} ({count})" for kind, count in seen.others.most_common())
    details += [f"found instead: {', '.join(kinds)}"] if seen.others else []
    details += [issue.message for issue in _issues(seen, one_folder=True)]
    return NoUsableMetric(
        f"{display} holds no scalars",
        details=tuple(details),
        hint="The scalars may stand in another file: name the folder that holds all of them.",
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
