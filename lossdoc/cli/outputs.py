"""Where reports go: the terminal and files, each fed run by run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    import io

    from lossdoc.model import Diagnosis
    from lossdoc.report import schema
    from lossdoc.report.facts import Tally
    from lossdoc.report.terminal import Writer
    from lossdoc.report.text import Look
    from lossdoc.report.together import Together

FORMATS = ("text", "concise", "json")
FIGURE = "figure"
_BY_SUFFIX = {".json": "json", ".txt": "text", ".svg": FIGURE, ".png": FIGURE, ".pdf": FIGURE}


class Output(Protocol):
    """Takes diagnoses one by one, then the count of all."""

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Take one diagnosis; ``exit_code`` is what it alone would lead to."""

    def together(self, told: Together) -> None:
        """Take what is told once about all runs; before the count."""

    def finish(self, tally: Tally) -> None:
        """Take the count of all."""


class TextOutput:
    """The report for a person."""

    def __init__(self, writer: Writer, look: Look) -> None:
        self.writer = writer
        self.look = look
        self._before = ""

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Write one run; one that takes several lines is set apart by blank ones."""
        from lossdoc.report import text

        alone = None if many else exit_code
        lines = text.report(diagnosis, self.look, many=many, exit_code=alone)
        long = len(lines) > 1
        if self._before and (long or self._before == "long"):
            self.writer.write([[]])
        self.writer.write(lines)
        self._before = "long" if long else "short"

    def together(self, told: Together) -> None:
        """Write a block for each configuration in which something was found, and the history."""
        from lossdoc.report import gating, together

        if self.look.verbosity >= 0:
            self.writer.write(together.report(told, self.look.width))
        else:
            self.writer.write(gating.report(told.budgets, None, self.look.width))

    def finish(self, tally: Tally) -> None:
        """Write what follows the last run."""
        from lossdoc.report import text

        self.writer.write(text.closing(tally))


class ConciseOutput:
    """One line per finding."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Write one run."""
        from lossdoc.report import concise

        del many, exit_code
        self.writer.write(concise.report(diagnosis))

    def together(self, told: Together) -> None:
        """Write a line for each finding of each configuration."""
        from lossdoc.report import together

        self.writer.write(together.concise(told))

    def finish(self, tally: Tally) -> None:
        """Write what follows the last run."""
        from lossdoc.report import concise

        self.writer.write(concise.closing(tally))


class JsonOutput:
    """One document, written when all runs are known."""

    def __init__(self, writer: Writer, config: schema.Config) -> None:
        self.writer = writer
        self.config = config
        self.runs: list[schema.Run] = []
        self.told: Together | None = None

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Keep one run in the report's shape."""
        from lossdoc.report import json

        del many, exit_code
        self.runs.append(json.run(diagnosis))

    def together(self, told: Together) -> None:
        """Keep it for the document."""
        self.told = told

    def finish(self, tally: Tally) -> None:
        """Write the document."""
        from lossdoc.report import json

        document = json.report(self.runs, self.config, tally, self.told)
        self.writer.write_json(json.dump(document))


class FileOutput:
    """Any other output, gathered and then written to a file as UTF-8."""

    def __init__(self, path: Path, text: io.StringIO, inner: Output) -> None:
        self.path = path
        self.text = text
        self.inner = inner

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Hand one run on."""
        self.inner.add(diagnosis, many=many, exit_code=exit_code)

    def together(self, told: Together) -> None:
        """Hand it on."""
        self.inner.together(told)

    def finish(self, tally: Tally) -> None:
        """Write the file.

        Raises
        ------
        UsageError
            It cannot be written.
        """
        self.inner.finish(tally)
        try:
            self.path.write_text(self.text.getvalue(), encoding="utf-8", newline="\n")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(f"cannot write {self.path}: {reason}") from error


class FigureOutput:
    """A picture of every run that could be read; those after the first are numbered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._drawn = 0

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Draw one run.

        Raises
        ------
        UsageError
            The file cannot be written.
        """
        del many, exit_code
        if diagnosis.run is None:
            return
        from lossdoc.report import figure

        self._drawn += 1
        suffix = "" if self._drawn == 1 else f"-{self._drawn}"
        path = self.path.with_stem(self.path.stem + suffix)
        try:
            figure.save(diagnosis, path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(f"cannot write {path}: {reason}") from error

    def together(self, told: Together) -> None:
        """Draw nothing: a picture shows one run."""

    def finish(self, tally: Tally) -> None:
        """Nothing is left to do."""


def file_format(text: str) -> tuple[Path, str]:
    """Split ``FILE`` or ``FILE:FORMAT`` into the path and the format.

    Raises
    ------
    UsageError
        Neither the extension nor the text after the colon names a format.
    """
    name, colon, kind = text.rpartition(":")
    if colon and name and kind in FORMATS:
        return Path(name), kind
    path = Path(text)
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"cannot tell the format of {text}",
            details=(f"extensions: {', '.join(_BY_SUFFIX)}",),
            hint=f"-o {text}:json",
        )
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {text}: no folder {path.parent}")
    return path, found
