"""The report for a person: verdict, story, plot, findings, and what was not checked.

The order is fixed: verdict, one-sentence story, findings with their plot, evidence, fix and doubt,
then what another finding explains, what could not be checked, what is wrong with the log itself,
what the problem cost, and the next command.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.model import Channel, Severity, Verdict
from lossdoc.report import background, facts, finding, phrases
from lossdoc.report.plot import curve_plot, sparkline
from lossdoc.report.spans import Line, Span, cells, emphasise, span, width_of, wrap

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis, Finding, Run, Series
    from lossdoc.report.facts import Tally

LIMITS = "A clean report cannot see a wrong objective, leaked labels or a bad split."


_CLOCKS = frozenset({Channel.EPOCH, Channel.WALL_TIME, Channel.TOKENS})


class Look(NamedTuple):
    """How a report is to look.

    Parameters
    ----------
    width
        Columns.
    plot
        Whether to draw curves.
    verbosity
        -1 verdict lines alone, 0 the report, 1 with evidence tables, channels and everything
        that was not checked.
    """

    width: int = 80
    plot: bool = True
    verbosity: int = 0

    @property
    def verbose(self) -> bool:
        """Whether to show everything."""
        return self.verbosity > 0


def report(
    diagnosis: Diagnosis, look: Look, *, many: bool = False, exit_code: int | None = None
) -> list[Line]:
    """Return one run as lines.

    Parameters
    ----------
    many
        Whether it is one of several: then it is told shortly.
    exit_code
        Told at the end, where this run alone decides it.
    """
    if look.verbosity < 0:
        return [_one_line(diagnosis)]
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        return _inconclusive(diagnosis, look, exit_code, many=many)
    if many and not look.verbose:
        return _short(diagnosis, look)
    if diagnosis.verdict is not Verdict.HEALTHY:
        return _full(diagnosis, look, exit_code)
    return _healthy(diagnosis, look, exit_code)


def closing(tally: Tally) -> list[Line]:
    """Return what follows the last run: the count of several, and the files that were no logs."""
    lines: list[Line] = []
    if tally.passed_over:
        lines.append([Span(f" {phrases.passed_over(tally.passed_over)}", "dim")])
    if tally.runs > 1:
        start = Span(f" {phrases.plural(tally.runs, 'run')}: ", "label")
        lines.append([start, Span(tally.words), Span(f" · exit {tally.exit_code}", "dim")])
    return [[], *lines] if lines else []


def badge(diagnosis: Diagnosis) -> Line:
    """Verdict and name of the run."""
    verdict = diagnosis.verdict.value
    name = phrases.title(diagnosis.path, diagnosis.run)
    return [Span(f" {verdict.upper()} ", verdict), Span(" "), span(name, "label")]


def _one_line(diagnosis: Diagnosis) -> Line:
    told = (f.code for f in diagnosis.findings if f.severity > Severity.NOTE)
    codes = " ".join(dict.fromkeys(told))
    accepted = f"  {len(diagnosis.accepted)} accepted" if diagnosis.accepted else ""
    return [*badge(diagnosis), span(f"  {codes or diagnosis.problem}".rstrip() + accepted)]


def _headline(diagnosis: Diagnosis, look: Look) -> list[Line]:
    """Verdict, name, and what was read, on the right or below."""
    left = badge(diagnosis)
    if diagnosis.run is None:
        return [left]
    right = _extent(diagnosis.run)
    gap = look.width - width_of(left) - cells(right)
    if gap >= 2:
        return [[*left, Span(" " * gap), Span(right, "dim")]]
    return [left, *wrap([Span(right, "dim")], look.width, indent=1)]


def _extent(run: Run) -> str:
    span_ = facts.extent(run)
    count = phrases.plural(facts.points(run), "point")
    told = (s.channel for s in run.series if s.channel not in _CLOCKS)
    channels = " ".join(dict.fromkeys(channel.value for channel in told))
    if span_ is None:
        return count
    place = f"{phrases.position(run.axis, span_[0])}–{phrases.coordinate(span_[1])}"
    return f"{count}, {place} · {channels}"


def _full(diagnosis: Diagnosis, look: Look, exit_code: int | None) -> list[Line]:
    run = diagnosis.run
    axis = run.axis if run else "step"
    lines = [*_headline(diagnosis, look), *_story(diagnosis, look)]
    problems, notes = _by_weight(diagnosis, look)
    for i, item in enumerate(problems):
        plot = drawn(item, run, look) if i == 0 and run else []
        told = diagnosis.summary
        lines.append([])
        lines += finding.block(item, axis, look.width, verbose=look.verbose, plot=plot, told=told)
    lines += [[], *notes, []] if notes else [[]]
    lines += background.history(diagnosis, look.width) + background.gate(diagnosis, look.width)
    lines += background.superseded(diagnosis, look.width) + background.sections(
        diagnosis, look.width, verbose=look.verbose
    )
    lines += _cost(diagnosis, look) + _last_line(_counts(diagnosis), look, exit_code)
    return [*lines, _next(diagnosis, look)]


def _next(diagnosis: Diagnosis, look: Look) -> Line:
    """What to call next, as far as it fits on one line."""
    line: Line = [
        Span(" Next: "),
        span(f"lossdoc explain {diagnosis.findings[0].code}", "command"),
    ]
    page = span(f"lossdoc report {shlex.quote(diagnosis.path)}", "command")
    fits = width_of(line) + 3 + cells(page.text) <= look.width
    return [*line, Span(" · "), page] if fits and diagnosis.path != "-" else line


def _by_weight(diagnosis: Diagnosis, look: Look) -> tuple[list[Finding], list[Line]]:
    """Findings told in full, and lines of the others: notes take a sentence, unless verbose."""
    lightest = Severity.NOTE if look.verbose else Severity.WARNING
    heavy = [f for f in diagnosis.findings if f.severity >= lightest]
    light = [f for f in diagnosis.findings if f.severity < lightest]
    return heavy, finding.notes(light, look.width)


def _healthy(diagnosis: Diagnosis, look: Look, exit_code: int | None) -> list[Line]:
    lines = [*_headline(diagnosis, look), *_story(diagnosis, look), *_trend(diagnosis, look)]
    lines += finding.notes(diagnosis.findings, look.width)
    lines += background.gate(diagnosis, look.width)
    lines += background.sections(diagnosis, look.width, verbose=look.verbose)
    lines += wrap([Span(LIMITS, "dim")], look.width, indent=1)
    return lines + _last_line(_counts(diagnosis), look, exit_code)


def _short(diagnosis: Diagnosis, look: Look) -> list[Line]:
    """One of several runs: a line if it is healthy, a short block if not."""
    if diagnosis.verdict is Verdict.HEALTHY:
        line = [*badge(diagnosis), Span(" "), *_tiny(diagnosis, look)]
        lines = [line if width_of(line) <= look.width else badge(diagnosis)]
        lines += background.gate(diagnosis, look.width)
        return lines + background.issues(diagnosis, look.width)
    axis = diagnosis.run.axis if diagnosis.run else "step"
    lines = [badge(diagnosis), *_story(diagnosis, look)]
    for item in diagnosis.findings:
        if item.severity > Severity.NOTE:
            lines += finding.brief(item, axis, look.width, told=diagnosis.summary)
    lines += background.history(diagnosis, look.width) + background.gate(diagnosis, look.width)
    return lines + background.issues(diagnosis, look.width)


def _inconclusive(
    diagnosis: Diagnosis, look: Look, exit_code: int | None, *, many: bool
) -> list[Line]:
    problem = diagnosis.problem or diagnosis.summary
    lines = [badge(diagnosis)]
    if problem:
        lines += wrap(emphasise(problem), look.width, indent=1)
    for detail in diagnosis.details:
        lines += wrap([span(detail)], look.width, indent=finding.INDENT)
    lines += [] if many else finding.notes(diagnosis.findings, look.width)
    lines += background.gate(diagnosis, look.width)
    if look.verbose:
        lines += background.sections(diagnosis, look.width, verbose=True)
    else:
        lines += background.issues(diagnosis, look.width)
    if diagnosis.hint:
        first = [Span(" hint: ", "label")]
        lines += wrap([span(diagnosis.hint)], look.width, first=first, indent=7)
    return lines if many else lines + _last_line("Nothing was judged.", look, exit_code)


def _story(diagnosis: Diagnosis, look: Look) -> list[Line]:
    return wrap(emphasise(diagnosis.summary), look.width, indent=1) if diagnosis.summary else []


def drawn(item: Finding, run: Run, look: Look) -> list[Line]:
    """Draw the series that shows a finding; nothing where plots are not wanted."""
    if not look.plot:
        return []
    segment = _segment(run, item)
    shown = next((s for s in segment.series if s.name == item.series), segment.get(item.channel))
    if shown is None or not len(shown):
        return []
    width = look.width - finding.INDENT
    height = 7 if width >= 56 else 5
    return curve_plot(shown, axis=run.axis, width=width, onset=item.onset.step, height=height)


def _segment(run: Run, item: Finding) -> Run:
    """Execution that holds the onset, so that the steps of its curve only go forward."""
    segments, row = run.segments(), item.onset.row
    if row is not None:
        for segment in segments:
            if any(len(s) and s.rows[0] <= row <= s.rows[-1] for s in segment.series):
                return segment
    return segments[min(item.segment, len(segments) - 1)]


def _tiny(diagnosis: Diagnosis, look: Look) -> Line:
    """A tiny curve of the principal series with its last value."""
    series = facts.principal(diagnosis.run) if diagnosis.run else None
    if series is None or not len(series):
        return []
    curve = f" {sparkline(series.values, 10)}" if look.plot else ""
    return [Span(curve), *emphasise(f" {series.name} {phrases.number(series.values[-1])}")]


def _trend(diagnosis: Diagnosis, look: Look) -> list[Line]:
    """A tiny curve of the principal series with its best and last values."""
    series = facts.principal(diagnosis.run) if diagnosis.run else None
    if series is None or diagnosis.run is None or not len(series):
        return []
    told = _best_and_last(series, diagnosis.run.axis)
    curve = sparkline(series.values) if look.plot else ""
    first = [Span(f" {curve}")]
    return wrap(emphasise(told), look.width, first=first, indent=len(curve) + 3 if curve else 1)


def _best_and_last(series: Series, axis: str) -> str:
    last = f"last {phrases.number(float(series.values[-1]))}"
    found = facts.best(series)
    if found is None:
        return f"{series.name} {last}"
    where = phrases.position(axis, found.step)
    return f"{series.name} {phrases.number(found.value)} at {where} (best), {last}"


def _cost(diagnosis: Diagnosis, look: Look) -> list[Line]:
    cost = facts.cost(diagnosis)
    if cost is None or diagnosis.run is None or not 0.005 <= cost.fraction < 0.995:
        return []
    units = phrases.axis_plural(diagnosis.run.axis)
    told = f"{cost.fraction:.0%} of the {units} were spent after the onset."
    return wrap(emphasise(told), look.width, indent=1)


def _counts(diagnosis: Diagnosis) -> str:
    found = [f.severity for f in diagnosis.findings]
    parts = [
        phrases.plural(found.count(severity), severity.label)
        for severity in sorted(set(found), reverse=True)
    ]
    parts += [f"{len(diagnosis.accepted)} accepted"] if diagnosis.accepted else []
    parts.append(f"{phrases.plural(len(diagnosis.passed), 'rule')} passed")
    return " · ".join([*parts, f"{len(diagnosis.not_checked)} not checked"])


def _last_line(text: str, look: Look, exit_code: int | None) -> list[Line]:
    """What was found on the left, the exit code on the right where there is room."""
    code = "" if exit_code is None else f"exit {exit_code}"
    gap = look.width - cells(text) - 1 - len(code)
    if gap >= 2:
        return [[Span(f" {text}{' ' * gap}{code}", "dim")]]
    return wrap([Span(f"{text} {code}", "dim")], look.width, indent=1)
