"""Durations as people write them."""

from __future__ import annotations

import math
import re

from lossdoc.errors import UsageError

_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d|)")


def seconds(text: str, option: str) -> float:
    """Read a duration: ``10s``, ``15m``, ``1.5h``; a plain number counts seconds.

    Raises
    ------
    UsageError
        It is none, or not above zero.

    Examples
    --------
    >>> seconds("15m", "--stall")
    900.0
    """
    found = _DURATION.fullmatch(text.strip().lower())
    value = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < value < math.inf:
        raise UsageError(f"{option} {text}: no duration above zero", hint=f"{option} 10s, 15m, 2h")
    return value
