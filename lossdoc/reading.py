"""From a path, a table or a mapping to a run: ``lossdoc.load`` and ``lossdoc.load_all``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lossdoc.arguments import in_memory, kind, refuse
from lossdoc.errors import UsageError
from lossdoc.model import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    Named = str | os.PathLike[str]
    Paths = Named | Sequence[Named]
    Log = Named | Run | pd.DataFrame | Mapping[str, Any]

__all__ = ["load", "load_all"]


def load(
    log: Log,
    *,
    format: str | None = None,  # noqa: A002 - as on the command line
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> Run:
    """Read one run.

    Parameters
    ----------
    log
        A file or folder; or a DataFrame, or a mapping of arrays (name -> values, or
        name -> (steps, values)); a run is returned as it is.
    format, mapping, step_column
        As in `Settings`.

    Raises
    ------
    SourceError
        It cannot be read, or holds no loss.
    UsageError
        It is nothing of these, or holds several runs; an argument is wrong, or does not go with it.
    """
    if isinstance(log, Run):
        refuse(log, format=format, mapping=mapping, step_column=step_column)
        return log
    if in_memory(log):
        refuse(log, format=format)
        return _from_memory(log, mapping, step_column)
    if not isinstance(log, str | os.PathLike):
        raise UsageError(
            f"{kind(log)} is no log",
            hint="a path, a DataFrame, a mapping such as {'train_loss': values}, or a Run",
        )
    runs = load_all(log, format=format, mapping=mapping, step_column=step_column)
    if len(runs) > 1:
        raise UsageError(
            f"{log} holds {len(runs)} runs",
            details=tuple(run.name or run.path for run in runs[:10]),
            hint="load_all and analyze_all take all of them",
        )
    return runs[0]


def load_all(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    mapping: Mapping[str, str] | None = None,
    step_column: str | None = None,
) -> list[Run]:
    """Read every run of a file or folder.

    Raises
    ------
    SourceError
        Something in it cannot be read, or there is no log.
    UsageError
        An unknown format or channel was named.
    """
    from lossdoc.sources import open_runs

    return open_runs(path, format=format, mapping=mapping, step_column=step_column)


def _from_memory(log: Any, mapping: Mapping[str, str] | None, step_column: str | None) -> Run:
    from lossdoc.sources import frames

    make = frames.run_from_mapping if isinstance(log, Mapping) else frames.run_from_frame
    return make(log, mapping=mapping, step_column=step_column)
