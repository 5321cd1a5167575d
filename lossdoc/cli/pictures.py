"""Pictures of runs as files: the extension names the format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lossdoc.cli import files
from lossdoc.errors import UsageError
from lossdoc.report.phrases import plural

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis
    from lossdoc.report.facts import Tally
    from lossdoc.report.together import Together

FIGURE = "figure"
PICTURES = (".svg", ".png", ".pdf")


class FigureOutput:
    """A picture of every run that could be read; those after the first are numbered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._drawn = 0
        self._unread = 0

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Draw one run.

        Raises
        ------
        UsageError
            The file cannot be written.
        """
        del many, exit_code
        if diagnosis.run is None:
            self._unread += 1
            return
        from lossdoc.report import figure

        self._drawn += 1
        suffix = "" if self._drawn == 1 else f"-{self._drawn}"
        path = self.path.with_stem(self.path.stem + suffix)
        with files.replacing(path) as fresh:
            figure.save(diagnosis, fresh)

    def together(self, told: Together) -> None:
        """Draw nothing: a picture shows one run."""

    def finish(self, tally: Tally) -> None:
        """Say for what there is no picture, since a file of that name may be there from before."""
        del tally
        if not self._drawn:
            sys.stderr.write(f"{self.path} was not written: nothing could be read\n")
        elif self._unread:
            logs = plural(self._unread, "log")
            sys.stderr.write(f"{self.path}: no picture of {logs} that could not be read\n")


def picture_file(text: str) -> Path:
    """Return the path of a picture.

    Raises
    ------
    UsageError
        The extension is that of no picture, or there is no such folder.
    """
    path = Path(text)
    if path.suffix.lower() not in PICTURES:
        raise UsageError(
            f"--plot {text}: no format of a picture",
            details=(f"extensions: {', '.join(PICTURES)}",),
            hint=f"--plot {path.with_suffix('.svg') if path.name else 'curve.svg'}",
        )
    return files.in_a_folder(path)
