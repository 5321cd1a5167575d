"""What can go wrong, as exceptions that tell a user what, where and what next.

::

    LossdocError                 anything lossdoc says about its input or its settings
    ├── LossdocFindings          a diagnosis has findings, for programs that ask (exit code 1)
    ├── SourceError              a log could not be judged (exit code 3)
    │   ├── UnreadableLog        missing, not permitted, broken, or no known format
    │   ├── NoUsableMetric       read, but it holds no loss (or is not a training log)
    │   └── AmbiguousMetric      a name given by the user fits no column, or several
    └── UsageError               the command or a setting is wrong (exit code 2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class LossdocError(Exception):
    """Base of everything that lossdoc raises on purpose.

    Parameters
    ----------
    message
        What happened and where, one sentence.
    details
        What was seen, one line each.
    hint
        What to try next, or an empty string.
    """

    def __init__(self, message: str, *, details: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint


class LossdocFindings(LossdocError):  # noqa: N818 - reads as what it is
    """A diagnosis has findings that count; raised by ``Diagnosis.raise_for_findings``.

    Parameters
    ----------
    details
        A line for each finding: severity, code, name and onset.
    diagnosis
        The `lossdoc.Diagnosis`.
    """

    def __init__(
        self, message: str, *, details: tuple[str, ...] = (), hint: str = "", diagnosis: Any = None
    ) -> None:
        super().__init__(message, details=details, hint=hint)
        self.diagnosis = diagnosis


class SourceError(LossdocError):
    """A log could not be judged; the verdict is *inconclusive*."""


class UnreadableLog(SourceError):  # noqa: N818 - reads as what it is
    """The file is missing, not permitted, broken, or of no known format."""


class NoUsableMetric(SourceError):  # noqa: N818
    """The file was read, but it holds no loss, or is no training log."""


class AmbiguousMetric(SourceError):  # noqa: N818
    """A column that the user named does not exist, or several fit."""


class UsageError(LossdocError):
    """The command line or a setting is wrong."""


def near(name: str, names: Iterable[str]) -> str:
    """Return a clause with the likeliest of some names, or nothing."""
    import difflib

    found = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {found[0]}?" if found else ""
