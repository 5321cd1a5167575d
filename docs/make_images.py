# ruff: noqa: INP001 - a script, no part of a package
"""Draw the terminal pictures of the documentation from what lossdoc really prints.

python docs/make_images.py
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

TOP = Path(__file__).resolve().parent.parent
WIDTH = 88
PICTURES = {"divergence": "lossdoc analyze sample_logs/divergence.csv"}


def output(command: str) -> str:
    """What a command writes to a terminal that shows colours."""
    arguments = [*command.split()[1:], "--color", "always", "--width", str(WIDTH)]
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-m", "lossdoc", *arguments],
        capture_output=True,
        check=False,  # a finding is an exit code of 1
        cwd=TOP,
        encoding="utf-8",
    )
    if done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout


def picture(command: str) -> str:
    """SVG of a command and its output, without anything that is fetched from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{output(command)}"))
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="", code_format=without_fonts, unique_id="lossdoc")


def main() -> None:
    """Write every picture."""
    folder = TOP / "docs" / "images"
    folder.mkdir(exist_ok=True)
    for name, command in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(command) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
