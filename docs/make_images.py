# ruff: noqa: INP001 - a script, no part of a package
"""Draw the pictures of the documentation: what lossdoc really prints, and examples of the rules.

python docs/make_images.py
python docs/make_images.py --check
"""

from __future__ import annotations

import html
import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lossdoc.handbook import pictures
from lossdoc.rules import builtin

TOP = Path(__file__).resolve().parent.parent
IMAGES = TOP / "docs" / "images"
WIDTH = 88
PICTURES = {"divergence": "lossdoc analyze sample_logs/divergence.csv"}

CELL, LINE, ASCENT = 12.2, 24.4, 18.5
"""Size of a character in Rich's pictures, and how far its top lies above its base line."""
_TEXT = re.compile(r'<text class="([\w-]+)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')
_BRAILLE = re.compile("[\u2801-\u28ff]")
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit of a braille character."""


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


def drawn_braille(svg: str) -> str:
    """Draw the dots of braille characters, which many fonts lack or set too wide."""

    def draw(match: re.Match[str]) -> str:
        name, x, y, text = match.groups()
        squares = [
            f"M{float(x) + CELL * (i + 0.25 + 0.5 * column) - 1.5:.1f}"
            f" {float(y) - ASCENT + LINE * (0.125 + 0.25 * row) - 1.5:.1f}h3v3h-3z"
            for i, character in enumerate(html.unescape(text))
            if _BRAILLE.match(character)
            for bit, (column, row) in enumerate(_DOTS)
            if ord(character) >> bit & 1
        ]
        rest = _BRAILLE.sub("&#160;", match[0])
        return rest + (f'<path class="{name}" d="{"".join(squares)}"/>' if squares else "")

    return _TEXT.sub(draw, svg)


def picture(command: str) -> str:
    """SVG of a command and its output; nothing in it is fetched from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{output(command)}"))
    svg = console.export_svg(title="", unique_id="lossdoc")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return drawn_braille(svg)


def words(svg: str) -> str:
    """Text of a picture, without blanks: other versions of Rich may draw it otherwise."""
    return "".join("".join(html.unescape(text).split()) for *_, text in _TEXT.findall(svg))


def terminals() -> dict[Path, str]:
    """Pictures of commands, by file."""
    return {IMAGES / f"{name}.svg": picture(command) + "\n" for name, command in PICTURES.items()}


def rules() -> dict[Path, str]:
    """Pictures of rules, by file."""
    drawn = {IMAGES / "rules" / f"{rule.code}.svg": pictures.picture(rule) for rule in builtin()}
    return {path: svg for path, svg in drawn.items() if svg}


def stale() -> list[str]:
    """Pictures that do not show what they should, and those of rules that are gone."""
    wrong = [
        path
        for path, svg in terminals().items()
        if not path.exists() or words(path.read_text("utf-8")) != words(svg)
    ]
    wanted = rules()
    wrong += [
        path
        for path, svg in wanted.items()
        if not path.exists() or not pictures.alike(path.read_text("utf-8"), svg)
    ]
    wrong += [path for path in (IMAGES / "rules").glob("*") if path not in wanted]
    return [path.relative_to(IMAGES).as_posix() for path in wrong]


def main() -> int:
    """Write every picture, or compare it with what it should show."""
    if "--check" in sys.argv:
        found = stale()
        if found:
            sys.stderr.write(
                f"not up to date: {', '.join(found)}; run python docs/make_images.py\n"
            )
        return int(bool(found))
    (IMAGES / "rules").mkdir(parents=True, exist_ok=True)
    wanted = terminals() | rules()
    for path, svg in wanted.items():
        path.write_text(svg, encoding="utf-8", newline="\n")
    for path in set((IMAGES / "rules").glob("*")) - set(wanted):
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
