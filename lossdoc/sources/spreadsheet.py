"""Excel sheets (``.xlsx``), by way of pandas and openpyxl."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.errors import UnreadableLog
from lossdoc.sources.base import Column, Table
from lossdoc.sources.blank import with_blank_nans

if TYPE_CHECKING:
    from lossdoc.sources.base import Source

FORMAT = "spreadsheet"

_ZIP = b"PK\x03\x04"


def sniff(source: Source) -> str | None:
    """Accept a zip archive that holds a workbook."""
    if not source.head.startswith(_ZIP) or source.path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return None
    return "Excel workbook, first sheet"


def read(source: Source) -> list[Table]:
    """Read the first sheet, whose first row names the columns.

    Raises
    ------
    UnreadableLog
        openpyxl is not installed, or the workbook is damaged.
    """
    if find_spec("openpyxl") is None:
        raise UnreadableLog(
            f"{source.display} is an Excel workbook, and openpyxl is not installed",
            hint='pip install "lossdoc[excel]", or save the sheet as CSV',
        )
    import pandas as pd

    try:
        frame = pd.read_excel(source.path, sheet_name=0, engine="openpyxl")
    except Exception as error:
        # openpyxl lets through whatever its XML and zip layers raise.
        raise UnreadableLog(f"{source.display} cannot be read: {error}") from error
    columns = []
    for name, cells in frame.items():
        values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
        filled = np.flatnonzero(~np.isnan(values))
        if filled.size:
            # The header is row 1. Excel has no NaN, so an empty cell is one that was not logged.
            columns.append(Column(str(name).strip(), filled + 2, values[filled]))
    return [with_blank_nans(replace(Table(()), columns=tuple(columns)))]
