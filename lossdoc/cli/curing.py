"""``lossdoc cure`` behind its options: treat scenarios one by one, print what came of it."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.cli.progress import Progress
from lossdoc.cli.reproducing import find
from lossdoc.errors import UsageError
from lossdoc.report.phrases import setting
from lossdoc.report.spans import Span, span, wrap
from lossdoc.report.terminal import Writer, terminal_width, wants_colour
from lossdoc.trainer import SCENARIOS, missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossdoc.report.spans import Line
    from lossdoc.trainer import Scenario
    from lossdoc.trainer.courses import Course, Cure, Visit

    Hear = Callable[[Cure], None]


class Request(NamedTuple):
    """What the command line asks for, as typed."""

    name: str = ""
    all: bool = False
    seeds: int = 20
    first_seed: int = 1000
    rounds: int = 3
    device: str = "auto"
    require: float | None = None
    output_format: str = "text"
    width: int | None = None
    color: str = "auto"


def cured(request: Request) -> int:
    """Treat what was asked for, print it, and return the exit code.

    Raises
    ------
    UsageError
        No scenario, or an unknown one; the device or what training needs is not there.
    """
    scenarios = chosen(request)
    gc.enable()  # lossdoc.__main__ switched it off for the short commands
    text = request.output_format == "text"
    shown = _Text(request) if text else None
    try:
        results = treated(scenarios, request, shown.show if shown else lambda _: None)
        from lossdoc.trainer.cure_report import to_json, to_markdown, total
    except ModuleNotFoundError as error:
        raise missing(error) from error
    if shown is not None:
        shown.sum_up(results)
    elif request.output_format == "json":
        Writer().write_json(to_json(results))
    else:
        sys.stdout.write(to_markdown(results))
    sums = total(results)
    short = request.require is not None and sums.cured < request.require * sums.runs
    return int(short)


def chosen(request: Request) -> list[Scenario]:
    """Return the scenarios that were asked for.

    Raises
    ------
    UsageError
        None, both a name and all, or an unknown name.
    """
    if request.all and request.name:
        raise UsageError("--all and a name exclude each other")
    if request.all:
        return list(SCENARIOS.values())
    if not request.name:
        raise UsageError(
            "which scenario?",
            hint="lossdoc cure NAME, or --all; lossdoc reproduce --list tells them",
        )
    return [find(request.name)]


def treated(scenarios: list[Scenario], request: Request, hear: Hear) -> list[Cure]:
    """Treat scenarios one after the other; tell of each as soon as it is done."""
    from lossdoc.trainer.batch import use_one_thread
    from lossdoc.trainer.cure import cure

    use_one_thread()
    results = []
    for i, scenario in enumerate(scenarios):
        with Progress(scenario.name, line=state) as progress:
            progress.update(100 * i // len(scenarios), scenario.name)
            result = cure(
                scenario,
                first_seed=request.first_seed,
                seeds=request.seeds,
                rounds=request.rounds,
                device=request.device,
            )
        results.append(result)
        hear(result)
    return results


def state(percent: int, name: str, seconds: float, width: int) -> str:
    """Return one state of the line that tells what is being treated.

    >>> state(40, "divergence-sgd", 12.3, 80)
    '40 %, treating divergence-sgd, 12 s'
    """
    return f"{percent} %, treating {name}, {seconds:.0f} s"[: width - 1]


class _Text:
    """Prints results for people: every run of one scenario, a line each of many."""

    def __init__(self, request: Request) -> None:
        self._details = not request.all
        self._writer = Writer(colour=wants_colour(request.color, sys.stdout))
        self._width = terminal_width(request.width)
        self._names = max(map(len, SCENARIOS))

    def show(self, result: Cure) -> None:
        """Print one result."""
        from lossdoc.trainer.cure_report import line

        if self._details:
            for course in result.courses:
                for content, indent in _course(course):
                    self._write(content, indent)
        name = span(f" {result.scenario:<{self._names}}", "label")
        head = (
            [name, Span("  ")]
            if not self._details
            else [span(" "), span(result.scenario, "label"), Span("  ")]
        )
        indent = self._names + 3 if not self._details else 5
        self._writer.write(wrap([span(line(result))], self._width, first=head, indent=indent))

    def sum_up(self, results: list[Cure]) -> None:
        """Print totals, where there is more than one result."""
        from lossdoc.trainer.cure_report import sentences, total

        if len(results) > 1:
            self._writer.write([[span("")]])
            for sentence in sentences(total(results)):
                self._write([span(sentence)], 3)

    def _write(self, content: Line, indent: int) -> None:
        first = [Span(" " * (indent - 2))]
        self._writer.write(wrap(content, self._width, first=first, indent=indent))


def _course(course: Course) -> list[tuple[Line, int]]:
    """Lines about one run: what was found, what was changed, how it ended."""
    lines: list[tuple[Line, int]] = [([span(f"seed {course.seed}", "label")], 3)]
    lines += [(_visit(visit), 7) for visit in course.visits]
    end = "cured" if course.cured else f"not cured: {course.why}"
    return [*lines, ([span(end, "healthy" if course.cured else "warning")], 5)]


def _visit(visit: Visit) -> Line:
    found = ", ".join(visit.codes) or "clean"
    loss = "no finite" if visit.val_loss is None else f"{visit.val_loss:.4g}"
    best = "" if visit.val_best is None else f" (best {visit.val_best:.4g})"
    changes = ", ".join(f"{name} {setting(value)}" for name, value in visit.applied.items())
    told = [span(found, "code"), span(f"; validation loss {loss}{best}")]
    if changes:
        told += [span(f"; {visit.by}: "), span(changes, "number")]
    return told
