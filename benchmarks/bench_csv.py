"""Reading CSV logs, measured against pandas' C parser.

Run it as ``python benchmarks/bench_csv.py [--quick]``; it prints a table for every comparison,
with the goal beside each number, and exits with 1 where a goal is missed. ``--quick`` leaves out
the file of a million rows.

With pandas loaded already its parser is the faster one; but loading it takes as long as parsing a
million rows, it needs more memory, and it cannot tell NaN from a blank cell. The goals are: 0.8 of
its speed (0.5 to 0.6 is reached) at 0.7 of its added memory, and as a whole process not much slower
with a million rows and clearly faster with fewer.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from _measure import Case, Goal, compare

SETUP = """
from pathlib import Path
from lossdoc.sources import csv
from lossdoc.sources.base import Source
from lossdoc.sources.delimited.dialect import _detect_text
"""
READ = """
source = Source(Path({path!r}), "log")
csv.sniff(source)
csv.read(source)
"""
FORGET = """
_detect_text.cache_clear()"""  # what the reader remembers of the last file must not help it
PANDAS = """
frame = pandas.read_csv({path!r})
columns = [frame[name].to_numpy() for name in frame]
"""


def write_lightning(path: Path, rows: int) -> None:
    """Eight columns, most cells blank, floats of 17 digits."""
    rng = random.Random(0)
    with path.open("w") as file:
        file.write(
            "epoch,step,train_loss_step,train_loss_epoch,val_loss,val_acc,lr-Adam,grad_norm\n"
        )
        for i in range(rows):
            a, b = 3 * rng.random(), rng.random()
            line = f",{a},{b},{b / 2},," if i % 100 == 99 else f"{a},,,,{a * 1e-5},{b * 7}"
            file.write(f"{i // 1000},{i},{line}\n")


def write_keras(path: Path, rows: int) -> None:
    """Six columns, every cell filled."""
    rng = random.Random(0)
    with path.open("w") as file:
        file.write("epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n")
        for i in range(rows):
            file.write(f"{i},{','.join(str(rng.random()) for _ in range(5))}\n")


def long_file(path: Path, rows: int) -> bool:
    write_lightning(path, rows)
    ours, theirs = READ.format(path=str(path)), PANDAS.format(path=str(path))
    parsing = compare(
        [
            Case("pandas", theirs, setup="import pandas"),
            Case("lossdoc", ours, setup=SETUP),
        ]
    )
    whole = compare(
        [
            Case("pandas", command=(sys.executable, "-c", "import pandas" + theirs)),
            Case("lossdoc", command=(sys.executable, "-c", SETUP + ours)),
        ]
    )
    size = path.stat().st_size / 1e6
    reached = parsing.show(
        "pandas",
        [Goal("lossdoc", faster=0.8, memory=0.7 if rows > 500_000 else None)],
        f"{rows} rows x 8 columns, {size:.0f} MB, parsing alone",
    )
    return reached & whole.show(
        "pandas",
        [Goal("lossdoc", faster=0.8 if rows > 500_000 else 1.5)],
        f"{rows} rows x 8 columns, whole process",
    )


def small_files(path: Path, rows: int = 200, times: int = 200) -> bool:
    write_keras(path, rows)
    loop = f"for _ in range({times}):"
    ours = loop + (FORGET + READ).format(path=str(path)).replace("\n", "\n    ")
    theirs = loop + PANDAS.format(path=str(path)).replace("\n", "\n    ")
    result = compare(
        [Case("pandas", theirs, setup="import pandas"), Case("lossdoc", ours, setup=SETUP)]
    )
    print(f"\nlossdoc: {1e3 * result.median('lossdoc') / times:.2f} ms per file")
    return result.show(
        "pandas", [Goal("lossdoc", faster=0.35)], f"{times} files of {rows} rows x 6 columns"
    )


def main() -> int:
    with TemporaryDirectory() as folder:
        path = Path(folder, "metrics.csv")
        reached = small_files(path)
        for rows in (100_000,) if "--quick" in sys.argv else (100_000, 1_000_000):
            reached &= long_file(path, rows)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
