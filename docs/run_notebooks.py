# ruff: noqa: INP001 - a script, no part of a package
"""Execute the notebooks of the documentation, and keep what they print.

python docs/run_notebooks.py            execute them, and write their outputs
python docs/run_notebooks.py --check    exit with 1 where one fails, or prints other text than is kept

Figures and pages may differ by a version of Matplotlib, so that of these only the kind is compared.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parent / "notebooks"

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_SECONDS = 120
"""Time that one cell may take."""


def executed(path: Path) -> Any:
    """Return a notebook with the outputs that it has now, and nothing that changes from run to run.

    Raises
    ------
    CellExecutionError
        A cell failed.
    """
    book = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as profile:
        # What users have set up for themselves must not show.
        os.environ.update(IPYTHONDIR=profile, PYDEVD_DISABLE_FILE_VALIDATION="1")
        NotebookClient(
            book,
            timeout=_SECONDS,
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        ).execute()
    book.metadata = nbformat.from_dict(_METADATA)
    for number, cell in enumerate(book.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({})
    return book


def told(book: Any) -> list[Any]:
    """What the cells of a notebook are and print: texts as they are, of other outputs their kinds."""
    return [
        (
            cell.source,
            [
                (output.output_type, output.get("text") or _texts(output.get("data", {})))
                for output in cell.get("outputs", [])
            ],
        )
        for cell in book.cells
    ]


def _texts(data: Any) -> dict[str, str]:
    return {kind: text if kind == "text/plain" else "" for kind, text in sorted(data.items())}


def main(arguments: list[str]) -> int:
    """Execute every notebook; write it, or compare it with what is kept."""
    wrong = 0
    for path in sorted(FOLDER.glob("*.ipynb")):
        try:
            book = executed(path)
        except CellExecutionError as error:
            sys.stderr.write(f"{path.name} fails:\n{error}\n")
            wrong = 1
            continue
        if "--check" not in arguments:
            nbformat.write(book, path)
        elif told(book) != told(nbformat.read(path, as_version=4)):
            sys.stderr.write(f"not up to date: {path.name}; run python docs/run_notebooks.py\n")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
