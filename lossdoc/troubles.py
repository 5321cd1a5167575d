"""What is wrong with plug-ins, each thing told once."""

from __future__ import annotations

from typing import NamedTuple

FAILURES = (Exception, SystemExit)
"""What code of others may raise without an effect on lossdoc: ``sys.exit`` is no verdict."""

_told: dict[tuple[str, str], Trouble] = {}
_kept: list[Trouble] | None = None


class Trouble(NamedTuple):
    """Something that a plug-in did wrong.

    Parameters
    ----------
    plugin
        Name of its entry point.
    what
        What happened; of one kind the first is told.
    reason
        What happened and why, without a full stop.
    error
        What was raised, with its traceback.
    """

    plugin: str
    what: str
    reason: str
    error: BaseException

    @classmethod
    def of(cls, plugin: str, what: str, error: BaseException) -> Trouble:
        """Put it into words."""
        text = f"{type(error).__name__}: {error}".removesuffix(": ")
        return cls(plugin, what, f"{what}: {' '.join(text.split())[:300]}", error)

    def __str__(self) -> str:
        return f"plug-in {self.plugin}: {self.reason}"


def tell(trouble: Trouble) -> None:
    """Log a trouble when it is new, or keep it for `collected` where somebody asked for that."""
    key = (trouble.plugin, trouble.what)
    if key in _told:
        return
    _told[key] = trouble
    if _kept is not None:
        _kept.append(trouble)
        return
    import logging

    logging.getLogger("lossdoc").warning("%s", trouble, exc_info=trouble.error)


def collect() -> None:
    """Keep troubles for `collected` from now on: the command line has its own way of telling."""
    global _kept  # noqa: PLW0603 - of the process, as the imported plug-ins are
    _kept = _kept or []


def collected() -> list[Trouble]:
    """Return what was kept since the last call."""
    found = list(_kept or ())
    if _kept:
        _kept.clear()
    return found
