"""What numpy does more slowly, or by importing more, than start-up allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def median(values: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Median of the values; NaN if there is none.

    As `numpy.median`, without what that does for masked arrays (and without importing them).
    """
    n = len(values)
    if n == 0:
        return float("nan")
    half = n // 2
    if n % 2:
        return float(np.partition(values, half)[half])
    low, high = np.partition(values, (half - 1, half))[half - 1 : half + 1]
    return (
        float(low + (high - low) / 2)
        if np.isfinite(low) and np.isfinite(high)
        else float(low + high)
    )
