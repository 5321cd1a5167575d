"""What a call of `Monitor.log` costs a training loop, against writing the same row with json alone.

    python benchmarks/bench_monitor.py [ROWS]

The loop computes for about a millisecond between two rows, as a (fast) training step would. The
goal is a millisecond for each call at the 99.9th percentile; judging happens in a thread of its own.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import lossdoc

GOAL_MS = 1.0


def row(step):
    """A row of eight numbers."""
    loss = 0.4 + 2 * math.exp(-step / 4000) + 0.02 * math.sin(7.1 * step)
    names = ("train_loss", "lr", "grad_norm", "train_acc", "epoch", "tokens", "seconds", "scale")
    return dict.fromkeys(names, 1.0) | {"train_loss": loss}


def times(rows, take):
    """Seconds of every call of ``take`` within a loop that computes."""
    work = np.ones((256, 256), dtype=np.float32)
    spent = np.empty(rows)
    for step in range(rows):
        work @ work
        values = row(step)
        begin = time.perf_counter()
        take(step, values)
        spent[step] = time.perf_counter() - begin
    return spent


def main(rows):
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "plain.jsonl").open("w") as file:
            plain = times(rows, lambda s, v: file.write(json.dumps({"step": s, **v}) + "\n"))
        begin = time.perf_counter()
        with lossdoc.Monitor(Path(folder) / "log.jsonl", total_steps=rows) as monitor:
            watched = times(rows, monitor.log)
        closing = time.perf_counter() - begin - watched.sum()
    print(f"{rows:,} rows          mean us   p99 us  p99.9 us   max ms   x json")
    for name, spent in (("json alone", plain), ("Monitor.log", watched)):
        p99, p999 = np.quantile(spent, [0.99, 0.999]) * 1e6
        ratio = spent.mean() / plain.mean()
        print(
            f"{name:<18} {spent.mean() * 1e6:9.1f} {p99:8.1f} {p999:9.1f} "
            f"{spent.max() * 1e3:8.2f} {ratio:8.1f}"
        )
    met = np.quantile(watched, 0.999) * 1e3 <= GOAL_MS
    print(f"goal: {GOAL_MS} ms at the 99.9th percentile: {'ok' if met else 'MISS'}")
    print(f"the loop with all its computing, and the last judgement: {closing:.1f} s")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
