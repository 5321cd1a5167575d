"""What is wrong with plug-ins, each thing told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

FAILURES = (Exception, SystemExit)
"""What code of others may raise without an effect on lossdoc: ``sys.exit`` is no verdict."""

_told: dict[tuple[str, str], Trouble] = {}
_listener: Callable[[Trouble], None] | None = None


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
        try:
            text = f"{type(error).__name__}: {error}".removesuffix(": ")
        except Exception:  # noqa: BLE001 - an exception of somebody else, which cannot be told
            text = type(error).__name__
        return cls(plugin, what, f"{what}: {' '.join(text.split())[:300]}", error)

    def __str__(self) -> str:
        return f"plug-in {self.plugin}: {self.reason}"


def tell(trouble: Trouble) -> None:
    """Log a trouble where it is the first of its kind, or hand it to whoever listens."""
    key = (trouble.plugin, trouble.what)
    if key in _told:
        return
    _told[key] = trouble
    if _listener is not None:
        _listener(trouble)
        return
    import logging

    logging.getLogger("lossdoc").warning("%s", trouble, exc_info=trouble.error)


def listen(listener: Callable[[Trouble], None] | None) -> None:
    """Hand troubles to a function in place of the log: the command line has its own way."""
    global _listener  # noqa: PLW0603 - of the process, as the imported plug-ins are
    _listener = listener
