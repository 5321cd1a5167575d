"""Integers times powers of ten, rounded as ``float`` rounds, for many numbers at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints

_LOWEST, _HIGHEST = -45, 25
"""Powers of ten at hand; no product of these with a mantissa is subnormal or overflows."""
_EXACT = np.array([10.0**k for k in range(23)])
_TOP = np.int64(-1 << 27)
"""Mask of a float64 that keeps its upper 26 bits."""
_DOUBT = 2.0**-73
"""Above the relative error of the sum of two that a product is, far below half a unit in the last
place."""


@cache
def _powers() -> tuple[Floats, Floats]:
    """Powers of ten as unevaluated sums of two float64: the upper 26 bits, and the rest."""
    upper, rest = [], []
    for power in range(_LOWEST, _HIGHEST + 1):
        top, bottom = (10**power, 1) if power >= 0 else (1, 10**-power)
        upper.append(float(_upper(np.array([top / bottom]))[0]))
        a, b = upper[-1].as_integer_ratio()
        rest.append((top * b - a * bottom) / (bottom * b))
    return np.array(upper), np.array(rest)


def scaled(mantissa: NDArray[np.uint64], power: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Product of integers and powers of ten, and where its rounding is in doubt."""
    x = mantissa.astype(np.float64)
    lowest, highest = power.min(), power.max()
    if lowest >= -22 and highest <= 0 and mantissa.max() <= 2**53:
        # Both are exact, so that the one division rounds correctly (Clinger 1990).
        return x / _EXACT.take(-power, mode="clip"), np.zeros(len(x), bool)
    place = power - _LOWEST
    y_upper, y_rest = (table.take(place, mode="clip") for table in _powers())
    x_upper = _upper(x)
    x_rest = (mantissa - x_upper.astype(np.uint64)).view(np.int64)
    # The product of the upper halves is exact, and the rest is 2**-24 of it at most.
    product, rest = x_upper * y_upper, x_upper * y_rest
    y_rest += y_upper
    y_rest *= x_rest
    rest += y_rest
    values = product + rest
    rest -= values - product
    doubt = values * _DOUBT
    doubtful = values + (rest - doubt) != values + (rest + doubt)
    if lowest < _LOWEST or highest > _HIGHEST:
        doubtful |= (power < _LOWEST) | (power > _HIGHEST)
    return values, doubtful


def _upper(x: Floats) -> Floats:
    """Floats cut to their upper 26 bits, so that the product of two is exact."""
    upper: Floats = (x.view(np.int64) & _TOP).view(np.float64)
    return upper
