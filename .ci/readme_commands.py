# ruff: noqa: INP001 - a script, no part of a package
"""Print the commands of a README's marked blocks, so that CI runs what the README tells.

    python .ci/readme_commands.py NAME

A block is marked by a comment on the line before it: ``<!-- ci: NAME -->``. Several blocks may share
a name. A name without a block is an error: a renamed mark must not pass as an empty script.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def commands(text: str, name: str) -> str:
    """Return the commands of all blocks of that name, in order."""
    mark = rf"^<!-- ci: {re.escape(name)} -->\n+```sh\n(.*?)^```$"
    return "".join(re.findall(mark, text, flags=re.MULTILINE | re.DOTALL))


def main() -> int:
    """Print the commands of the block that is asked for."""
    found = commands(README.read_text(encoding="utf-8"), sys.argv[1])
    if not found:
        sys.stderr.write(f"README.md has no block marked <!-- ci: {sys.argv[1]} -->\n")
        return 1
    sys.stdout.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
