"""``lossdoc compare`` behind its options: read both sides, compare, print."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, NamedTuple

from lossdoc import api
from lossdoc.cli import files
from lossdoc.cli.outputs import each_once, file_format
from lossdoc.cli.pictures import FIGURE
from lossdoc.cli.progress import Progress
from lossdoc.cli.request import roles
from lossdoc.errors import SourceError, UsageError
from lossdoc.report import comparison as words
from lossdoc.report.terminal import Writer, terminal_width, wants_colour

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.comparison import By, Comparison, Measure
    from lossdoc.model import Diagnosis

FORMATS = ("text", "markdown", "json", "html")

_FILE_WIDTH = 80


class Request(NamedTuple):
    """What the command line asks for, as typed."""

    reference: tuple[str, ...]
    candidate: tuple[str, ...]
    format: str | None = None
    mapping: tuple[str, ...] = ()
    step_column: str | None = None
    by: By = "auto"
    loss: str | None = None
    measure: Measure = "final"
    margin: float = 0.01
    fail_on: str = "regression"
    output_format: str = "text"
    outputs: tuple[str, ...] = ()
    width: int | None = None
    color: str = "auto"


def compared(request: Request) -> int:
    """Compare what was asked for and return the exit code.

    Raises
    ------
    UsageError
        An option is wrong, or there is no new run.
    SourceError
        A log cannot be read, or the runs cannot be matched.
    """
    if not request.candidate:
        raise UsageError(
            "which run is to be compared?", hint="lossdoc compare REFERENCE... --against RUN..."
        )
    settings = api.Settings(request.format, roles(request.mapping), request.step_column)
    api.check(settings)
    wanted = each_once([file_format(text, FORMATS) for text in request.outputs])
    with Progress(request.reference[0]):
        reference = _read(request.reference, settings)
        candidate = _read(request.candidate, settings)
    from lossdoc.comparison import comparison
    from lossdoc.model import Channel

    found = comparison(
        reference,
        candidate,
        by=request.by,
        loss=None if request.loss is None else Channel(request.loss),
        measure=request.measure,
        margin=request.margin,
    )
    for path, kind in wanted:
        _save(found, path, kind, request.width or _FILE_WIDTH)
    _tell(found, request)
    return 0 if request.fail_on == "never" else found.exit_code


def _tell(found: Comparison, request: Request) -> None:
    """Print the comparison."""
    if request.output_format == "text":
        writer = Writer(colour=wants_colour(request.color, sys.stdout))
        writer.write(words.text(found, terminal_width(request.width)))
    elif request.output_format == "markdown":
        Writer().write_text(words.markdown(found))
    else:
        Writer().write_json(_document(found, request.output_format))


def _save(found: Comparison, path: Path, kind: str, width: int) -> None:
    """Write the comparison to a file.

    Raises
    ------
    UsageError
        It cannot be written.
    """
    if kind == FIGURE:
        from lossdoc.report import figure_compare

        with files.replacing(path) as fresh:
            figure_compare.save(found, fresh)
    elif kind == "text":
        buffer = io.StringIO()
        Writer(buffer).write(words.text(found, width))
        files.write(path, buffer.getvalue())
    else:
        files.write(path, _document(found, kind))


def _document(found: Comparison, kind: str) -> str:
    if kind == "markdown":
        return words.markdown(found)
    if kind == "html":
        from lossdoc.report import comparison_html

        return comparison_html.render(found)
    from lossdoc.report import comparison_json

    return comparison_json.dump(found)


def _read(paths: tuple[str, ...], settings: api.Settings) -> list[Diagnosis]:
    """Judge every run; the same log named twice is one run, not two seeds.

    Raises
    ------
    SourceError
        One cannot be read: a side that lacks a run is not what was asked for.
    """
    found: dict[tuple[str, str], Diagnosis] = {}
    for diagnosis in api.analyze_all(paths, settings):
        if diagnosis.run is None:
            raise SourceError(f"cannot compare {diagnosis.path}: {diagnosis.summary}")
        found[diagnosis.path, diagnosis.run.name] = diagnosis
    if not found:
        raise SourceError(f"no run in {' '.join(paths)}")
    return list(found.values())
