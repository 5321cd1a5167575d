"""Baselines: findings that somebody has accepted, with a reason and, if wanted, until a day.

An accepted finding does not count, but is told. Nothing that could not be judged becomes clean by it:
the verdict is on what the rules say without the accepted findings.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.model import Acceptance, Accepted, Finding, Run, Severity
from lossdoc.runfacts import BUDGET, fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

LEEWAY = 0.02
"""Share of a run by which the onset of a finding may move and still be the one that was accepted:
a log that grew, or is written more often, shifts it a little."""


class Entry(NamedTuple):
    """An accepted finding.

    Parameters
    ----------
    path
        Of the log, relative to the file; ``*``, ``?`` and ``[...]`` as in a shell, ``*`` fits ``/`` too.
    code
        Of the rule.
    fingerprint
        Code, channel and relative onset; every finding of the rule if empty.
    run
        Name of the run where a log holds several, as a pattern; any if empty.
    severity
        A finding that is more severe was not accepted; any may be if None.
    expires
        Last day on which it is accepted.
    """

    path: str
    code: str
    fingerprint: str
    reason: str
    run: str = ""
    severity: Severity | None = None
    expires: date | None = None

    @property
    def label(self) -> str:
        """Name of the entry in messages."""
        run = f" [{self.run}]" if self.run else ""
        return f"{self.path}{run}: {self.fingerprint or self.code}"

    def fits_run(self, path: str, name: str | None) -> bool:
        """Whether it is about a run, or may be where the run has no name yet."""
        named = not self.run or name is None or fnmatchcase(name, self.run)
        return named and fnmatchcase(path, self.path)

    def distance(self, found: Finding, print_: str) -> float | None:
        """How far a finding lies from the accepted one, as a share of the run; None if it is not it."""
        if found.code != self.code or (
            self.severity is not None and found.severity > self.severity
        ):
            return None
        if not self.fingerprint or print_ == self.fingerprint:
            return 0.0
        own, other = self.fingerprint.rpartition(":"), print_.rpartition(":")
        if print_.startswith(f"{self.fingerprint}:"):
            return 0.0  # it was accepted wherever it begins
        if own[0] != other[0]:
            return None
        try:
            away = abs(float(own[2]) - float(other[2]))
        except ValueError:
            return None
        return away if away <= LEEWAY + 1e-9 else None


class Taking(NamedTuple):
    """What is accepted besides: findings from a severity on, for one reason."""

    level: Severity
    reason: str


@dataclass(frozen=True)
class Baseline:
    """Accepted findings.

    Parameters
    ----------
    file
        Where they stand; the paths of entries are relative to its folder.
    taking
        What is accepted besides, because a baseline is being written.
    """

    file: Path
    entries: tuple[Entry, ...] = ()
    today: date = field(default_factory=date.today)
    taking: Taking | None = None

    def accept(self, run: Run, findings: Sequence[Finding]) -> Acceptance:
        """Part findings into those that count and those that are accepted."""
        kept: list[Finding] = []
        accepted: list[Accepted] = []
        expired: list[Accepted] = []
        for found in findings:
            entry = self.entry(run, found) or self.new(run, found)
            if entry is None:
                kept.append(found)
            elif self.expired(entry):
                kept.append(found)
                expired.append(Accepted(found, entry.reason, entry.expires))
            else:
                accepted.append(Accepted(found, entry.reason, entry.expires))
        return Acceptance(tuple(kept), tuple(accepted), tuple(expired))

    def expired(self, entry: Entry) -> bool:
        """Whether the last day of an entry has passed."""
        return entry.expires is not None and entry.expires < self.today

    def entry(self, run: Run, found: Finding) -> Entry | None:
        """Entry that accepts a finding, or did until it expired: in force first, then the nearest."""
        path, print_ = self.place(run.path), fingerprint(found, run)
        fitting = [
            (self.expired(entry), away, i)
            for i, entry in enumerate(self.entries)
            if entry.fits_run(path, printable(run.name))
            and (away := entry.distance(found, print_)) is not None
        ]
        return self.entries[min(fitting)[2]] if fitting else None

    def new(self, run: Run, found: Finding) -> Entry | None:
        """Entry for a finding that is being accepted now; None where none is."""
        if self.taking is None or found.severity < self.taking.level or found.code == BUDGET:
            return None
        return Entry(
            path=escape(self.place(run.path)),
            run=escape(printable(run.name)),
            code=found.code,
            fingerprint=fingerprint(found, run),
            severity=found.severity,
            reason=self.taking.reason,
        )

    def place(self, path: str) -> str:
        """Path of a log as entries have it: from the folder of the file, with slashes."""
        if path == "-" or "://" in path:
            return printable(path)
        absolute = os.path.abspath(path)  # noqa: PTH100 - a link stays the link that was named
        try:
            told = os.path.relpath(absolute, self.file.parent.absolute())
        except ValueError:  # another drive
            told = absolute
        return printable(Path(told).as_posix())


def printable(text: str) -> str:
    """Text as a file can hold it: a byte of a path that is no UTF-8 as its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
