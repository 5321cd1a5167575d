"""When a growing log is worth judging again, and what rings before that.

The rules look at a whole curve, so judging costs what the log holds. Judging after every row would
cost the square of it; so a log is judged when it has grown by a tenth (all judgements together then
cost about as much as eleven of the whole log), or as soon as judging has become cheap beside the
time that has passed. A bell looks at every new value, which costs next to nothing, and asks for a
judgement at once where a number breaks down or leaves the recent band.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

GROWTH = 0.1
"""A log is judged again when it has grown by this share."""

SHARE = 0.01
"""Judging may take this share of the time on top."""

_FIRST_RING = 0.01
"""Growth since the last judgement from which the bell is heard."""

_BAND = 64
"""Finite values that make the recent band."""

_FEWEST = 16
_FAR = 3.0
"""How many widths of the band above it a value is far."""


class Pace:
    """Says when to judge a growing log.

    Parameters
    ----------
    fewest
        Growth below which a log is not judged again, in the unit of its size; the first judgement
        waits for as much.
    share
        Share of the time that judging may take besides.

    Notes
    -----
    A ring that leads to nothing new doubles the growth after which the next one is heard, up to a
    tenth; so a bell that never stops cannot make judging dear.
    """

    def __init__(self, fewest: float = 1.0, share: float = SHARE) -> None:
        self.share = share
        self._fewest = fewest
        self._size = 0.0
        self._grown = fewest
        self._free = math.inf
        self._quiet = _FIRST_RING
        self._rung = False

    def due(self, size: float, now: float, *, rung: bool = False) -> bool:
        """Whether to judge a log of this size now; the answer yes starts the next stretch.

        Parameters
        ----------
        size
            Of the log, in any unit that grows with it.
        now
            Seconds on a clock that never goes back.
        rung
            Whether a bell has rung since the last judgement.
        """
        growth = size - self._size
        if growth <= 0 or (growth < self._fewest and not rung):
            return False
        heard = rung and growth >= self._quiet * self._size
        if not (heard or size >= self._grown or now >= self._free):
            return False
        self._size = size
        self._grown = size * (1 + GROWTH)
        self._free = math.inf
        self._rung = rung
        return True

    def judged(self, now: float, seconds: float, *, news: bool) -> None:
        """Take what the judgement cost, and whether it said something new."""
        self._free = now + seconds / self.share
        if not self._rung or news:
            self._quiet = max(self._quiet / 2, _FIRST_RING)
        else:
            self._quiet = min(self._quiet * 2, GROWTH)


class Bell:
    """Rings where a number breaks down or leaves the band of the recent ones."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_BAND)
        self._limit = math.inf
        self._stale = 0

    def hear(self, value: float) -> bool:
        """Take the next value; whether it rings.

        >>> bell = Bell()
        >>> [bell.hear(1 + 0.1 * (i % 5)) for i in range(40)].count(True)
        0
        >>> bell.hear(1.5), bell.hear(9.0), bell.hear(float("nan"))
        (False, True, True)
        """
        if not math.isfinite(value):
            return True
        if self._stale <= 0:
            self._limit = self._measure()
            self._stale = _FEWEST
        self._stale -= 1
        self._recent.append(value)
        return value > self._limit

    def hear_all(self, values: Iterable[float]) -> bool:
        """Take the next values; whether any of them rings."""
        return sum(self.hear(float(value)) for value in values) > 0

    def _measure(self) -> float:
        """Highest value that is still near the recent band."""
        n = len(self._recent)
        if n < _FEWEST:
            return math.inf
        band = sorted(self._recent)
        low, high = band[n // 10], band[n - 1 - n // 10]
        return high + _FAR * max(high - low, 1e-3 * abs(high))
