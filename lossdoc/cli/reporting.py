"""``lossdoc report`` behind its options: judge, write the files, say where they are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lossdoc.cli.judging import judge
from lossdoc.cli.outputs import file_format
from lossdoc.errors import UsageError
from lossdoc.report.spending import Price
from lossdoc.report.terminal import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from lossdoc.cli.request import Request


def written(request: Request, price: float | None, gpus: int, *, show: bool) -> int:
    """Write what was asked for and return the exit code of the judgement.

    Raises
    ------
    UsageError
        A file cannot be written, GPUs without a price, or no page among the files to show.
    """
    if price is None and gpus != 1:
        raise UsageError("--gpus: no price of their hours", hint="--gpu-hour-price 2.50")
    files = [file_format(text) for text in request.outputs]
    pages = [path for path, kind in files if kind == "html"]
    if show and not pages:
        raise UsageError("--open: no page among the files", hint="-o report.html --open")
    code = judge(request._replace(price=None if price is None else Price(price, gpus)))
    if request.verbosity > -2:
        told = [f"Wrote {path} ({_size(path)})" for path, _ in files if path.is_file()]
        Writer().write_text("".join(f"{line}\n" for line in told))
    if show:
        _show(pages[0])
    return code


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:,.0f} kB"


def _show(path: Path) -> None:
    """Open a page; where nothing can show it, say so."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        sys.stderr.write(f"no browser could be started: open {path} yourself\n")
