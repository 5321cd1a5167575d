"""Robust statistics of training curves: pure arrays in, numbers out, no opinions.

Medians instead of means throughout: up to half of the points of a window may be wild. Noise is
measured from differences, so a descent is not mistaken for noise.
"""

from lossdoc.arrays import median
from lossdoc.robust.extrapolate import Outlook, extrapolate
from lossdoc.robust.growth import largest_stable_rate
from lossdoc.robust.stats import (
    Swing,
    autocorrelation,
    block_medians,
    difference_noise,
    mad,
    mann_kendall,
    running_median,
    swings,
    trailing_median,
)
from lossdoc.robust.trend import Slope, theil_sen

__all__ = [
    "Outlook",
    "Slope",
    "Swing",
    "autocorrelation",
    "block_medians",
    "difference_noise",
    "extrapolate",
    "largest_stable_rate",
    "mad",
    "mann_kendall",
    "median",
    "running_median",
    "swings",
    "theil_sen",
    "trailing_median",
]
