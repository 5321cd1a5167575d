"""What a Python program asks for: its arguments, over the settings of a file if it names one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.arguments import words
from lossdoc.model import Confidence
from lossdoc.settings import confidence_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from lossdoc.model import Limit
    from lossdoc.rules.base import Rule

    Source = str | os.PathLike[str] | Mapping[str, Any] | None


class Asked(NamedTuple):
    """Arguments of `lossdoc.analyze`, checked.

    Parameters
    ----------
    mapping, step_column
        Columns that the settings name; empty without them.
    """

    rules: Sequence[Rule]
    min_confidence: Confidence
    limits: Sequence[Limit]
    baseline: Path | None
    require: Sequence[str]
    mapping: Mapping[str, str]
    step_column: str | None


def asked(
    config: Source,
    *,
    select: str | Sequence[str],
    ignore: str | Sequence[str],
    min_confidence: str | Confidence | None,
    budgets: Mapping[str, Mapping[str, Any]],
    baseline: str | os.PathLike[str] | None,
    require: str | Sequence[str],
) -> Asked:
    """Return what is asked for; an argument wins over the setting of its name.

    Raises
    ------
    UsageError
        An argument or a setting is wrong, or the file cannot be read.
    """
    path = None if baseline is None else Path(baseline)
    if config is None:
        from lossdoc.budgets.names import limits_of
        from lossdoc.selection import select as choose

        return Asked(
            rules=choose(words(select), words(ignore)),
            min_confidence=confidence_of(min_confidence or Confidence.MEDIUM),
            limits=limits_of(budgets) if budgets else (),
            baseline=path,
            require=words(require),
            mapping={},
            step_column=None,
        )
    from lossdoc.config import of

    lists = {"select": words(select), "ignore": words(ignore), "require": words(require)}
    given: dict[str, Any] = {name: list(told) for name, told in lists.items() if told}
    given |= {f"budgets.{measure}": limits for measure, limits in budgets.items()}
    settings = of(config).replaced(given, "arguments")
    columns = settings.mapping
    return Asked(
        rules=settings.rules(),
        min_confidence=confidence_of(min_confidence or settings["min-confidence"]),
        limits=settings.budgets,
        baseline=path or settings.path("baseline"),
        require=settings["require"],
        step_column=columns.pop("step", None),
        mapping=columns,
    )
