"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from lossdoc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Hand out a path beside the file, to be written; then put it in the place of the file.

    Whoever reads the file meanwhile sees the old one or the new one, never a part. What is no
    ordinary file (a pipe, ``/dev/stdout``) is handed out itself.

    Raises
    ------
    UsageError
        It cannot be written; a file that was there before is as it was.
    """
    try:
        yield from _beside(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot write {path}: {reason}") from error


def _beside(path: Path) -> Iterator[Path]:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    # /dev/stdout may lead to an ordinary file, which whoever redirected there holds open.
    if path.is_relative_to("/dev") or (mode is not None and not stat.S_ISREG(mode)):
        yield path
        return
    target = path.resolve()  # a link stays, and leads to the new file
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(None, "Permission denied")
    # The suffix stays: pictures are written in the format that it names.
    fresh = target.with_name(f".{target.stem[:100]}.{os.getpid()}{target.suffix}")
    try:
        yield fresh
        if mode is not None:
            fresh.chmod(stat.S_IMODE(mode))
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write a file as UTF-8.

    Raises
    ------
    UsageError
        It cannot be written.
    """
    with replacing(path) as fresh:
        fresh.write_text(text, encoding="utf-8", newline="\n")


def in_a_folder(path: Path) -> Path:
    """Return the path of a file whose folder is there.

    Raises
    ------
    UsageError
        There is no such folder.
    """
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: no folder {path.parent}")
    return path
