"""``lossdoc analyze`` behind its options: check the request, judge every run, feed the outputs."""

from __future__ import annotations

import gc
import io
import sys
from typing import TYPE_CHECKING, NamedTuple

from lossdoc import api, ensemble
from lossdoc.cli.outputs import (
    FIGURE,
    ConciseOutput,
    FigureOutput,
    FileOutput,
    JsonOutput,
    Output,
    TextOutput,
    file_format,
)
from lossdoc.cli.progress import Progress
from lossdoc.errors import UsageError
from lossdoc.model import Confidence, Severity
from lossdoc.report import facts
from lossdoc.report.terminal import Writer, terminal_width, wants_colour
from lossdoc.report.text import Look
from lossdoc.report.together import Together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossdoc.model import Diagnosis
    from lossdoc.report import schema

_FILE_WIDTH = 80


class Request(NamedTuple):
    """What the command line asks for, as typed."""

    paths: tuple[str, ...]
    format: str | None = None
    mapping: tuple[str, ...] = ()
    step_column: str | None = None
    total_steps: float | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: str = "medium"
    output_format: str = "text"
    outputs: tuple[str, ...] = ()
    plot: bool = True
    width: int | None = None
    color: str = "auto"
    verbosity: int = 0
    fail_on: str = "error"
    history: tuple[str, ...] = ()

    @property
    def gate(self) -> Severity | None:
        """Severity from which the exit code is 1; None for never."""
        return None if self.fail_on == "never" else Severity[self.fail_on.upper()]


def judge(request: Request) -> int:
    """Judge everything that was asked for and return the exit code.

    Raises
    ------
    UsageError
        An option is wrong, or a file cannot be written.
    """
    settings = with_history(settings_of(request), request.history)
    outputs = outputs_of(request)
    outcomes = []
    members = []
    no_logs = 0

    def passed_over(count: int, path: str) -> None:
        del path
        nonlocal no_logs
        no_logs += count

    with Progress(request.paths[0]) as progress:
        found = api.analyze_all(
            request.paths, settings, progress=progress.update, passed_over=passed_over
        )
        for diagnosis, many in with_company(found):
            outcome = facts.outcome(diagnosis, request.gate)
            outcomes.append(outcome)
            members.append(ensemble.member(diagnosis))
            progress.hide()
            gc.enable()  # everything is imported; lossdoc.__main__ switched it off for that
            for output in outputs:
                output.add(diagnosis, many=many, exit_code=facts.tally([outcome]).exit_code)
    tally = facts.tally(outcomes, no_logs)
    ensembles = ensemble.together(m for m in members if m is not None)
    told = Together(ensembles, settings.history)
    for output in outputs:
        output.together(told)
        output.finish(tally)
    return tally.exit_code


def settings_of(request: Request) -> api.Settings:
    """Return the settings of the judgement, checked before anything is read."""
    from lossdoc.selection import select

    return api.Settings(
        format=request.format,
        mapping=roles(request.mapping),
        step_column=request.step_column,
        total_steps=request.total_steps,
        rules=select(split(request.select), split(request.ignore)),
        min_confidence=Confidence[request.min_confidence.upper()],
    )


def with_history(settings: api.Settings, paths: Sequence[str]) -> api.Settings:
    """Return the settings with what earlier runs tell, where some were named."""
    if not paths:
        return settings
    with Progress(paths[0]):
        return settings._replace(history=api.read_history(paths, settings))


def outputs_of(request: Request) -> list[Output]:
    """Return the terminal's output and those of the files."""
    outputs: list[Output] = []
    for text in request.outputs:
        path, kind = file_format(text)
        if kind == FIGURE:
            outputs.append(FigureOutput(path))
            continue
        buffer = io.StringIO()
        look = Look(request.width or _FILE_WIDTH, request.plot, max(request.verbosity, 0))
        outputs.append(FileOutput(path, buffer, _output(kind, Writer(buffer), look, request)))
    if request.verbosity > -2:
        colour = request.output_format != "json" and wants_colour(request.color, sys.stdout)
        look = Look(terminal_width(request.width), request.plot, request.verbosity)
        outputs.append(_output(request.output_format, Writer(colour=colour), look, request))
    return outputs


def _output(kind: str, writer: Writer, look: Look, request: Request) -> Output:
    if kind == "json":
        return JsonOutput(writer, _config(request))
    return ConciseOutput(writer) if kind == "concise" else TextOutput(writer, look)


def _config(request: Request) -> schema.Config:
    from lossdoc.report.json import config

    return config(
        select=split(request.select) or ["ALL"],
        ignore=split(request.ignore),
        min_confidence=request.min_confidence,
        fail_on=request.fail_on,
    )


def split(values: Iterable[str]) -> list[str]:
    """Return the parts of comma lists, as ``--select a,b --select c`` gives them."""
    return [part for value in values for raw in value.split(",") if (part := raw.strip())]


def roles(pairs: Sequence[str]) -> dict[str, str]:
    """Return the column of every role given as ``role=COLUMN``.

    Raises
    ------
    UsageError
        No equals sign, or a role given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        role, _, column = (part.strip() for part in pair.partition("="))
        if not (role and column):
            raise UsageError(f"--map {pair}: expected role=COLUMN", hint="--map train_loss=loss")
        if role in found:
            raise UsageError(f"--map {pair}: {role} is {found[role]} already")
        found[role] = column
    return found


def with_company(found: Iterator[Diagnosis]) -> Iterator[tuple[Diagnosis, bool]]:
    """Yield every diagnosis with whether there are others."""
    first = next(found, None)
    if first is None:
        return
    second = next(found, None)
    yield first, second is not None
    if second is not None:
        yield second, True
    for diagnosis in found:
        yield diagnosis, True
