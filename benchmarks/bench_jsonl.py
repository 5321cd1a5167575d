"""Reading JSON lines and a trainer_state.json, measured against the standard library.

Run it as ``python benchmarks/bench_jsonl.py [--quick]``; it prints a table for every layout, with
the goal beside each number, and exits with 1 where a goal is missed. ``--quick`` leaves out the
million rows. Both sides go from the file to float64 columns with their row numbers.
"""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from _measure import Case, Goal, compare

STDLIB = """
import json
import numpy as np

def columns(rows):
    found = {}
    for number, row in rows:
        for key, value in row.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                column = found.get(key)
                if column is None:
                    column = found[key] = ([], [])
                column[0].append(number)
                column[1].append(value)
    return {k: (np.array(n, np.int64), np.array(v, np.float64)) for k, (n, v) in found.items()}

def per_line(path):
    with open(path, encoding="utf-8") as lines:
        return columns((number, json.loads(line)) for number, line in enumerate(lines, 1))

def document(path):
    with open(path, encoding="utf-8") as stream:
        return columns(enumerate(json.load(stream)["log_history"], 1))
"""

OURS = """
from pathlib import Path
import msgspec
from lossdoc.sources import jsondoc, jsonl
from lossdoc.sources.base import Source
"""


def rows(count: int, *, nan: bool) -> list[dict[str, float]]:
    """Eight keys per training row, every 50th row an evaluation."""
    numbers = random.Random(count)
    found: list[dict[str, float]] = []
    for i in range(1, count + 1):
        if i % 50 == 0:
            row = {"step": i, "epoch": i / 1000, "eval_loss": 2 * numbers.random()}
            found.append(row | {"eval_accuracy": numbers.random(), "eval_runtime": 9.5})
            continue
        norm = math.nan if nan and i % 200 == 7 else 3 * numbers.random()
        loss = math.inf if nan and i % 5000 == 9 else 2 * math.exp(-i / count) + numbers.random()
        found.append(
            {
                "step": i,
                "epoch": i / 1000,
                "loss": loss,
                "grad_norm": norm,
                "learning_rate": 1e-3 * (1 - i / count),
                "time": 1.7e9 + 0.31 * i,
                "tokens": 4096 * i,
                "memory": 1e4 * numbers.random(),
            }
        )
    return found


def write_lines(path: Path, count: int, *, nan: bool) -> str:
    with path.open("w") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows(count, nan=nan))
    return str(path)


def write_state(path: Path, count: int) -> str:
    state = {"global_step": count, "log_history": rows(count, nan=True)}
    path.write_text(json.dumps(state, indent=2))
    return str(path)


def measure(title: str, path: str, goal: Goal, rounds: int = 5) -> bool:
    function, reader = ("per_line", "jsonl") if path.endswith("l") else ("document", "jsondoc")
    cases = [
        Case("stdlib json", setup=STDLIB, code=f"{function}({path!r})"),
        Case("lossdoc", setup=OURS, code=f"{reader}.read(Source(Path({path!r}), 'log'))"),
    ]
    return compare(cases, rounds=rounds).show("stdlib json", [goal], title)


def main() -> int:
    quick = "--quick" in sys.argv
    with TemporaryDirectory() as name:
        folder = Path(name)
        clean = write_lines(folder / "clean.jsonl", 100_000, nan=False)
        dirty = write_lines(folder / "dirty.jsonl", 100_000, nan=True)
        state = write_state(folder / "trainer_state.json", 10_000)
        reached = [
            measure("100 000 lines", clean, Goal("lossdoc", faster=2)),
            measure("100 000 lines with NaN and Infinity", dirty, Goal("lossdoc", faster=2)),
            measure("trainer_state.json, 10 000 rows", state, Goal("lossdoc", faster=1)),
        ]
        if not quick:
            large = write_lines(folder / "large.jsonl", 1_000_000, nan=True)
            goal = Goal("lossdoc", faster=2, memory=1)
            reached.append(measure("1 000 000 lines with NaN and Infinity", large, goal, 3))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
