"""Lines whose numbers have no names beside them, or have them in another language, rewritten.

fastai, skorch, Ultralytics (and YOLOv5 to v7) and notebooks print a header and the numbers below it, somewhere in
a log; darknet prints what a number is behind it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lossdoc.sources.base import parse_cell
from lossdoc.sources.languages import in_english
from lossdoc.sources.naming import Kind, meaning

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST = re.compile(r"[\s|]*(epochs?|steps?|iter(?:ation)?s?)[\s|,]", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][^:={}\"']*")
_ROW = re.compile(r"[\s|]*\d+(?:/\d+)?[\s|,]")
_COUNT = re.compile(r"\d+(?:/\d+)?")
_BAR = re.compile(r"\d+%\|[^|]*\|\s*(\d+/\d+)")
_BARE = frozenset({"box", "obj", "cls", "dfl", "iou", "seg", "pose", "kobj", "rboxes", "total"})
"""Parts of a loss that headers of detectors name without the word."""
_LOSSES = {Kind.LOSS, Kind.STAND_IN}

_NUMBER = r"(-?nan|-?inf|[-+.\de]+)"
_DARKNET = re.compile(
    rf"\s*(\d+): {_NUMBER}, {_NUMBER} avg(?: loss)?, {_NUMBER} rate, [\d.]+ seconds, \d+ images"
)


class _Header(NamedTuple):
    """Names above numbers, and what stands between two of them."""

    names: list[str]
    between: str


class Dialects:
    """Rewrites the lines of one log, in their order.

    Parameters
    ----------
    looping
        Tells whether the log has records with names already: a table below them sums them up, or
        lists the best, and is no record.
    """

    def __init__(self, looping: Callable[[], bool] = lambda: False) -> None:
        self._looping = looping
        self._header: _Header | None = None

    def named(self, line: str) -> str:
        """Return a line with a name before each number; most are returned as they are.

        >>> log = Dialects()
        >>> _ = log.named("epoch     train_loss  valid_loss  time")
        >>> log.named("3         0.414       0.828       00:12")
        'epoch 3 train_loss: 0.414, valid_loss: 0.828'
        >>> log.named("7: 21.5, 22.5 avg, 0.001 rate, 2.5 seconds, 448 images")
        'step 7: loss=21.5, avg_loss=22.5, lr=0.001'
        """
        line = in_english(line)
        if self._header is not None and _ROW.match(line) is not None:
            return self._row(self._header, line)
        if _FIRST.match(line) is not None:
            found = _header(line)
            if found is not None and found != self._header and not self._looping():
                self._header = found
        elif " avg" in line and (told := _DARKNET.match(line)) is not None:
            step, loss, mean, rate = told.groups()
            return f"step {step}: loss={loss}, avg_loss={mean}, lr={rate}"
        return line

    def _row(self, header: _Header, line: str) -> str:
        """Numbers below a header; a progress bar that follows makes them means since its start."""
        bar = _BAR.search(line)
        cells = _cells(line[: bar.start()] if bar else line, header.between)
        if len(cells) != len(header.names) or _COUNT.fullmatch(cells[0]) is None:
            return line
        told = [
            f"{name}: {cell}"
            for name, cell in zip(header.names[1:], cells[1:], strict=True)
            if meaning(name).kind is not Kind.OTHER and parse_cell(cell) is not None
        ]
        at = f" {bar[1]} [==] -" if bar else ""
        return f"{header.names[0]} {cells[0]}{at} {', '.join(told)}" if told else line


def _header(line: str) -> _Header | None:
    """Names of a header with a loss; None where a line is none."""
    between = next((mark for mark in ("\t", "|", ",") if mark in line), "")
    names = _cells(line, between, gap=r"\s{2,}")
    names = [f"{name}_loss" if name in _BARE else name for name in names]
    if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names):
        return None
    return _Header(names, between) if any(meaning(n).kind in _LOSSES for n in names) else None


def _cells(line: str, between: str, gap: str = r"\s+") -> list[str]:
    """Cells of a line; between names without another mark stand two blanks at least."""
    if between:
        return [cell.strip(" :") for cell in line.strip(" |\r\n").split(between)]
    return [cell.rstrip(":") for cell in re.split(gap, line.strip())]
