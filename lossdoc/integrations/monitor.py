"""Watches a run from within: takes what a loop logs, judges it beside the training, and says so."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lossdoc.errors import UsageError
from lossdoc.integrations.journal import Journal
from lossdoc.integrations.rows import as_number, sentence
from lossdoc.lasting import lasting
from lossdoc.model import Severity
from lossdoc.pacing import Bell, Pace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from lossdoc.model import Diagnosis

logger = logging.getLogger("lossdoc")

_FEWEST_ROWS = 20
"""Rows before the first judgement."""

_TELLING = ("loss", "nll", "grad_norm")
"""Parts of the names of columns that the bell listens to."""

Level = Severity | str | None


class Monitor:
    """Writes a log that ``lossdoc analyze`` reads, and judges it while it grows.

    >>> with Monitor() as monitor:
    ...     for step in range(100):
    ...         monitor.log(step, train_loss=2.0 if step < 50 else float("nan"))
    ...     monitor.check().verdict.value
    'failing'

    Parameters
    ----------
    path
        JSONL file, appended to; rows that are there already are taken for the earlier part of the
        run where the steps go on from them. None writes nothing.
    stop_on
        ``"error"`` or ``"warning"``: findings from there on set `should_stop`. None only observes.
    total_steps
        Planned length of the run: what is judged is then a part of it.
    select, ignore, min_confidence
        As in `lossdoc.analyze`.
    on_finding
        Called with the diagnosis when it says something new; from another thread.
    background
        Judge in a thread of its own, so that the loop never waits. False judges within `log`.

    Notes
    -----
    An error inside lossdoc never reaches the training: it is logged once (logger ``lossdoc``), and
    the monitor goes silent. Only wrong arguments raise, at once.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        stop_on: Level = None,
        total_steps: float | None = None,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        min_confidence: str = "medium",
        on_finding: Callable[[Diagnosis], object] | None = None,
        background: bool = True,
    ) -> None:
        from lossdoc.selection import select as checked

        checked(select, ignore)
        self.stop_on = _severity(stop_on)
        self.diagnosis: Diagnosis | None = None
        self._settings: dict[str, Any] = {
            "total_steps": total_steps,
            "select": tuple(select),
            "ignore": tuple(ignore),
            "min_confidence": min_confidence,
        }
        self._on_finding = on_finding
        self._background = background
        self._journal = None if path is None else Journal(Path(path))
        self._columns: dict[str, tuple[list[float], list[float]]] = {}
        self._rows = 0
        self._pace = Pace(_FEWEST_ROWS)
        self._bells: dict[str, Bell] = {}
        self._rung = False
        self._told: set[tuple[str, Severity]] = set()
        self._stop = False
        self._silent = False
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._judging = threading.Lock()

    @property
    def should_stop(self) -> bool:
        """Whether something as severe as ``stop_on`` has been found."""
        return self._stop

    def plan(self, total_steps: float) -> None:
        """Take the planned length of the run, unless one was given already."""
        if self._settings["total_steps"] is None:
            self._settings["total_steps"] = float(total_steps)

    def log(
        self, step: float | None = None, values: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        """Take one row.

        Parameters
        ----------
        step
            Of the optimizer; the number of earlier rows if None.
        values, more
            Name -> number. Names are understood as those of any log: ``loss``, ``val_loss``,
            ``lr``, ``grad_norm``; what is no number is left out.
        """
        if self._silent:
            return
        try:
            self._take(step, {**(values or {}), **more})
        except Exception as error:  # noqa: BLE001 - nothing of lossdoc may stop a training
            self._give_up(error)

    def check(self) -> Diagnosis | None:
        """Judge what has been logged so far, now; None if lossdoc itself failed."""
        try:
            self._judge()
        except Exception as error:  # noqa: BLE001 - as in log
            self._give_up(error)
            return None
        return self.diagnosis

    def close(self) -> None:
        """Judge what is left, and close the file."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if not self._silent and self._rows:
            self.check()
        self._put_down()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """Frameworks copy callbacks: threads, locks and files stay behind."""
        left = {"_wake", "_thread", "_judging"}
        return {name: value for name, value in vars(self).items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._thread = None
        self._wake = threading.Event()
        self._judging = threading.Lock()

    # ---- the loop's thread

    def _take(self, step: float | None, values: Mapping[str, Any]) -> None:
        if self._journal is not None and not self._journal.is_open:
            step = self._begin(self._journal, step)
        x = float(self._rows if step is None else step)
        read = {name: as_number(value) for name, value in values.items()}
        numbers = {name: number for name, number in read.items() if number is not None}
        self._keep(x, numbers)
        for name, number in numbers.items():
            self._rung |= self._rings(name, number)
        if self._journal is not None:
            self._journal.write({"step": int(x) if x.is_integer() else x, **numbers})
        if self._pace.due(self._rows, time.monotonic(), rung=self._rung):
            self._rung = False
            self._ask()

    def _rings(self, name: str, number: float) -> bool:
        """Whether a value of a loss breaks down or leaves its recent band."""
        if name not in self._bells:
            if not any(part in name.lower() for part in _TELLING):
                return False
            self._bells[name] = Bell()
        return self._bells[name].hear(number)

    def _keep(self, step: float, numbers: Mapping[str, float]) -> None:
        for name, number in numbers.items():
            steps, column = self._columns.setdefault(name, ([], []))
            steps.append(step)
            column.append(number)
        self._rows += 1

    def _begin(self, journal: Journal, step: float | None) -> float | None:
        """Open the file; take over the rows that the run goes on from."""
        step, earlier = journal.open(step, resume=not self._rows)
        for row in earlier:
            self._keep(row.pop("step"), row)
        return step

    def _ask(self) -> None:
        """Have the log judged: by the thread, or at once."""
        if not self._background:
            self._judge()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="lossdoc", daemon=True)
            self._thread.start()
        self._wake.set()

    # ---- the other thread

    def _work(self) -> None:
        while not (self._closing or self._silent):
            self._wake.wait()
            self._wake.clear()
            if not self._closing:
                self.check()

    def _judge(self) -> None:
        from lossdoc.api import analyze

        with self._judging:
            # A column may grow meanwhile: its steps are appended first.
            columns = {
                name: (steps[: len(values)], values[:])
                for name, (steps, values) in self._columns.items()
            }
            if not columns:
                return
            begin = time.monotonic()
            self.diagnosis = analyze(columns, **self._settings)
            end = time.monotonic()
            self._pace.judged(end, end - begin, news=self._tell(self.diagnosis))

    def _tell(self, diagnosis: Diagnosis) -> bool:
        """Log what is new; remember whether to stop. Whether anything is new."""
        loud = [f for f in diagnosis if f.severity > Severity.NOTE]
        new = [f for f in loud if (f.code, f.severity) not in self._told]
        if not self._closing and diagnosis.run is not None:
            from lossdoc.api import analyze

            sure = lasting(new, diagnosis.run, lambda run: analyze(run, **self._settings))
            self._rung |= len(sure) < len(new)  # so that a few rows more decide
            new = sure
        self._told |= {(f.code, f.severity) for f in new}
        for finding in new:
            level = logging.ERROR if finding.severity is Severity.ERROR else logging.WARNING
            logger.log(level, "%s", sentence(finding))
        if self.stop_on is not None and any(f.severity >= self.stop_on for f in new):
            self._stop = True
        if new and self._on_finding is not None:
            self._on_finding(diagnosis)
        return bool(new)

    def _give_up(self, error: Exception) -> None:
        if not self._silent:
            logger.warning("lossdoc goes silent after an error of its own: %r", error)
            logger.debug("where it arose", exc_info=error)
        self._silent = True
        self._put_down()

    def _put_down(self) -> None:
        if self._journal is not None:
            self._journal.close()


def _severity(level: Level) -> Severity | None:
    if level is None or isinstance(level, Severity):
        return level
    if level not in {"error", "warning"}:
        raise UsageError(f"stop_on={level!r}: 'error', 'warning' or None is needed")
    return Severity[level.upper()]
