"""What stands behind the methods by which a diagnosis and a comparison show themselves.

Each has a module with the same functions: ``document``, ``fragment``, ``lines``, ``line``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossdoc.report.spans import plain
from lossdoc.report.terminal import MOST_READABLE, rich_style

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from rich.text import Text

__all__ = ["coloured", "of", "report"]

_WIDTH = 80


def of(shown: Any) -> ModuleType:
    """Return the module that shows an object."""
    from lossdoc.model import Diagnosis

    if isinstance(shown, Diagnosis):
        from lossdoc.showing import diagnosis

        return diagnosis
    from lossdoc.showing import comparison

    return comparison


def report(shown: Any) -> str:
    """Return what the command line prints, without colours."""
    return "\n".join(map(plain, of(shown).lines(shown, _WIDTH)))


def coloured(shown: Any, width: int) -> Iterator[Text]:
    """Yield what the command line prints, for Rich."""
    from rich.text import Text

    for parts in of(shown).lines(shown, min(width, MOST_READABLE)):
        told = Text(no_wrap=True, overflow="ignore")
        for part in parts:
            told.append(part.text, rich_style(part.style))
        yield told
