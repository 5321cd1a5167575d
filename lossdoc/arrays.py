"""What numpy does more slowly, or by importing more, than start-up allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Scalar = TypeVar("_Scalar", np.float64, np.int64)


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


def row_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of each row of a table; NaN for rows that hold one."""
    n = values.shape[1]
    ordered = np.sort(values, axis=1)
    middle = (ordered[:, (n - 1) // 2] + ordered[:, n // 2]) / 2
    return np.where(np.isnan(ordered[:, -1]), np.nan, middle)


def quantile(values: NDArray[np.float64], share: float) -> float:
    """Value below which a share of the values lies, between two of them by a straight line.

    Bit for bit as `numpy.quantile`, without importing masked arrays; NaN if one is, or there is none.
    """
    n = len(values)
    if n == 0:
        return float("nan")
    place = share * (n - 1)
    low = int(place)
    high = min(low + 1, n - 1)
    ordered = np.partition(values, (low, high, n - 1))
    if np.isnan(ordered[-1]):
        return float("nan")
    part = place - low
    a, b = ordered[low], ordered[high]
    return float(b - (b - a) * (1 - part) if part >= 0.5 else a + (b - a) * part)


def unique(values: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """Sorted values, each once: as `numpy.unique` of finite numbers, without masked arrays."""
    ordered = np.sort(values, axis=None)
    if len(ordered) < 2:
        return ordered
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]
