"""Paired measurements: cases take turns, each in a fresh process, and are compared by CPU time.

Wall time on a shared machine says little; the ratio of the CPU times of two cases that ran right
after each other says a lot. So every round runs every case once, ratios are taken within a round,
and the median over the rounds is reported. A case is either a snippet of Python (``code``, with a
``setup`` that is not counted) or a whole command::

    cases = [
        Case("tbparse", code="r.scalars", setup="from tbparse import SummaryReader; r = ..."),
        Case("lossdoc", code="read(source)", setup="..."),
    ]
    result = compare(cases, rounds=5)
    result.show(baseline="tbparse", goals=[Goal("lossdoc", faster=30, memory=0.5)])
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

What = Literal["cpu", "wall", "peak_mb", "added_mb", "process_cpu"]

_CHILD = r"""
import json, resource, sys, time
spec = json.loads(sys.argv[1])

def kilobytes(field):
    try:
        # The high-water mark of getrusage survives exec and would show the parent's.
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            1024 if sys.platform == "darwin" else 1)

scope = {"__name__": "__measured__"}
exec(compile(spec["setup"], "setup", "exec"), scope)
code = compile(spec["code"], "code", "exec")
before = kilobytes("VmRSS")
wall, cpu = time.perf_counter(), time.process_time()
exec(code, scope)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
peak = kilobytes("VmHWM")
with open(spec["answer"], "w") as answer:
    json.dump({"cpu": cpu, "wall": wall, "peak_mb": peak / 1024,
               "added_mb": max(0.0, peak - before) / 1024}, answer)
"""


@dataclass(frozen=True)
class Case:
    """Something to measure.

    Parameters
    ----------
    name
        As in the table.
    code
        Python statements that are measured.
    setup
        Python statements that run before and are not counted (imports, objects).
    command
        Instead of code: a whole command; its CPU time includes the start of the process.
    """

    name: str
    code: str = ""
    setup: str = ""
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goal:
    """What a case must reach against the baseline.

    Parameters
    ----------
    case
        Name of the case.
    faster
        CPU time of the baseline over that of the case, at least.
    memory
        Memory added by the case over that added by the baseline, at most.
    """

    case: str
    faster: float | None = None
    memory: float | None = None


@dataclass(frozen=True)
class Sample:
    """One run of one case: seconds and mebibytes.

    ``added_mb`` is the peak above what was resident before ``code`` ran (for a command: the
    peak); ``process_cpu`` counts the whole process, its start included.
    """

    cpu: float
    wall: float
    peak_mb: float
    added_mb: float
    process_cpu: float


@dataclass(frozen=True)
class Comparison:
    """Samples by case, one per round."""

    samples: dict[str, list[Sample]]

    def median(self, case: str, what: What = "cpu") -> float:
        """Median over the rounds."""
        return statistics.median(getattr(s, what) for s in self.samples[case])

    def ratio(self, over: str, under: str, what: What = "cpu") -> float:
        """Median over the rounds of ``over / under``, paired by round."""
        pairs = zip(self.samples[over], self.samples[under], strict=True)
        return statistics.median(getattr(a, what) / max(getattr(b, what), 1e-9) for a, b in pairs)

    def show(self, baseline: str, goals: Iterable[Goal] = (), title: str = "") -> bool:
        """Print the table; True where every goal is reached."""
        by_case = {goal.case: goal for goal in goals}
        if title:
            print(f"\n{title}")
        print(f"{'case':28}{'CPU ms':>9}{'ratio':>9}{'goal':>10}{'+MB':>8}{'ratio':>8}{'goal':>10}")
        reached = True
        for name in self.samples:
            goal = by_case.get(name, Goal(name))
            faster = self.ratio(baseline, name)
            memory = self.ratio(name, baseline, "added_mb")
            fast = goal.faster is None or faster >= goal.faster
            small = goal.memory is None or memory <= goal.memory
            reached &= fast and small
            print(
                f"{name:28}{1e3 * self.median(name):9.1f}{faster:8.1f}x"
                f"{_goal('>=', goal.faster, fast):>10}{self.median(name, 'added_mb'):8.1f}"
                f"{memory:7.2f}x{_goal('<=', goal.memory, small):>10}"
            )
        return reached


def _goal(sign: str, value: float | None, ok: bool) -> str:
    return "" if value is None else f"{sign}{value:g}{' ok' if ok else ' MISS'}"


def compare(cases: Sequence[Case], *, rounds: int = 5) -> Comparison:
    """Run every case ``rounds`` times, in turns; CalledProcessError where one fails."""
    _compile_packages()
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            samples[case.name].append(run_once(case))
    return Comparison(samples)


def run_once(case: Case) -> Sample:
    """One fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        spec = json.dumps({"setup": case.setup, "code": case.code, "answer": str(answer)})
        command = case.command or (sys.executable, "-c", _CHILD, spec)
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        start = time.perf_counter()
        child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        cpu = usage.ru_utime + usage.ru_stime
        if case.command:
            # Includes what this small parent had resident when it forked; fine for a ratio.
            peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
            return Sample(cpu, wall, peak, peak, cpu)
        return Sample(process_cpu=cpu, **json.loads(answer.read_text()))


@cache
def _compile_packages() -> None:
    # An import without byte code costs up to three times as much, and would be measured.
    package = Path(__file__).parent.parent / "lossdoc"
    compileall.compile_dir(package, quiet=2)
    for name in ("tbparse", "pandas", "tensorboard", "google", "numpy", "msgspec", "typer", "rich"):
        for place in sys.path:
            if place.endswith("site-packages") and Path(place, name).is_dir():
                compileall.compile_dir(Path(place, name), quiet=2)
