"""What became of the entries of a baseline while logs were judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.baseline import Baseline, Entry, printable
from lossdoc.model import Verdict

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis, Finding


class Told(NamedTuple):
    """What is told of a baseline after all runs.

    Parameters
    ----------
    file
        As it was named.
    accepted
        Findings that it accepts.
    expired
        Entries whose finding is there, and counts again.
    stale
        Entries whose finding is gone, though its log was judged.
    written
        Whether the file was written anew, without the stale entries.
    added
        Entries that are new.
    unseen
        Entries on which nothing can be said: their logs, or their rules, did not judge.
    """

    file: str
    accepted: int = 0
    expired: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()
    written: bool = False
    added: tuple[tuple[Entry, str], ...] = ()
    unseen: int = 0


class Ledger:
    """Follows which entries are still needed."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._accepted = 0
        self._used: set[Entry] = set()
        self._gone: set[Entry] = set()
        self._open: set[Entry] = set()
        self._new: dict[Entry, str] = {}

    def see(self, diagnosis: Diagnosis) -> None:
        """Take one diagnosis."""
        self._accepted += len(diagnosis.accepted)
        present = [*diagnosis.findings, *(a.finding for a in diagnosis.accepted)]
        for found in present:
            self._present(diagnosis, found)
        run = diagnosis.run
        path, name = self._baseline.place(diagnosis.path), printable(run.name) if run else None
        silent = {*diagnosis.passed, *(f.code for f in present)}
        for entry in self._baseline.entries:
            if not entry.fits_run(path, name) and not (
                run is None and entry.fits_run(path, entry.run)
            ):
                continue
            if run is None or diagnosis.verdict is Verdict.INCONCLUSIVE:
                self._open.add(entry)
            elif entry.code in silent:
                self._gone.add(entry)

    def _present(self, diagnosis: Diagnosis, found: Finding) -> None:
        run = diagnosis.run
        if run is None:
            return
        entry = self._baseline.entry(run, found)
        if entry is not None:
            self._used.add(entry)
            return
        new = self._baseline.new(run, found)
        if new is not None:
            self._new.setdefault(new, found.message)

    @property
    def stale(self) -> tuple[Entry, ...]:
        """Entries whose finding is gone from every log that they are about."""
        gone = self._gone - self._used - self._open
        return tuple(entry for entry in self._baseline.entries if entry in gone)

    @property
    def added(self) -> tuple[tuple[Entry, str], ...]:
        """New entries, sorted, each with what was found."""
        return tuple(sorted(self._new.items(), key=lambda item: item[0][:5]))

    def told(self, file: str, *, written: bool = False) -> Told:
        """Return what is to be told."""
        seen = self._used | self._gone
        return Told(
            file=file,
            accepted=self._accepted,
            expired=tuple(
                e for e in self._baseline.entries if e in self._used and self._baseline.expired(e)
            ),
            stale=self.stale,
            written=written,
            added=self.added,
            unseen=sum(entry not in seen for entry in self._baseline.entries),
        )
