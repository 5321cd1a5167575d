"""Baselines as files: TOML that people edit and review.

Written anew, a file keeps every entry that stays as it was typed, with its comments.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import tomllib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from lossdoc.baseline import Baseline, Entry, printable
from lossdoc.errors import UsageError, near
from lossdoc.model import Severity
from lossdoc.runfacts import BUDGET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NAME = "lossdoc-baseline.toml"
"""Usual name of the file."""

_HEAD = """\
# Findings that are accepted: they do not count for the verdict and the exit code of
#     lossdoc analyze LOGS --baseline {name}
# Paths are relative to this file, with * and ?. Every entry needs a reason. `expires` (a date) is
# the last day on which it holds. Without `fingerprint` every finding of the rule is accepted.
"""
_TABLE = "accepted"
_LINE = re.compile(rf"^[ \t]*\[\[[ \t]*{_TABLE}[ \t]*\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_NEEDED = ("path", "code", "reason")
_KEYS = (*_NEEDED, "fingerprint", "run", "severity", "expires")
_HINT = "an entry: [[accepted]] with path, code, reason; fingerprint, run, severity, expires"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def read(path: Path) -> Baseline:
    """Read a baseline.

    Raises
    ------
    UsageError
        It cannot be read, or is malformed; the message says where and what is needed.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of any value that it cannot hold, too
        raise UsageError(f"{path} is no valid TOML: {error}", hint=_HINT) from None
    for key in data:
        if key != _TABLE:
            raise UsageError(
                f"{path}: unknown key {key!r}{near(key, [_TABLE])}", hint=f"[[{_TABLE}]]"
            )
    tables = data.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise UsageError(f"{path}: {_TABLE} must be tables", hint=f"[[{_TABLE}]]")
    lines = [text.count("\n", 0, found.start()) + 1 for found in _LINE.finditer(text)]
    places = lines if len(lines) == len(tables) else [None] * len(tables)
    entries = []
    for i, (table, line) in enumerate(zip(tables, places, strict=True), 1):
        place = f"{path}:{line}" if line else f"{path}, entry {i}"
        try:
            entries.append(_entry(table))
        except ValueError as error:
            raise UsageError(f"{place}: {error}", hint=_HINT) from None
    return Baseline(path, tuple(entries))


def written(baseline: Baseline, stale: Sequence[Entry], added: Sequence[tuple[Entry, str]]) -> bool:
    """Write a baseline anew, without some entries and with others; whole or not at all.

    Parameters
    ----------
    added
        New entries, each with what was found, which becomes a comment.

    Returns
    -------
    bool
        False where nothing had to be changed.

    Raises
    ------
    UsageError
        It cannot be written.
    """
    path = baseline.file
    before = _text(path) if path.exists() else None
    head, kept = _chunks(before, baseline, stale)
    new = [_chunk(entry, _comment(message)) for entry, message in added]
    text = "\n".join([head.rstrip("\n") + "\n", *(c.strip("\n") + "\n" for c in [*kept, *new])])
    if text == before or (before is not None and not stale and not added):
        return False
    _replace(path, text)
    return True


def writable(path: Path) -> None:
    """Check that a file can be written here, before anything is judged.

    Raises
    ------
    UsageError
        There is no folder for it, or it is one itself.
    """
    if path.is_dir() or not path.parent.is_dir():
        what = "it is a folder" if path.is_dir() else f"no folder {path.parent}"
        raise UsageError(f"cannot write the baseline {path}: {what}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            f"no baseline {path}", hint=f'--baseline {path} --write-baseline --reason "..."'
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot read the baseline {path}: {reason}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the baseline {path} is no UTF-8: {error.reason}") from error


def _entry(table: dict[str, Any]) -> Entry:
    """Return one entry; ValueError where something is missing or does not fit."""
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"unknown key {key!r}{near(key, _KEYS)}")
    texts = {k: v for k, v in table.items() if k not in {"severity", "expires"}}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ValueError(f"{key}: text is needed")  # noqa: TRY004 - of a file
    for key in _NEEDED:
        if not texts.get(key, "").strip():
            raise ValueError(f'{key} = "..." is needed')
    code, print_ = texts["code"], texts.get("fingerprint", "")
    if code == BUDGET:
        raise ValueError(f"{BUDGET} is not accepted here: change the limit of the budget")
    if print_ and print_.split(":")[0] != code:
        raise ValueError(f"the fingerprint {print_!r} is not one of {code}")
    return Entry(
        path=texts["path"],
        code=code,
        fingerprint=print_,
        reason=texts["reason"].strip(),
        run=texts.get("run", ""),
        severity=_severity(table.get("severity")),
        expires=_day(table.get("expires")),
    )


def _severity(value: Any) -> Severity | None:
    if value is None:
        return None
    names = [s.label for s in reversed(Severity)]
    if value not in names:
        raise ValueError(f"severity: one of {', '.join(names)} is needed{near(str(value), names)}")
    return Severity[value.upper()]


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    with contextlib.suppress(TypeError, ValueError):
        return date.fromisoformat(value)
    raise ValueError(f"expires: a date such as 2026-12-31 is needed, not {value!r}")


def _chunks(text: str | None, baseline: Baseline, stale: Sequence[Entry]) -> tuple[str, list[str]]:
    """Head of a file and its entries that stay, as they are typed."""
    entries = baseline.entries
    if text is None:
        return _HEAD.format(name=baseline.file.name), []
    starts = [_above(text, found.start()) for found in _LINE.finditer(text)]
    if len(starts) != len(entries):  # written in another way
        return _HEAD.format(name=baseline.file.name), [_chunk(e) for e in entries if e not in stale]
    bounds = [*starts, len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(bounds)]
    return text[: bounds[0]], [p for p, e in zip(pieces, entries, strict=True) if e not in stale]


def _above(text: str, start: int) -> int:
    """Start of the comment that stands right above a place."""
    while start:
        line = text.rfind("\n", 0, start - 1) + 1
        if not text[line:start].lstrip().startswith("#"):
            break
        start = line
    return start


def _chunk(entry: Entry, comment: str = "") -> str:
    return "\n".join(_lines(entry, comment)) + "\n"


def _lines(entry: Entry, comment: str) -> Iterator[str]:
    if comment:
        yield f"# {comment}"
    yield f"[[{_TABLE}]]"
    yield f"path = {_quoted(entry.path)}"
    if entry.run:
        yield f"run = {_quoted(entry.run)}"
    yield f"code = {_quoted(entry.code)}"
    if entry.fingerprint:
        yield f"fingerprint = {_quoted(entry.fingerprint)}"
    if entry.severity is not None:
        yield f"severity = {_quoted(entry.severity.label)}"
    yield f"reason = {_quoted(entry.reason)}"
    if entry.expires is not None:
        yield f"expires = {entry.expires.isoformat()}"


def _quoted(text: str) -> str:
    """A basic string of TOML, in which JSON's escapes mean the same."""
    plain = json.dumps(printable(text), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda c: f"\\u{ord(c[0]):04x}", plain)


def _comment(message: str) -> str:
    return _UNPRINTABLE.sub("?", printable(message))


def _replace(path: Path, text: str) -> None:
    """Write a file whole: a reader finds the old one or the new one."""
    target = path.resolve()  # a link stays a link
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            part.chmod(target.stat().st_mode)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot write the baseline {path}: {reason}") from error
