"""Forms of event records: where the numbers lie in records that are alike in everything else.

Nearly all records of a log are alike: the same tag, the same bytes, and only wall time, step and
value differ. A *form* is the places of these numbers, together with the other bytes of every tag
that was seen with it.

Which of these tags a record has is told by its own checksum: without what the free bytes add to
it, it is the checksum of the constant bytes, one fixed number per tag. A record that is found by
this number and whose constant bytes are equal too is intact, so the search is the check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.sources import tfevents_crc as crc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lossdoc.model import Floats, Ints
    from lossdoc.sources.tfevents_event import Event


def row_bytes(length: int) -> int:
    """Bytes of a record and its checksum, as whole words of eight."""
    return -(-(length + 4) // 8) * 8


@dataclass(frozen=True)
class Slot:
    """Where one number of a form lies, and how it is stored."""

    at: int
    code: str

    @property
    def width(self) -> int:
        """Bytes."""
        return 2 if self.code == "bf" else np.dtype(self.code).itemsize

    def read(self, rows: NDArray[np.uint8]) -> Floats:
        """float64[n] out of uint8[n, row]."""
        raw = np.ascontiguousarray(rows[:, self.at : self.at + self.width])
        if self.code == "bf":  # the upper half of a float32
            bits = raw.view("<u2")[:, 0].astype(np.uint32) << np.uint32(16)
            return bits.view(np.float32).astype(np.float64)
        return raw.view(self.code)[:, 0].astype(np.float64)


class Form:
    """Records of one length whose numbers lie in the same places, and the tags seen in them.

    Parameters
    ----------
    length
        Bytes of a record.
    step_bytes
        Width of the step.
    slots
        Places of the values.
    """

    def __init__(self, length: int, step_bytes: int, slots: tuple[Slot, ...]) -> None:
        self.length = length
        self.step_bytes = step_bytes
        self.slots = slots
        self.width = row_bytes(length)
        self.free = np.array(
            [*range(1, 9), *range(10, 10 + step_bytes)]
            + [at for slot in slots for at in range(slot.at, slot.at + slot.width)],
            dtype=np.intp,
        )
        mask = np.zeros(self.width, dtype=np.uint8)
        mask[:length] = 0xFF
        mask[self.free] = 0
        mask[10 : 10 + step_bytes] = 0x80  # where a number goes on must be the same
        self.mask = mask.view("<u8")
        self.keys = np.empty(0, dtype=np.uint32)
        self.constants = np.empty(0, dtype=f"V{self.width}")
        self.tags = np.empty((0, len(slots)), dtype=np.int32)

    def learn(self, record: bytes, tags: list[int]) -> None:
        """Remember the constant bytes of an intact record, and the numbers of its tags."""
        row = np.zeros(self.width, dtype=np.uint8)
        row[: self.length] = np.frombuffer(record, dtype=np.uint8)
        bare = row[: self.length].copy()
        bare[self.free] = 0
        key = np.uint32(crc.plain(bare.tobytes()))
        place = int(np.searchsorted(self.keys, key))
        if place < len(self.keys) and self.keys[place] == key:
            return  # known (or one in four billion: then its records are read one by one)
        constant = (row.view("<u8") & self.mask).view(self.constants.dtype)
        self.keys = np.insert(self.keys, place, key)
        self.constants = np.concatenate([self.constants[:place], constant, self.constants[place:]])
        self.tags = np.insert(self.tags, place, tags, axis=0)

    def match(self, rows: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], Ints]:
        """Which of uint8[n, width] are intact and of a known tag, and its place in ``tags``."""
        stored = np.ascontiguousarray(rows[:, self.length : self.length + 4]).view("<u4")[:, 0]
        added = crc.contributions(rows.T[self.free], self.length - 1 - self.free)
        keys = crc.unmask(stored) ^ added
        which = np.searchsorted(self.keys, keys)
        which[which == len(self.keys)] = 0
        constant = (rows.view("<u8") & self.mask).view(self.constants.dtype)[:, 0]
        return (self.keys[which] == keys) & (constant == self.constants[which]), which

    def steps(self, rows: NDArray[np.uint8]) -> Floats:
        """float64[n] out of uint8[n, width]."""
        number = np.zeros(len(rows), dtype=np.int64)
        for place in range(self.step_bytes):
            number |= (rows[:, 10 + place] & np.int64(0x7F)) << np.int64(7 * place)
        return number.astype(np.float64)


@dataclass
class Vocabulary:
    """Tags and forms met so far; shared by the files of one folder, which speak alike."""

    tags: dict[bytes, int] = field(default_factory=dict)
    forms: dict[int, list[Form]] = field(default_factory=dict)

    def number(self, tag: bytes) -> int:
        """Number of a tag, from 0."""
        return self.tags.setdefault(tag, len(self.tags))

    def known(self, length: int) -> list[Form]:
        """Forms of records of this length, the latest first: steps only get longer."""
        return self.forms.get(length, [])[::-1]

    def learn(self, record: bytes, event: Event) -> Form:
        """Form of a regular event, with its tags."""
        slots = tuple(Slot(scalar.at, scalar.code) for scalar in event.scalars)
        forms = self.forms.setdefault(len(record), [])
        for form in forms:
            if (form.step_bytes, form.slots) == (event.step_bytes, slots):
                break
        else:
            form = Form(len(record), event.step_bytes, slots)
            forms.append(form)
        form.learn(record, [self.number(scalar.tag) for scalar in event.scalars])
        return form
