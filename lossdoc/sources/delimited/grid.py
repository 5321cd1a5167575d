"""The fast way to read rows: all cells of a block at once, if they form a grid.

It says the same as `lossdoc.sources.delimited.cells.from_fields`, and declines what it is not sure of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossdoc.sources.delimited import floats
from lossdoc.sources.delimited.cells import Piece, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossdoc.model import Ints
    from lossdoc.sources.delimited.cells import CellReader
    from lossdoc.sources.delimited.dialect import Dialect
    from lossdoc.sources.delimited.layout import Layout

_FEW_LINES = 80
"""Below this many lines, plain Python is as fast as arrays."""
_LOOK_AHEAD = 1 << 18
_BATCH = 1 << 13
_MANY_TEXTS = 1000
_QUOTE = ord('"')
_BLANK = np.isin(np.arange(256), list(b" \t\r"))


def from_block(
    block: bytes,
    first_row: int,
    dialect: Dialect,
    hopeless: Iterable[int],
    read: CellReader,
) -> Piece | None:
    """Make a piece of a block of whole lines, if all of them are plain rows.

    Parameters
    ----------
    block
        Ends with a newline.
    first_row
        Number of its first line.
    dialect
        How it is written, with the columns in force.
    hopeless
        Fields known to hold nothing but text.
    read
        For the cells that are no plain decimals.
    """
    if block.count(b"\n", 0, _LOOK_AHEAD) < _FEW_LINES or dialect.delimiter == "|":
        return None
    if b"#" in block and (b"\n#" in block or block.startswith(b"#")):
        return None
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if dialect.decimal_comma:
        block = block.replace(b",", b".")
    grid = _Grid.of(block, ord(dialect.delimiter))
    return (
        None if grid is None else grid.piece(first_row, dialect.layout, frozenset(hopeless), read)
    )


_Part = tuple[int, "Ints", floats.Cells]
"""A field, the rows in which it is filled, and its cells there."""


class _Grid(NamedTuple):
    """Cells of a block whose lines all have ``width`` fields."""

    text: bytes
    block: floats.Block
    width: int
    bounds: Ints
    marks: Ints
    padded: bool

    @classmethod
    def of(cls, text: bytes, delimiter: int) -> _Grid | None:
        block = floats.Block.of(text)
        newline = block.code == 10
        marks = np.flatnonzero(newline | (block.code == delimiter))
        width = int(np.searchsorted(marks, newline[1:].argmax() + 1))
        lines = np.count_nonzero(newline) - 1
        if len(marks) != lines * width + 1 or not newline[marks[::width]].all():
            return None
        padded = any(sign in text for sign in (b" ", b"\t", b"\r", b'"'))
        return cls(text, block, width, block.at.take(marks, mode="clip"), marks, padded)

    def piece(
        self, first_row: int, layout: Layout, skip: frozenset[int], read: CellReader
    ) -> Piece | None:
        columns = self._columns()
        if columns is None:
            return None
        named = len(layout.names)
        lines = (len(self.bounds) - 1) // self.width
        rows = np.arange(first_row, first_row + lines, dtype=np.int64)
        extra = [which for which, _ in columns[named:]]
        piece = Piece(
            rows,
            extra=rows[np.unique(np.concatenate(extra))] if extra else rows[:0],
            short=rows if self.width < named else rows[:0],
            keys=self._keys(layout),
        )
        parts = [
            (j, rows if len(which) == lines else rows[which], cells)
            for j, (which, cells) in enumerate(columns[:named])
            if j not in skip and j not in layout.keys
        ]
        for batch in _batches(parts):
            self._add(piece, batch, read)
        for j in (j for j in range(self.width, named) if j not in layout.keys):
            piece.columns[j] = rows[:0], np.empty(0)
        return None if self._has_texts_alone(piece, layout) else piece

    def _columns(self) -> list[tuple[Ints, floats.Cells]] | None:
        """Lines in which each column is filled, and the cells there; None where quotes are odd."""
        if not self.padded:
            filled = (self.bounds[1:] - self.bounds[:-1] > 1).reshape(-1, self.width)
            return [self._filled(j, np.flatnonzero(filled[:, j])) for j in range(self.width)]
        trimmed = self._unquoted([self._cells(j) for j in range(self.width)])
        if trimmed is None:
            return None
        lines = [np.flatnonzero(cells.end > cells.start) for cells in trimmed]
        return [(which, cells.take(which)) for which, cells in zip(lines, trimmed, strict=True)]

    def _cells(self, j: int) -> floats.Cells:
        """All cells of a column."""
        stop, step = len(self.bounds) - 1, self.width
        return floats.Cells(
            start=self.bounds[j:stop:step] + 1,
            end=self.bounds[j + 1 :: step],
            first=self.marks[j:stop:step] + 1,
            last=self.marks[j + 1 :: step],
        )

    def _filled(self, j: int, which: Ints) -> tuple[Ints, floats.Cells]:
        """Some cells of a column."""
        if len(which) * self.width == len(self.bounds) - 1:
            return which, self._cells(j)
        before = which * self.width + j
        after = before + 1
        return which, floats.Cells(
            start=self.bounds.take(before, mode="clip") + 1,
            end=self.bounds.take(after, mode="clip"),
            first=self.marks.take(before, mode="clip") + 1,
            last=self.marks.take(after, mode="clip"),
        )

    def _keys(self, layout: Layout) -> Sequence[tuple[str, ...]]:
        if not layout.keys or max(layout.keys) >= self.width:
            return ()
        texts = []
        for j in layout.keys:
            cells = self._cells(j)
            spans = zip(cells.start.tolist(), cells.end.tolist(), strict=True)
            texts.append([self._text(start, end).strip(' \t\r"') for start, end in spans])
        return list(zip(*texts, strict=True))

    def _text(self, start: int, end: int) -> str:
        return self.text[start - 1 : end - 1].decode("utf-8", "replace")

    def _add(self, piece: Piece, batch: list[_Part], read: CellReader) -> None:
        """Read the cells of some columns."""
        cells = floats.Cells.joined([part for _, _, part in batch])
        values, odd = floats.to_floats(self.block, cells)
        kept, texts = np.ones(len(cells), bool), np.zeros(len(cells), bool)
        if odd.size:
            spans = zip(cells.start[odd].tolist(), cells.end[odd].tolist(), strict=True)
            found = [read(self._text(start, end)) for start, end in spans]
            kept, text_at = settle(values, odd, found)
            texts[text_at] = True
        stop = 0
        for j, rows, part in batch:
            here = slice(stop, stop := stop + len(part))
            if kept[here].all():
                piece.columns[j] = rows, values[here]
                continue
            piece.columns[j] = rows[kept[here]], values[here][kept[here]]
            if texts[here].any():
                piece.texts[j] = rows[texts[here]]

    def _unquoted(self, columns: list[floats.Cells]) -> list[floats.Cells] | None:
        """Cells without blanks and quotes around them; None where a quote stands elsewhere."""
        block, quotes, result = self.block, 0, list[floats.Cells]()
        for cells in columns:
            start, end, first, last = _trimmed(block, cells)
            opened = _at_start(block, start, first, last) == _QUOTE
            if opened.any():
                closed = (_at_end(block, end, first, last) == _QUOTE) & (last - first > 1)
                if not np.array_equal(opened, closed):
                    return None
                quotes += 2 * int(np.count_nonzero(opened))
                bare = floats.Cells(start + opened, end - opened, first + opened, last - opened)
                start, end, first, last = _trimmed(block, bare)
            result.append(floats.Cells(start, end, first, last))
        return result if quotes == self.text.count(b'"') else None

    @staticmethod
    def _has_texts_alone(piece: Piece, layout: Layout) -> bool:
        """Whether some line may be no row: no number, and text where numbers belong."""
        strange = [rows for j, rows in piece.texts.items() if j not in layout.texts]
        if not strange:
            return False
        suspects = np.unique(np.concatenate(strange))
        if len(suspects) > _MANY_TEXTS:
            return True
        numbered = [np.isin(suspects, rows) for rows, _ in piece.columns.values()]
        return not np.any(numbered, axis=0).all()


def _batches(parts: list[_Part]) -> Iterator[list[_Part]]:
    """Columns together while they are short: a call of numpy costs as much as a hundred cells."""
    batch: list[_Part] = []
    for part in parts:
        batch.append(part)
        if sum(len(cells) for _, _, cells in batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _trimmed(block: floats.Block, cells: floats.Cells) -> tuple[Ints, Ints, Ints, Ints]:
    start, end, first, last = cells.start, cells.end, cells.first, cells.last
    while (blank := _BLANK[_at_start(block, start, first, last)]).any():
        start, first = start + blank, first + blank
    while (blank := _BLANK[_at_end(block, end, first, last)]).any():
        end, last = end - blank, last - blank
    return start, end, first, last


def _at_start(block: floats.Block, start: Ints, first: Ints, last: Ints) -> Ints:
    """The non-digit that each cell begins with, or 0."""
    code = block.code.take(first, mode="clip")
    return np.where((first < last) & (block.at.take(first, mode="clip") == start), code, 0)


def _at_end(block: floats.Block, end: Ints, first: Ints, last: Ints) -> Ints:
    """The non-digit that each cell ends with, or 0."""
    code = block.code.take(last - 1, mode="clip")
    return np.where((first < last) & (block.at.take(last - 1, mode="clip") == end - 1), code, 0)
