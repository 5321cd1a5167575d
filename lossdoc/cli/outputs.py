"""Where reports go: the terminal and files, each fed run by run."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from lossdoc.cli import files
from lossdoc.cli.pictures import FIGURE, PICTURES
from lossdoc.errors import UsageError

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence

    from lossdoc.model import Diagnosis
    from lossdoc.report import schema, schema_report
    from lossdoc.report.ci import Render
    from lossdoc.report.facts import Tally
    from lossdoc.report.pictures import Painter, Picture
    from lossdoc.report.places import Places
    from lossdoc.report.spending import Price
    from lossdoc.report.terminal import Writer
    from lossdoc.report.text import Look
    from lossdoc.report.together import Together

FOR_PEOPLE = ("text", "concise")
"""Formats that may be coloured."""

DOCUMENTS = ("json", "markdown", "html", "sarif", "github", "gitlab", "junit")
"""Formats that are written when all runs are known; each has a module in `lossdoc.report`."""

JSON_LINES = "jsonl"
FORMATS = (*FOR_PEOPLE, JSON_LINES, *DOCUMENTS)

_BY_SUFFIX = {
    ".txt": "text", ".json": "json", ".jsonl": JSON_LINES, ".md": "markdown", ".html": "html", ".sarif": "sarif",
    ".xml": "junit", **dict.fromkeys(PICTURES, FIGURE),
}  # fmt: skip


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


class DocumentOutput:
    """One document, written when all runs are known.

    Parameters
    ----------
    kind
        One of `DOCUMENTS`.
    painter
        Draws every run for a document that shows curves.
    called
        The command line, for documents that tell how they were made.
    price
        Of an hour, for documents that tell what a run cost.
    """

    def __init__(
        self,
        kind: str,
        writer: Writer,
        config: schema_report.Config,
        places: Places,
        painter: Painter | None = None,
        *,
        called: str = "",
        price: Price | None = None,
    ) -> None:
        self.kind = kind
        self.writer = writer
        self.config = config
        self.places = places
        self.painter = painter
        self.called = called
        self.price = price
        self.runs: list[schema.Run] = []
        self.pictures: list[Picture] = []
        self.told: Together | None = None

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Keep one run in the report's shape."""
        from lossdoc.report import json

        del many, exit_code
        self.runs.append(json.run(diagnosis))
        if self.painter is not None:
            self.pictures.append(self.painter.paint(diagnosis))

    def together(self, told: Together) -> None:
        """Keep it for the document."""
        self.told = told

    def finish(self, tally: Tally) -> None:
        """Write the document."""
        from lossdoc.report import ci, json
        from lossdoc.report.together import Together

        told = self.told or Together()
        report = json.report(self.runs, self.config, tally, told)
        render = cast("Render", import_module(f"lossdoc.report.{self.kind}").render)
        judged = ci.Judged(report, told, self.places, self.pictures, self.called, self.price)
        self.writer.write_json(render(judged))


class JsonLinesOutput:
    """A line for each run as soon as it is judged, then what is told about all of them."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def add(self, diagnosis: Diagnosis, *, many: bool, exit_code: int) -> None:
        """Write one run."""
        from lossdoc.report import jsonl

        del many, exit_code
        self.writer.write_json(jsonl.line(diagnosis))

    def together(self, told: Together) -> None:
        """Write a line for each configuration, and one for the history."""
        from lossdoc.report import jsonl

        self.writer.write_json(jsonl.closing(told))

    def finish(self, tally: Tally) -> None:
        """Nothing is left to write: the exit code tells the rest."""


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
        files.write(self.path, self.text.getvalue())


def each_once(wanted: Sequence[tuple[Path, str]]) -> Sequence[tuple[Path, str]]:
    """Return files that shall be written.

    Raises
    ------
    UsageError
        One is named twice.
    """
    for i, (path, _) in enumerate(wanted):
        if path in (other for other, _ in wanted[:i]):
            raise UsageError(f"{path}: named twice", hint="another name for one of them")
    return wanted


def file_format(text: str, formats: Sequence[str] = FORMATS) -> tuple[Path, str]:
    """Split ``FILE`` or ``FILE:FORMAT`` into the path and the format.

    Raises
    ------
    UsageError
        Neither the extension nor the text after the colon names a format.
    """
    suffixes = {s: kind for s, kind in _BY_SUFFIX.items() if kind in {*formats, FIGURE}}
    name, colon, kind = text.rpartition(":")
    if colon and name and kind in formats:
        path, found = Path(name), kind
    else:
        path = Path(text)
        found = suffixes.get(path.suffix.lower(), "")
    if not found:
        other = "gitlab" if "gitlab" in formats else "markdown"
        raise UsageError(
            f"cannot tell the format of {text}",
            details=(
                f"extensions: {', '.join(suffixes)}",
                f"formats after a colon: {', '.join(formats)}",
            ),
            hint=f"-o {path.with_suffix('')}.json:{other}" if colon else f"-o {text}:json",
        )
    return files.in_a_folder(path), found
