"""Events of watched logs: as lines for a person, or as JSON lines for a program."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from lossdoc.model import Channel
from lossdoc.report import facts, phrases
from lossdoc.report.phrases import duration
from lossdoc.report.plot import sparkline
from lossdoc.report.spans import Span, cells, emphasise, plain, span
from lossdoc.watch.follower import last_step, planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossdoc.model import Finding, Run, Series
    from lossdoc.report.spans import Line
    from lossdoc.report.terminal import Writer
    from lossdoc.watch import Event

_QUIET = 900.0
"""Seconds without a line after which a status is told though little has changed."""

_GROWTH = 1.1
_ERASE = "\r\x1b[K"


class Teller(Protocol):
    """Tells events."""

    def tell(self, event: Event) -> None:
        """Tell one event, if it is worth it."""

    def settle(self) -> None:
        """Leave the line to somebody else who writes to the same place."""

    def leave(self, code: int, reason: str) -> None:
        """Say why watching ends, and with which exit code."""


class Thinned:
    """Lets a status pass when the verdict changed, the run is a tenth longer, or time has passed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[str, float, float]] = {}

    def passes(self, event: Event) -> bool:
        """Whether to tell an event."""
        diagnosis = event.diagnosis
        if event.kind != "status" or diagnosis is None or diagnosis.run is None:
            return True
        now, step = self._clock(), last_step(diagnosis.run)
        name = phrases.title(event.path, diagnosis.run)
        verdict, until, told = self._last.get(name, ("", 0.0, 0.0))
        if diagnosis.verdict == verdict and step < until and now - told < _QUIET:
            return False
        self._last[name] = (diagnosis.verdict, step * _GROWTH, now)
        return True


class Lines:
    """One line for each event; on a terminal the status of a single log stays in its place.

    Parameters
    ----------
    writer
        Where to.
    many
        Whether several logs may be watched, so that each line names its own.
    total_steps
        Planned length, where it was given.
    in_place
        Whether the status is one line that changes.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        many: bool,
        total_steps: float | None,
        in_place: bool = False,
        now: Callable[[], str] = lambda: time.strftime("%H:%M:%S"),
    ) -> None:
        self._writer = writer
        self._many = many
        self._total = total_steps
        self._in_place = in_place and not many
        self._now = now
        self._thinned = Thinned()
        self._drawn = False

    def tell(self, event: Event) -> None:
        """Write one line."""
        line = [Span(f" {self._now()}  ", "dim"), *self._body(event)]
        if self._in_place and event.kind == "status":
            self._writer.write_text(f"{_ERASE}{plain(line)}")
            self._drawn = True
        elif self._thinned.passes(event):
            self._line(line)

    def settle(self) -> None:
        """End the line that changes."""
        if self._drawn:
            self._writer.write_text("\n")
            self._drawn = False

    def leave(self, code: int, reason: str) -> None:
        """Write one line."""
        self._line([Span(f" {self._now()}  ", "dim"), span(f"{reason} · exit {code}")])

    def _line(self, line: Line) -> None:
        self.settle()
        self._writer.write([line])
        self._writer.stream.flush()

    def _body(self, event: Event) -> Line:
        run = None if event.diagnosis is None else event.diagnosis.run
        name = phrases.title(event.path, run) if self._many else ""
        start: Line = [span(f"{name}  ", "label")] if name else []
        if run is None or event.diagnosis is None:
            shown = "" if self._many else f"{event.path}: "
            return [*start, span(f"{shown}{event.message}")]
        start.append(span(f"{self._place(run)}  "))
        if event.finding is not None:
            return [*start, *self._finding(event.finding, run)]
        if event.kind != "status":
            return [*start, span(event.message)]
        verdict = event.diagnosis.verdict.value
        doubt = Span("?" if event.unconfirmed else "")
        line = [*start, *self._numbers(run), Span(verdict, verdict), doubt]
        return line if event.eta is None else [*line, Span(f"  ETA {duration(event.eta)}", "dim")]

    def _place(self, run: Run) -> str:
        told = phrases.position(run.axis, last_step(run))
        total = planned(run, self._total)
        return told if total is None else f"{told}/{phrases.coordinate(total)}"

    def _numbers(self, run: Run) -> Line:
        loss = _loss(run)
        line: Line = []
        if loss is not None:
            value = phrases.number(float(loss.values[-1]))
            curve = sparkline(loss.values, 10)
            line.append(span(f"{loss.name} {value} {curve}{' ' * (12 - cells(curve))}"))
        rate = run.get(Channel.LEARNING_RATE)
        if rate is not None and len(rate):
            line.append(span(f"lr {float(rate.values[-1]):.3g}  "))
        return line

    def _finding(self, finding: Finding, run: Run) -> Line:
        severity = finding.severity.label
        where = phrases.position(run.axis, finding.onset.step)
        line = [
            Span(f"{severity:<8}", severity),
            span(finding.code, "code"),
            span(f" {finding.name} from {where}: "),
            *emphasise(finding.message),
        ]
        unspent = share_unspent(run, self._total)
        told = "" if unspent is None else f" ({unspent:.0%} of the steps unspent)"
        return [*line, Span(told, "dim")]


class JsonLines:
    """One JSON object for each event."""

    def __init__(self, writer: Writer, total_steps: float | None) -> None:
        self._writer = writer
        self._total = total_steps
        self._thinned = Thinned()

    def tell(self, event: Event) -> None:
        """Write one object."""
        if self._thinned.passes(event):
            self.say(as_json(event, self._total))

    def settle(self) -> None:
        """Every object has a line of its own."""

    def leave(self, code: int, reason: str) -> None:
        """Write the last object."""
        self.say({"event": "exit", "exit_code": code, "message": reason})

    def say(self, fields: dict[str, Any]) -> None:
        """Write one object, with the time."""
        import msgspec

        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = msgspec.json.encode({"time": stamp, **fields}).decode()
        self._writer.write_json(f"{text}\n")
        self._writer.stream.flush()


def as_json(event: Event, total_steps: float | None) -> dict[str, Any]:
    """Return the fields of an event; numbers that are not finite become null."""
    path = event.path.encode("utf-8", "backslashreplace").decode()
    fields: dict[str, Any] = {"event": event.kind, "path": path}
    diagnosis, finding = event.diagnosis, event.finding
    if diagnosis is not None and diagnosis.run is not None:
        run = diagnosis.run
        loss, rate = _loss(run), run.get(Channel.LEARNING_RATE)
        fields |= {
            "run": run.name,
            "step": last_step(run),
            "total_steps": planned(run, total_steps),
            "verdict": diagnosis.verdict.value,
            "unconfirmed": event.unconfirmed,
            "loss": None if loss is None else float(loss.values[-1]),
            "learning_rate": None if rate is None else float(rate.values[-1]),
            "eta_seconds": event.eta,
        }
    if finding is not None:
        fields |= {
            "code": finding.code,
            "name": finding.name,
            "severity": finding.severity.label,
            "confidence": finding.confidence.label,
            "onset_step": finding.onset.step,
        }
    return {**fields, "message": event.message}


def _loss(run: Run) -> Series | None:
    """The curve that moves with every row."""
    series = run.get(Channel.TRAIN_LOSS)
    return series if series is not None and len(series) else facts.principal(run)


def share_unspent(run: Run, total_steps: float | None) -> float | None:
    """Share of the planned steps that have not been made; None where no length is known."""
    total = planned(run, total_steps)
    return None if not total else max(1 - last_step(run) / total, 0.0)
