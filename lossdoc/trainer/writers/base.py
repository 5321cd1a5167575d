"""What writes the log of a run, and how its numbers look in text."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from lossdoc.trainer.log import Row

    Settings = Mapping[str, float | str]


class Writer(ABC):
    """Takes the rows of one run, one by one; a context that closes its file.

    Every row is handed to the operating system at once: a process that is killed loses the row that
    it is writing, and nothing else. A machine that loses power may lose more: nothing waits for the
    disk, which would take far longer than a step of a small network.
    """

    @abstractmethod
    def write(self, row: Row) -> None:
        """Write one row, the same names in each; None was not measured."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def number(value: float) -> str:
    """Write a float32 in the fewest digits that tell it from others; other numbers in nine digits.

    >>> [number(v) for v in (0.05000000074505806, 1 / 3, 12.0, float("nan"))]
    ['0.05', '0.333333333', '12', 'nan']
    """
    with np.errstate(over="ignore"):
        short = np.float32(value)
    text = str(short) if float(short) == value else f"{value:.9g}"
    return text.removesuffix(".0")


def cut(path: Path, lines: int) -> None:
    """Cut a file of text after so many lines; a torn last line goes too.

    Raises
    ------
    OSError
        There is no such file, or it cannot be written.
    """
    with path.open("r+b") as file:
        end = 0
        for _ in range(lines):
            if not file.readline().endswith(b"\n"):
                break
            end = file.tell()
        file.truncate(end)


def replace(path: Path, text: str) -> None:
    """Write a file whole: a reader finds the old one or the new one."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)  # noqa: PTH105 - the same on every system
