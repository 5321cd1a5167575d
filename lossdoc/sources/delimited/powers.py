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
_SPLIT = 134217729.0
_DOUBT = 2.0**-98
"""Above the relative error of a double-double product, far below half a unit in the last place."""


@cache
def _powers() -> tuple[Floats, Floats]:
    """Powers of ten as unevaluated sums of two float64, each correctly rounded."""
    high, low = [], []
    for power in range(_LOWEST, _HIGHEST + 1):
        top, bottom = (10**power, 1) if power >= 0 else (1, 10**-power)
        a, b = (top / bottom).as_integer_ratio()
        high.append(a / b)
        low.append((top * b - a * bottom) / (bottom * b))
    return np.array(high), np.array(low)


def scaled(mantissa: NDArray[np.uint64], power: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Product of integers and powers of ten, and where its rounding is in doubt."""
    x = mantissa.astype(np.float64)
    if power.min() >= -22 and power.max() <= 0 and mantissa.max() <= 2**53:
        # Both are exact, so that the one division rounds correctly (Clinger 1990).
        return x / _powers()[0][-power - _LOWEST], np.zeros(len(x), bool)
    high, low = _powers()
    y = high.take(power - _LOWEST, mode="clip")
    product, error = _exact_product(x, y)
    error += x * low.take(power - _LOWEST, mode="clip")
    error += (mantissa - x.astype(np.uint64)).view(np.int64) * y
    doubt = product * _DOUBT
    values = product + (error + doubt)
    doubtful = values != product + (error - doubt)
    if power.min() < _LOWEST or power.max() > _HIGHEST:
        doubtful |= (power < _LOWEST) | (power > _HIGHEST)
    return values, doubtful


def _exact_product(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Product and its rounding error (Dekker 1971)."""
    product = x * y
    x_high, y_high = _upper_half(x), _upper_half(y)
    x_low, y_low = x - x_high, y - y_high
    error = x_high * y_high
    error -= product
    error += x_high * y_low
    error += x_low * y_high
    error += x_low * y_low
    return product, error


def _upper_half(x: Floats) -> Floats:
    t = _SPLIT * x
    return t - (t - x)
