"""Lines whose numbers have no names beside them, rewritten with names.

Ultralytics and its forerunners (YOLOv5 to v11) print a header above each epoch and the numbers below it;
darknet prints what a number is behind it.
"""

from __future__ import annotations

import re

from lossdoc.sources.base import parse_cell
from lossdoc.sources.naming import Kind, meaning

_HEADER = re.compile(r"\s*epoch(?:\s+[a-z][\w./-]*){3,}\s*", re.IGNORECASE)
_ROW = re.compile(r"\s*\d+/\d+\s+[-+.\dn]")
_BAR = re.compile(r"\d+%\|[^|]*\|\s*(\d+/\d+)")
_BARE = frozenset({"box", "obj", "cls", "dfl", "iou", "seg", "pose", "kobj", "rboxes", "total"})
"""Parts of a loss that headers name without the word."""

_NUMBER = r"(-?nan|-?inf|[-+.\de]+)"
_DARKNET = re.compile(
    rf"\s*(\d+): {_NUMBER}, {_NUMBER} avg(?: loss)?, {_NUMBER} rate, [\d.]+ seconds, \d+ images"
)


class Dialects:
    """Rewrites the lines of one log, in their order."""

    def __init__(self) -> None:
        self._header: list[str] = []

    def named(self, line: str) -> str:
        """Return a line with a name before each number; most are returned as they are.

        >>> log = Dialects()
        >>> _ = log.named("      Epoch    GPU_mem   box_loss   cls_loss  Instances       Size")
        >>> log.named("       1/30      2.1G      1.414      2.828         12        640: ")
        'Epoch 1/30 box_loss: 1.414, cls_loss: 2.828'
        >>> log.named("7: 21.5, 22.5 avg, 0.001 rate, 2.5 seconds, 448 images")
        'step 7: loss=21.5, avg_loss=22.5, lr=0.001'
        """
        if " avg" in line and (found := _DARKNET.match(line)) is not None:
            step, loss, mean, rate = found.groups()
            return f"step {step}: loss={loss}, avg_loss={mean}, lr={rate}"
        if "poch" in line[:40] and _HEADER.fullmatch(line) is not None:
            self._header = [f"{w}_loss" if w in _BARE else w for w in line.split()]
        elif self._header and _ROW.match(line) is not None:
            return self._row(line)
        return line

    def _row(self, line: str) -> str:
        """Numbers below a header; a progress bar that follows makes them means since its start."""
        cells = [cell.rstrip(":") for cell in line.split()[: len(self._header)]]
        if len(cells) < len(self._header):
            return line
        told = [
            f"{name}: {cell}"
            for name, cell in zip(self._header[1:], cells[1:], strict=True)
            if meaning(name).kind is not Kind.OTHER and parse_cell(cell) is not None
        ]
        bar = f" {found[1]} [==] -" if (found := _BAR.search(line)) is not None else ""
        return f"Epoch {cells[0]}{bar} {', '.join(told)}" if told else line
