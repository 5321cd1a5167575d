"""What a page costs: ``lossdoc report`` against ``lossdoc analyze`` of the same log, and its size.

    python benchmarks/bench_report.py [ROUNDS] [--quick]

Whole processes, CPU time, compared round by round; logs of 10 thousand, 100 thousand and a million
steps with two losses, a learning rate and a gradient norm, in which the loss diverges near the end.
Goals: at most three times the time of ``analyze`` for a million steps, and a page below 1 MB (300 kB
for the usual run). ``--quick`` leaves out the million. Shorter logs have no goal in time: loading
Matplotlib alone takes longer than judging them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from _measure import Case, compare

CONSOLE_SCRIPT = "import sys; from lossdoc.__main__ import main; sys.exit(main())"
LENGTHS = {10_000: 300, 100_000: 300, 1_000_000: 1000}
"""Steps of a run -> the most kilobytes of its page."""

SLOWER = 3.0


def write(path: Path, steps: int) -> None:
    """Fall with noise, learning rate and gradient norm; a validation loss every 100 steps."""
    rng = np.random.default_rng(0)
    i = np.arange(steps)
    loss = 0.4 + 2 * np.exp(-8 * i / steps) + 0.05 * rng.standard_normal(steps)
    loss += np.where(i > 0.9 * steps, np.exp(60 * (i / steps - 0.9)) - 1, 0)
    norm = np.exp(0.3 * rng.standard_normal(steps))
    with path.open("w") as file:
        file.write("step,train_loss,val_loss,lr,grad_norm\n")
        for step, a, b in zip(i, loss, norm, strict=True):
            val = f"{a + 0.05:.6f}" if step % 100 == 99 else ""
            file.write(f"{step},{a:.6f},{val},{1e-3 * (1 - step / steps):.4e},{b:.5f}\n")


def measured(folder: Path, steps: int, rounds: int) -> bool:
    """Print the line of one length; whether it is within the goals."""
    log, page = folder / f"{steps}.csv", folder / f"{steps}.html"
    write(log, steps)
    lossdoc = (sys.executable, "-c", CONSOLE_SCRIPT)
    result = compare(
        [
            Case("analyze", command=(*lossdoc, "analyze", str(log), "--exit-zero")),
            Case("report", command=(*lossdoc, "report", str(log), "-o", str(page), "--exit-zero")),
        ],
        rounds=rounds,
    )
    ratio = result.ratio("report", "analyze")
    size, most = page.stat().st_size / 1000, LENGTHS[steps]
    hurried = ratio <= SLOWER or steps < max(LENGTHS)
    goal = f"<={SLOWER:g}x {'ok' if hurried else 'MISS'}" if steps == max(LENGTHS) else ""
    print(
        f"{steps:>9,}{1e3 * result.median('analyze'):12.0f}{1e3 * result.median('report'):11.0f}"
        f"{ratio:7.2f}x{goal:>10}{size:9.0f} kB  <={most} kB {'ok' if size <= most else 'MISS'}"
        f"{result.median('report', 'peak_mb'):9.0f}"
    )
    log.unlink()
    return hurried and size <= most


def main() -> int:
    quick = "--quick" in sys.argv
    numbers = [int(text) for text in sys.argv[1:] if text.isdigit()]
    print(
        f"{'steps':>9}{'analyze ms':>12}{'report ms':>11}{'ratio':>8}{'goal':>10}{'page':>12}{'goal':>14}{'peak MB':>12}"
    )
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        for steps in list(LENGTHS)[: 2 if quick else 3]:
            reached &= measured(Path(folder), steps, *(numbers or [3 if steps > 500_000 else 7]))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
