"""``lossdoc analyze`` behind its options: check the request, judge every run, feed the outputs."""

from __future__ import annotations

import gc
import io
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lossdoc import api
from lossdoc.arguments import lacking
from lossdoc.cli.gating import Gate, baseline_of, limits_of
from lossdoc.cli.outputs import (
    FOR_PEOPLE,
    JSON_LINES,
    ConciseOutput,
    DocumentOutput,
    FileOutput,
    JsonLinesOutput,
    Output,
    TextOutput,
    each_once,
    file_format,
)
from lossdoc.cli.pictures import FIGURE, FigureOutput, picture_file
from lossdoc.cli.progress import Progress
from lossdoc.cli.request import Request, roles
from lossdoc.model import Confidence, Severity
from lossdoc.report import facts
from lossdoc.report.terminal import Writer, terminal_width, wants_colour
from lossdoc.report.text import Look
from lossdoc.report.together import Together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc import ensemble
    from lossdoc.config import Config
    from lossdoc.model import Diagnosis
    from lossdoc.report import schema_report

_FILE_WIDTH = 80


def judge(request: Request) -> int:
    """Judge everything that was asked for and return the exit code.

    Raises
    ------
    UsageError
        An option is wrong, or a file cannot be written.
    """
    config = request.in_force()
    settings = with_history(settings_of(request, config), request.history)
    if not request.going_on:  # what goes on may still come within its limits
        settings = settings._replace(limits=limits_of(config))
    outputs = outputs_of(request, config)
    level = gate_of(config)
    gate = Gate(config, settings, level, going_on=request.going_on)
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
        at_once = all(isinstance(output, JsonLinesOutput) for output in outputs)
        for judged, many in with_company(found, at_once=at_once):
            diagnosis = lacking(gate.see(judged, many=many), config["require"])
            outcome = facts.outcome(diagnosis, level)
            outcomes.append(outcome)
            if many:
                from lossdoc import ensemble

                members.append(ensemble.member(diagnosis))
            progress.hide()
            gc.enable()  # everything is imported; lossdoc.__main__ switched it off for that
            for output in outputs:
                alone = facts.tally([outcome], allow=config["allow-inconclusive"])
                output.add(diagnosis, many=many, exit_code=alone.exit_code)
    budgets = gate.budgets()
    tally = facts.tally(
        outcomes,
        no_logs,
        allow=config["allow-inconclusive"],
        shared=map(gate.outcome, budgets),
    )
    told = Together(_ensembles(members), settings.history, budgets, gate.accepted())
    for output in outputs:
        output.together(told)
        output.finish(tally)
    return tally.exit_code


def _ensembles(members: Sequence[ensemble.Member | None]) -> tuple[ensemble.Ensemble, ...]:
    """Return what runs of one configuration have in common, where there are several."""
    if not members:
        return ()
    from lossdoc import ensemble

    return ensemble.together(m for m in members if m is not None)


def settings_of(request: Request, config: Config) -> api.Settings:
    """Return the settings of the judgement, checked before anything is read."""
    columns = config.mapping
    step_column = columns.pop("step", None)
    settings = api.Settings(
        format=request.format,
        mapping={**columns, **roles(request.mapping)},
        step_column=request.step_column or step_column,
        total_steps=request.total_steps,
        rules=config.rules(),
        min_confidence=Confidence[config["min-confidence"].upper()],
        baseline=baseline_of(config, request.accepting, gate_of(config)),
    )
    return api.going_on(settings) if request.going_on else settings


def gate_of(config: Config) -> Severity | None:
    """Severity from which the exit code is 1; None for never."""
    level = config["fail-on"]
    return None if level == "never" else Severity[level.upper()]


def with_history(settings: api.Settings, paths: Sequence[str]) -> api.Settings:
    """Return the settings with what earlier runs tell, where some were named."""
    if not paths:
        return settings
    with Progress(paths[0]):
        return settings._replace(history=api.read_history(paths, settings))


def outputs_of(request: Request, config: Config) -> list[Output]:
    """Return the terminal's output and those of the files.

    Raises
    ------
    UsageError
        A file has no known format or folder, or is named twice; there is no such anchor.
    """
    outputs: list[Output] = []
    wanted = [file_format(text) for text in request.outputs]
    wanted += [(picture_file(text), FIGURE) for text in request.pictures]
    for path, kind in each_once(wanted):
        if kind == FIGURE:
            outputs.append(FigureOutput(path))
            continue
        buffer = io.StringIO()
        look = Look(request.width or _FILE_WIDTH, request.plot, max(request.verbosity, 0))
        outputs.append(
            FileOutput(path, buffer, _output(kind, Writer(buffer), look, config, request))
        )
    if request.verbosity > -2:
        colour = request.output_format in FOR_PEOPLE and wants_colour(request.color, sys.stdout)
        look = Look(terminal_width(request.width), request.plot, request.verbosity)
        outputs.append(_output(request.output_format, Writer(colour=colour), look, config, request))
    return outputs


def _output(kind: str, writer: Writer, look: Look, config: Config, request: Request) -> Output:
    if kind == "text":
        return TextOutput(writer, look)
    if kind == "concise":
        return ConciseOutput(writer)
    if kind == JSON_LINES:
        return JsonLinesOutput(writer)
    from lossdoc.report.places import Places, anchored, repository

    painter = None
    if kind in {"markdown", "html"} and look.plot:
        from lossdoc.report import html, markdown
        from lossdoc.report.pictures import Painter

        figures = kind == "html"
        painter = Painter(html.FIGURES if figures else markdown.MOST, figures=figures)
    here = Places(repository(Path.cwd()))
    places = anchored(here, config["anchor"])
    called = shlex.join(("lossdoc", *request.called)) if request.called else ""
    return DocumentOutput(
        kind, writer, _told(config), places, painter, called=called, price=request.price
    )


def _told(config: Config) -> schema_report.Config:
    from lossdoc.report import json

    return json.config(
        select=[*config["select"], *config["extend-select"]] if config["select"] else ["ALL"],
        ignore=list(config["ignore"]),
        min_confidence=config["min-confidence"],
        fail_on=config["fail-on"],
    )


def with_company(
    found: Iterator[Diagnosis], *, at_once: bool = False
) -> Iterator[tuple[Diagnosis, bool]]:
    """Yield every diagnosis with whether there are others.

    The first waits for the second, unless all are wanted at once: then there may be others.
    """
    if at_once:
        yield from ((diagnosis, True) for diagnosis in found)
        return
    first = next(found, None)
    if first is None:
        return
    second = next(found, None)
    yield first, second is not None
    if second is not None:
        yield second, True
    for diagnosis in found:
        yield diagnosis, True
