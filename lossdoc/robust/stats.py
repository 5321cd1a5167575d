"""Medians, noise, trends and swings of one-dimensional arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.arrays import median, unique

if TYPE_CHECKING:
    from lossdoc.model import Floats, Ints

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation of a normal distribution times this is its standard deviation."""

MEDIAN_SE = 1.2533
"""Standard error of a median of k normal values: this times sigma / sqrt(k)."""

_EXACT_CELLS = 4_000_000
"""Up to this many window cells a running median is computed at every point."""

_EXACT_TURNS = 100_000
"""Up to this many points a zig-zag looks at every local extreme."""

_EXACT_PAIRS = 1000
"""Up to this many points Mann-Kendall looks at every pair."""


def _window_medians(windows: Floats) -> Floats:
    """Return the median of each row of float64[k, width]."""
    width = windows.shape[1]
    half = width // 2
    if width % 2:
        return np.asarray(np.partition(windows, half, axis=1)[:, half])
    part = np.partition(windows, (half - 1, half), axis=1)
    return np.asarray((part[:, half - 1] + part[:, half]) / 2)


def mad(values: Floats) -> float:
    """Median absolute deviation about the median, scaled to a standard deviation; 0 if empty."""
    if not len(values):
        return 0.0
    return MAD_TO_SIGMA * median(np.abs(values - median(values)))


def difference_noise(values: Floats) -> float:
    """Standard deviation of point-to-point noise, blind to slow trends.

    The differences of independent noise have sqrt(2) times its standard deviation.
    """
    return mad(np.diff(values)) / np.sqrt(2.0) if len(values) > 2 else 0.0


def running_median(values: Floats, width: int) -> Floats:
    """Centred running median of odd ``width``; windows shrink at both ends.

    Long arrays with wide windows are evaluated at every (width // 8)-th point and interpolated:
    a median of a window changes little when an eighth of it is replaced.

    Returns
    -------
    float64[n]
    """
    n = len(values)
    half = min(width // 2, (n - 1) // 2) if n else 0
    if half <= 0:
        return np.asarray(values, dtype=np.float64).copy()
    full = 2 * half + 1
    windows = np.lib.stride_tricks.sliding_window_view(values, full)
    hop = 1 if n * full <= _EXACT_CELLS else max(1, full // 8)
    inner = _every(len(windows), hop)
    edge = _every(half, hop)
    left = [median(values[: 2 * i + 1]) for i in edge]
    right = [median(values[n - 2 * i - 1 :]) for i in edge[::-1]]
    centres = np.concatenate((edge, half + inner, n - 1 - edge[::-1]))
    medians = np.concatenate((left, _window_medians(windows[inner]), right))
    return medians if hop == 1 else np.interp(np.arange(n), centres, medians)


def _every(count: int, hop: int) -> Ints:
    """Return 0, hop, 2 hop ... and the last index below ``count``."""
    indices = np.arange(0, count, hop)
    return indices if indices[-1] == count - 1 else np.append(indices, count - 1)


def trailing_median(values: Floats, width: int) -> Floats:
    """Median of up to ``width`` values before each point; NaN at the first.

    Returns
    -------
    float64[n]
    """
    n = len(values)
    out = np.full(n, np.nan)
    for i in range(1, min(width, n)):
        out[i] = median(values[:i])
    if n > width:
        windows = np.lib.stride_tricks.sliding_window_view(values, width)[: n - width]
        hop = 1 if n * width <= _EXACT_CELLS else max(1, width // 8)
        medians = _window_medians(windows[::hop])
        # Between two evaluations the older one stands: a baseline must not look ahead.
        out[width:] = np.repeat(medians, hop)[: n - width]
    return out


def block_medians(values: Floats, blocks: int) -> Floats:
    """Medians of ``blocks`` consecutive blocks of (nearly) equal size; fewer if n is smaller."""
    count = min(blocks, len(values))
    if count == 0:
        return np.empty(0)
    return np.array([median(part) for part in np.array_split(values, count)])


def mann_kendall(values: Floats) -> float:
    """Standard score of the Mann-Kendall trend test, with tie and continuity correction.

    Above 2.33: rising at p < 0.01, one-sided; 0 for fewer than 3 points. Long arrays are reduced
    to block medians first, which also removes autocorrelation.

    References
    ----------
    Mann 1945, Econometrica 13:245; Kendall 1975, Rank Correlation Methods.
    """
    if len(values) > _EXACT_PAIRS:
        values = block_medians(values, _EXACT_PAIRS)
    n = len(values)
    if n < 3:
        return 0.0
    signs = np.sign(values[None, :] - values[:, None])
    score = float(np.triu(signs, 1).sum())
    variance = kendall_variance(values)
    if variance <= 0:
        return 0.0
    return float((score - np.sign(score)) / np.sqrt(variance))


def kendall_variance(values: Floats) -> float:
    """Variance of Kendall's score (pairs that rise minus pairs that fall) without any trend."""
    n = len(values)
    ties = np.unique(values, return_counts=True)[1].astype(np.float64)
    tied = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    return (n * (n - 1) * (2 * n + 5) - tied) / 18.0


def autocorrelation(values: Floats, longest: int) -> Floats:
    """Autocorrelation at the lags 0..longest; zeros where the values are constant.

    Returns
    -------
    float64[longest + 1]
    """
    centred = values - values.mean() if len(values) else values
    n = len(centred)
    longest = min(longest, n - 1)
    if n < 2:
        return np.zeros(max(longest, 0) + 1)
    size = 1 << int(2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    raw = np.fft.irfft(spectrum * np.conj(spectrum), size)[: longest + 1]
    return raw / raw[0] if raw[0] > 0 else np.zeros(longest + 1)


class Swing(NamedTuple):
    """One rise and fall of a zig-zag: indices of its valley, peak and next valley."""

    valley: int
    peak: int
    end: int
    height: float
    """Rise from the valley to the peak."""
    fall: float
    """Fall from the peak to the next valley (so far)."""


def swings(values: Floats, height: float) -> list[Swing]:
    """Up-swings of at least ``height`` that are followed by a fall of at least ``height``.

    A zig-zag reading: moves smaller than ``height`` do not count, a swing counts once.
    """
    found: list[Swing] = []
    points = _turning_points(values, height)
    for (a, kind), (b, _), (c, _) in zip(points, points[1:], points[2:], strict=False):
        if kind < 0:
            found.append(Swing(a, b, c, float(values[b] - values[a]), float(values[b] - values[c])))
    return found


def _turning_points(values: Floats, height: float) -> list[tuple[int, int]]:
    """Alternating (index, -1 valley / +1 peak) whose neighbours differ by at least ``height``."""
    if len(values) == 0 or height <= 0:
        return []
    points: list[tuple[int, int]] = []
    low = high = 0
    direction = 0
    for i in _candidates(values):
        if values[i] > values[high]:
            high = i
        if values[i] < values[low]:
            low = i
        if direction <= 0 and values[i] - values[low] >= height:
            points.append((low, -1))
            direction, high = 1, i
        elif direction >= 0 and values[high] - values[i] >= height:
            points.append((high, 1))
            direction, low = -1, i
        if direction > 0 and values[i] >= values[high]:
            high = low = i
        elif direction < 0 and values[i] <= values[low]:
            low = high = i
    points.append((high, 1) if direction > 0 else (low, -1))
    return points


def _candidates(values: Floats) -> Ints:
    """Return the indices of local extremes: only there can a zig-zag turn.

    Of a very long array, the lowest and the highest point of each small block.
    """
    n = len(values)
    if n < 3:
        return np.arange(n)
    if n > _EXACT_TURNS:
        size = n // (_EXACT_TURNS // 4)
        grid = values[: n - n % size].reshape(-1, size)
        starts = np.arange(len(grid)) * size
        chosen = np.concatenate((starts + grid.argmin(axis=1), starts + grid.argmax(axis=1)))
        return unique(np.concatenate((chosen, np.arange(n - n % size, n))))
    step = np.sign(np.diff(values))
    inner = np.flatnonzero(step[1:] != step[:-1]) + 1
    return np.concatenate(([0], inner, [len(values) - 1]))
