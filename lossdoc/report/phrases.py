"""Numbers, steps and settings in words, the same in every report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossdoc.model import Finding, Run, Setting

_UNITS = {"step": "step", "epoch": "epoch", "tokens": "token", "row": "row"}

_LACKING = {
    "effect": "a small effect",
    "points": "few points",
    "agreement": "not every channel agrees",
    "measured": "sure findings of this rule were wrong too often",
    "record": "how often this rule is right was not measured",
}
"""What a missing factor of confidence means."""


def number(value: float) -> str:
    """Write a measured number with three or four significant digits.

    >>> number(0.40912), number(13.1), number(31415.9), number(2.5e-6), number(float("nan"))
    ('0.409', '13.1', '31,416', '2.50e-06', 'NaN')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    if abs(value) >= 1e9 or abs(value) < 1e-3:
        return f"{value:.2e}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def tick(value: float) -> str:
    """Write a number for an axis: short, and never longer than eight characters."""
    text = number(value)
    return text if len(text) <= 8 else f"{value:.1e}"


def coordinate(value: float) -> str:
    """Write a step, epoch or row.

    >>> coordinate(1899.0), coordinate(2.5)
    ('1,899', '2.5')
    """
    if math.isfinite(value) and value == round(value):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def position(axis: str, value: float) -> str:
    """Write a place in a run: ``step 1,899``, ``epoch 2.5``."""
    return f"{_UNITS.get(axis, axis)} {coordinate(value)}"


def plural(count: int, thing: str) -> str:
    """Write a count: ``1 error``, ``2 errors``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def axis_plural(axis: str) -> str:
    """Name what a run is counted in: ``steps``."""
    return f"{_UNITS.get(axis, axis)}s"


def setting(value: Setting) -> str:
    """Write the value of a hyper-parameter; None is one that the log does not tell.

    >>> setting(0.003), setting(3e-05), setting(60), setting(True), setting(None)
    ('0.003', '3e-05', '60', 'true', 'not logged')
    """
    if value is None:
        return "not logged"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) or (isinstance(value, float) and value == round_safely(value)):
        return coordinate(float(value))
    return f"{value:.4g}" if isinstance(value, float) else value


def round_safely(value: float) -> float:
    """Round to a whole number; what is not finite stays."""
    return float(round(value)) if math.isfinite(value) else value


def duration(seconds: float) -> str:
    """Write a duration in its two largest units.

    >>> duration(4325), duration(75), duration(8.2)
    ('1 h 12 min', '1 min 15 s', '8 s')
    """
    rest = round(seconds)
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])


def passed_over(count: int) -> str:
    """Say how many files of folders were left out."""
    return "1 file is no log" if count == 1 else f"{count:,} files are no logs"


def doubts(finding: Finding) -> str:
    """Name the factors of confidence that a finding lacks, or return an empty string."""
    lacking = [name for name, holds in finding.factors.items() if not holds]
    return ", ".join(_LACKING.get(name, f"no {name.replace('_', ' ')}") for name in lacking)


def title(path: str, run: Run | None) -> str:
    """Name of a run: its path, and its own name where a file holds several."""
    return f"{path} [{run.name}]" if run is not None and run.name else path
