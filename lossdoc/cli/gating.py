"""What a gate holds beside the rules: accepted findings, and budgets over several runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.errors import UsageError
from lossdoc.model import EACH, Severity

if TYPE_CHECKING:
    from lossdoc.api import Settings
    from lossdoc.baseline import Baseline
    from lossdoc.baseline.ledger import Ledger, Told
    from lossdoc.budgets.groups import Groups, Shared
    from lossdoc.config import Config
    from lossdoc.model import Budget, Diagnosis, Limit


class Accepting(NamedTuple):
    """What the command line says about accepted findings.

    Parameters
    ----------
    write
        Whether the present findings are to be accepted, too.
    reason
        Why.
    """

    write: bool = False
    reason: str = ""


def baseline_of(config: Config, asked: Accepting, level: Severity | None) -> Baseline | None:
    """Read the baseline that is in force; None where there is none.

    Parameters
    ----------
    level
        Severity from which findings are accepted where a baseline is written.

    Raises
    ------
    UsageError
        It is missing or malformed, or what is asked for does not fit together.
    """
    path = config.path("baseline")
    if asked.reason and not asked.write:
        raise UsageError("--reason goes with --write-baseline")
    if not asked.write:
        if path is None:
            return None
        from lossdoc.baseline import files

        return files.read(path)
    from lossdoc.baseline import Baseline, Taking, files

    if path is None:
        raise UsageError("--write-baseline needs a file", hint=f"--baseline {files.NAME}")
    if not asked.reason.strip():
        raise UsageError(
            "--write-baseline needs a reason for what is accepted",
            hint='--reason "known: the loader repeats a shard"',
        )
    if level is None:
        raise UsageError("nothing is at or above --fail-on never, so nothing can be accepted")
    files.writable(path)
    found = files.read(path) if path.exists() else Baseline(path)
    return Baseline(path, found.entries, taking=Taking(level, asked.reason.strip()))


class Gate:
    """Follows all runs of a command.

    Parameters
    ----------
    config, settings
        In force.
    level
        Severity from which the exit code is 1; None for never.
    going_on
        Whether the runs go on, so that they may still come within their limits.
    """

    def __init__(
        self, config: Config, settings: Settings, level: Severity | None, *, going_on: bool = False
    ) -> None:
        self._level = level
        self._total_steps = settings.total_steps
        shared = tuple(limit for limit in config.budgets if limit.aggregate != EACH)
        self._shared = () if going_on else shared
        self._baseline = settings.baseline
        self._ledger: Ledger | None = None
        self._groups: Groups | None = None
        if self._baseline is not None:
            from lossdoc.baseline.ledger import Ledger

            self._ledger = Ledger(self._baseline)

    def see(self, diagnosis: Diagnosis, *, many: bool) -> Diagnosis:
        """Take one diagnosis, and hold a single run against all budgets."""
        if self._ledger is not None:
            self._ledger.see(diagnosis)
        if not self._shared:
            return diagnosis
        if not many:
            from lossdoc.budgets import applied

            return applied(diagnosis, self._shared, self._total_steps)
        if self._groups is None:
            from lossdoc.budgets.groups import Groups

            self._groups = Groups(self._shared, self._total_steps)
        self._groups.add(diagnosis)
        return diagnosis

    def budgets(self) -> tuple[Shared, ...]:
        """Return what the budgets over several runs came to."""
        return () if self._groups is None else self._groups.judged()

    def outcome(self, shared: Shared) -> tuple[Budget, bool]:
        """Return a budget over several runs, and whether it closes the gate."""
        budget = shared.budget
        counts = self._level is not None and budget.limit.level >= self._level
        return budget, counts and budget.broken is not None

    def accepted(self) -> Told | None:
        """Return what is told of the baseline, once it is written if that was asked for.

        Raises
        ------
        UsageError
            It cannot be written.
        """
        baseline, ledger = self._baseline, self._ledger
        if baseline is None or ledger is None:
            return None
        written = False
        if baseline.taking is not None:
            from lossdoc.baseline import files

            files.written(baseline, ledger.stale, ledger.added)
            written = True
        return ledger.told(str(baseline.file), written=written)


def limits_of(config: Config) -> tuple[Limit, ...]:
    """Return the budgets that every run has to keep by itself."""
    return tuple(limit for limit in config.budgets if limit.aggregate == EACH)
