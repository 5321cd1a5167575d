"""Records of a console log, collected by template.

A template is a sequence of keys. Configuration, source code and prose hold numbers too, but their
keys come once; those of a training loop come again and again with other values. So every line
that could be a record is kept under its template, and what is one is decided at the end.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources.base import parse_cell
from lossdoc.sources.text.dialects import Dialects
from lossdoc.sources.text.keyvalue import LONGEST, Field, Shape, understand
from lossdoc.sources.text.template import Pile, Template
from lossdoc.sources.text.tokens import TOKEN

if TYPE_CHECKING:
    from lossdoc.sources.text.lines import Passage

_CACHE = 20_000
"""Shapes and templates kept; lines whose words never recur must not fill the memory."""
_LOOP = 5
"""Records from which on a log has a loop."""
_TIED = re.compile(
    r"(?:[:=>→\[]|\b(?:is|was|loss|acc|accuracy|error|lr|ppl|norm|epoch|ep|step|steps|iter|iters|"
    r"iteration|itr|batch|updates?))[\s\"'\[(]*$",
    re.IGNORECASE,
)
"""How words end that can be tied to the number after them."""
_WITH_DIGITS = re.compile(r"\b[^\W\d]*\d\w*")

Identity = tuple[str, int, tuple[tuple[str, str, str], ...]]
"""Kind, rank, and name, role and split of every field."""


@dataclass(eq=False)
class _Reading:
    """How to take numbers from the lines of one shape."""

    pile: Pile
    parts: list[int]
    scaled: list[Field]
    last: list[str] = field(default_factory=list)

    def take(self, number: int, parts: list[str]) -> bool:
        """Add a line, cut by `TOKEN`; whether all of its numbers are some."""
        try:
            values = [float(parts[i]) for i in self.parts]
        except ValueError:
            cells = [parse_cell(parts[i]) for i in self.parts]
            values = [cell for cell in cells if cell is not None]
            if len(values) < len(cells):
                return False
        for each in self.scaled:
            below = float(parts[each.over].replace(",", "")) if each.over else 1.0
            at = self.parts.index(each.part)
            values[at] *= each.scale / below if below else np.nan
        self.pile.add(number, values)
        self.last = parts
        return True


@dataclass(eq=False)
class Records:
    """Everything in a log that may be a record.

    Parameters
    ----------
    piles
        Lines by their keys.
    damaged
        How many lines have bytes that could not be decoded.
    first_damaged
        The first of them, else 0.
    suspects
        Piles with damaged lines, and how many such lines each has.
    unread
        Damaged lines that hold a metric which could not be read.
    torn
        Number of the last line where it breaks off within a record, else 0.
    count
        Lines seen.
    """

    piles: dict[Identity, Pile] = field(default_factory=dict)
    damaged: int = 0
    first_damaged: int = 0
    suspects: Counter[Pile] = field(default_factory=Counter)
    unread: int = 0
    torn: int = 0
    count: int = 0
    _readings: dict[tuple[str, ...], _Reading | None] = field(default_factory=dict)
    _alike: dict[tuple[str, ...], _Reading | None] = field(default_factory=dict)
    _inside: int = 0  # line after the last record
    _dialects: Dialects = field(init=False)

    def __post_init__(self) -> None:
        self._dialects = Dialects(self._looping)

    def feed(self, passage: Passage) -> None:
        """Collect the records among some lines."""
        lines = passage.lines[:-1] if passage.torn else passage.lines
        number = passage.first
        for number, printed in enumerate(lines, passage.first):
            if len(printed) > LONGEST:
                continue
            line = self._dialects.named(printed)
            if _promising(line.lower()) or (
                number == self._inside and line[:1].isspace() and "=" in line
            ):
                if passage.damaged and "\ufffd" in line:
                    self._feed_damaged(number, line)
                else:
                    self._feed_line(number, line)
        self.count = passage.first + len(passage.lines) - 1
        if passage.torn:
            self._feed_torn(self.count, self._dialects.named(passage.lines[-1]))

    def templates(self) -> list[Template]:
        """What was collected; of several processes that wrote the same, the first."""
        lowest: dict[tuple[object, ...], int] = {}
        for (kind, rank, fields), pile in self.piles.items():
            if len(pile):
                lowest[kind, fields] = min(rank, lowest.get((kind, fields), rank))
        found = self.piles.items()
        return [p.template() for (k, r, f), p in found if len(p) and lowest[k, f] == r]

    def _looping(self) -> bool:
        """Whether lines recur that count and tell something of a training."""
        return any(
            len(pile) >= _LOOP and pile.shape.counts and pile.shape.is_telling
            for pile in self.piles.values()
        )

    def _feed_line(self, number: int, line: str) -> Pile | None:
        parts = TOKEN.split(line)
        if len(parts) == 1:
            return None
        words = tuple(parts[::2])
        known = words in self._readings
        reading = self._readings[words] if known else self._learn(words, line)
        if reading is None or not reading.take(number, parts):
            return None
        self._inside = number + 1
        return reading.pile

    def _learn(self, words: tuple[str, ...], line: str) -> _Reading | None:
        if max(len(self._readings), len(self.piles)) >= _CACHE:
            self._forget()
        # Names of files, requests and the like make lines different that are read alike.
        alike = tuple(_WITH_DIGITS.sub("0", word) for word in words)
        if alike in self._alike:
            reading = self._alike[alike]
        else:
            shape = understand(line) if any(_TIED.search(w[-40:]) for w in words[:-1]) else None
            reading = None if shape is None else self._reading(shape)
            if shape is None or not shape.depends_on_digits:
                self._alike[alike] = reading
        self._readings[words] = reading
        return reading

    def _forget(self) -> None:
        """Drop what was seen once and counts nothing."""
        self._readings.clear()
        self._alike.clear()
        self.piles = {k: p for k, p in self.piles.items() if len(p) > 1 or p.shape.counts}

    def _reading(self, shape: Shape) -> _Reading:
        identity = _identity(shape)
        pile = self.piles.setdefault(identity, Pile(shape))
        scaled = [f for f in shape.fields if f.scale != 1 or f.over]
        return _Reading(pile, [f.part for f in shape.fields], scaled)

    def _feed_damaged(self, number: int, line: str) -> None:
        """Read a line with undecodable bytes, unless they touch a number."""
        self.damaged += 1
        self.first_damaged = self.first_damaged or number
        touched = any(
            "\ufffd" in line[max(token.start() - 1, 0) : token.end() + 1]
            for token in TOKEN.finditer(line)
        )
        if touched:
            shape = understand(line)
            self.unread += shape is not None and shape.is_telling
        elif (pile := self._feed_line(number, line)) is not None:
            self.suspects[pile] += 1

    def _feed_torn(self, number: int, line: str) -> None:
        """Read the last line if it seems whole: a log may end without a newline."""
        parts = TOKEN.split(line)
        if len(line) > LONGEST or len(parts) == 1 or not _promising(line.lower()):
            return
        known = self._readings.get(tuple(parts[::2]))
        if known is not None:
            ends = not parts[-1].strip() and bool(known.last)
            if ends and _decimals(parts[-2]) < _decimals(known.last[-2]):
                self.torn = number
                return
        elif (shape := understand(line)) is not None and self._is_cut(_identity(shape), parts[-1]):
            self.torn = number
            return
        self._feed_line(number, line)

    def _is_cut(self, identity: Identity, end: str) -> bool:
        """Whether keys are the beginning of those of a known template."""
        if identity in self.piles:
            return not end.strip()
        kept = identity[-1][:-1]
        return any(len(known[-1]) > 1 and known[-1][: len(kept)] == kept for known in self.piles)


def _identity(shape: Shape) -> Identity:
    return shape.kind, shape.rank, tuple((f.name, f.role, f.split) for f in shape.fields)


def _decimals(token: str) -> int:
    return len(token.partition(".")[2])


def _promising(text: str) -> bool:
    """Whether a lower-case line holds a word that every record has (a quick first look)."""
    return (
        "ep" in text  # step, epoch
        or "loss" in text
        or "iter" in text
        or "acc" in text
        or "lr" in text
        or "batch" in text
        or "err" in text
        or "norm" in text
        or "learn" in text
        or "ppl" in text
        or "perpl" in text
        or "score" in text
        or "trl:" in text
        or "tel:" in text
        or "updat" in text
        or "nll" in text
        or "rew" in text
        or "return" in text
        or "mse" in text
        or "mae" in text
        or "auc" in text
        or "iou" in text
        or "map" in text
        or "dice" in text
        or "psnr" in text
        or "ssim" in text
        or "bleu" in text
        or "prec" in text
        or "recall" in text
        or "f1" in text
        or "wer" in text
        or "cer" in text
        or "bp" in text
    )
