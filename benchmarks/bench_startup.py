"""How long the command line takes to start, against a bare interpreter and against numpy.

    python benchmarks/bench_startup.py [ROUNDS]

Whole processes, byte-compiled, CPU time, compared round by round. ``analyze`` reads a CSV of 200
rows; the terminal is a pseudo terminal with colour, which loads rich and draws a curve.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from pathlib import Path

from _measure import Case, compare

PASS, NUMPY = "python -c pass", "python -c 'import numpy'"

NAIVE = """
import sys
import typer, pandas, matplotlib.figure, tbparse, rich.console
frame = pandas.read_csv(sys.argv[1])
print(frame["train_loss"].rolling(5).median().min())
"""
"""What a command costs that imports everything at its top."""

CONSOLE_SCRIPT = "import sys; from lossdoc.__main__ import main; sys.exit(main())"

ON_A_TERMINAL = "import pty, sys; pty.spawn(sys.argv[1:])"


def table(folder: Path, *, sick: bool) -> Path:
    """A log of 200 rows; the sick one ends in NaN."""
    rows = ["step,train_loss,val_loss,lr"]
    for i in range(200):
        loss = 0.4 + 2 * math.exp(-i / 40) + 0.02 * math.sin(7.1 * i)
        shown = "nan" if sick and i > 150 else f"{loss:.6f}"
        rows.append(f"{i},{shown},{loss + 0.05:.6f},{1e-3 * (1 - i / 200):.3e}")
    path = folder / ("sick.csv" if sick else "fine.csv")
    path.write_text("\n".join(rows) + "\n")
    return path


def cases(folder: Path) -> list[Case]:
    """Whole commands."""
    python, lossdoc = sys.executable, (sys.executable, "-c", CONSOLE_SCRIPT)
    fine, sick = str(table(folder, sick=False)), str(table(folder, sick=True))
    naive = folder / "naive.py"
    naive.write_text(NAIVE)
    terminal = (python, "-c", ON_A_TERMINAL, *lossdoc)
    commands = {
        PASS: (python, "-c", "pass"),
        NUMPY: (python, "-c", "import numpy"),
        "pty alone": (python, "-c", ON_A_TERMINAL, python, "-c", "pass"),
        "lossdoc --help": (*lossdoc, "--help"),
        "lossdoc --version": (*lossdoc, "--version"),
        "lossdoc explain": (*lossdoc, "explain", "LD102"),
        "lossdoc analyze": (*lossdoc, "analyze", fine),
        "lossdoc analyze (sick)": (*lossdoc, "analyze", "--exit-zero", sick),
        "lossdoc analyze (json)": (*lossdoc, "analyze", "--output-format", "json", fine),
        "lossdoc analyze (terminal)": (*terminal, "analyze", "--exit-zero", sick),
        "everything at the top": (python, str(naive), fine),
    }
    return [Case(name, command=command) for name, command in commands.items()]


GOALS = {
    "lossdoc --help": (PASS, 7.5),
    "lossdoc analyze": (NUMPY, 2.0),
    "lossdoc analyze (sick)": (NUMPY, 2.0),
    "lossdoc analyze (terminal)": (NUMPY, 2.5),
}


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    os.environ["TERM"] = "xterm-256color"
    with tempfile.TemporaryDirectory() as folder:
        result = compare(cases(Path(folder)), rounds=rounds)
    print(f"{'command':28}{'CPU ms':>9}{'x pass':>9}{'x numpy':>9}{'peak MB':>9}  goal")
    reached = True
    for name in result.samples:
        times = {base: result.ratio(name, base) for base in (PASS, NUMPY)}
        goal = ""
        if name in GOALS:
            base, most = GOALS[name]
            # The pseudo terminal is held by an interpreter of its own, which is not ours to count.
            spent = times[base] - (result.ratio("pty alone", base) - result.ratio(PASS, base)) * (
                "terminal" in name
            )
            reached &= spent <= most
            goal = f"<= {most} x {base}: {spent:.2f} {'ok' if spent <= most else 'MISS'}"
        print(
            f"{name:28}{1e3 * result.median(name):9.1f}{times[PASS]:9.1f}{times[NUMPY]:9.2f}"
            f"{result.median(name, 'peak_mb'):9.1f}  {goal}"
        )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
