"""What watching costs: a look at a growing log, a week of them, and two hundred logs at once.

    python benchmarks/bench_watch.py

Ratios are of one run on one machine; absolute times are not comparable between machines.
"""

from __future__ import annotations

import math
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from lossdoc import api
from lossdoc.api import Settings
from lossdoc.sources import Found
from lossdoc.watch import Follower, Watcher

NEW = 1000
SIZES = (10_000, 100_000, 1_000_000)
LONG = 20_000
"""Rows from which on judging needs no more memory for a longer log, beside its columns."""

MOST = 1.5
"""Cost of a look at the longest log over that at the shortest."""


def rows(first, last):
    return "".join(
        f"{i},{0.4 + 2 * math.exp(-i / 2000) + 0.02 * math.sin(7.1 * i):.6f},0.001,"
        f"{1 + 0.1 * math.sin(3 * i):.4f}\n"
        for i in range(first, last)
    )


def write(path, count):
    path.write_text("step,train_loss,lr,grad_norm\n" + rows(0, count))


def append(path, first, last):
    with path.open("a") as file:
        file.write(rows(first, last))


class Clock:
    """A clock on which judging is so dear that only growth and the bell ask for it."""

    now = 0.0

    def __call__(self):
        self.now += 1e6
        return self.now


class Never:
    """No judgement: what is left is the look."""

    def due(self, *_args, **_options):
        return False


def follow(path, clock=time.monotonic):
    follower = Follower(Found(str(path), str(path), named=True), Settings(), clock=clock)
    for _ in follower.tick():
        pass
    return follower


def tick(follower):
    begin = time.perf_counter()
    for _ in follower.tick():
        pass
    return time.perf_counter() - begin


def looks(folder):
    """Seconds of a look at NEW rows, for each length of the log."""
    found = {}
    for size in (SIZES[0], *SIZES):  # the first time only warms up
        path = folder / f"{size}.csv"
        write(path, size)
        follower = follow(path)
        follower._pace = Never()  # noqa: SLF001
        spent = []
        for i in range(9):
            append(path, size + i * NEW, size + (i + 1) * NEW)
            spent.append(tick(follower))
        found[size] = statistics.median(spent[2:])
        path.unlink()
    return found


def growth(folder, rows_in_all=100_000):
    """Time of all looks and judgements of a growing log over that of judging it once."""
    path = folder / "growing.csv"
    write(path, NEW)
    spent = 0.0
    follower = follow(path, Clock())
    for first in range(NEW, rows_in_all, NEW):
        append(path, first, first + NEW)
        spent += tick(follower)
    begin = time.perf_counter()
    api.analyze(path)
    return spent / (time.perf_counter() - begin)


def week(folder, ticks=6_048):
    """Resident MiB after a tenth of a week of looks, a row and 100 s each, and after all of it."""
    path = folder / "week.csv"
    write(path, LONG)
    follower = follow(path, Clock())
    held = []
    for i in range(ticks):
        append(path, LONG + i, LONG + i + 1)
        tick(follower)
        if i in (ticks // 10, ticks - 1):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            held.append(pages * resource.getpagesize() / (1 << 20))
    return held


def many(folder, logs=200, ticks=10, interval=10.0):
    """Looks per second over all logs, and the share of a core at the usual interval."""
    paths = [folder / f"run{i}.csv" for i in range(logs)]
    for path in paths:
        write(path, 500)
    watcher = Watcher([str(folder)], Settings())
    for _ in watcher.tick():
        pass
    spent = 0.0
    for i in range(ticks):
        for path in paths:
            append(path, 500 + 10 * i, 510 + 10 * i)
        begin = time.process_time()
        for _ in watcher.tick():
            pass
        spent += time.process_time() - begin
    return logs * ticks / spent, spent / ticks / interval


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        early, late = week(folder)  # first: what others freed would hide a growth
        found = looks(folder)
        for size, seconds in found.items():
            print(f"a look at {NEW:,} new rows of {size:>9,}: {seconds * 1e3:6.2f} ms")
        ratio = found[SIZES[-1]] / found[SIZES[0]]
        print(f"ratio of the longest to the shortest: {ratio:.2f} (at most {MOST})")
        print(f"all judgements of a growing log: {growth(folder):.1f} x judging it once at the end")
        print(f"memory after a tenth of a week {early:.1f} MiB, after the week {late:.1f} MiB")
        (folder / "many").mkdir()
        speed, share = many(folder / "many")
        print(f"200 logs that grow: {speed:,.0f} looks/s; every 10 s: {share:.1%} of a core")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory of all this: {peak:.0f} MiB")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
