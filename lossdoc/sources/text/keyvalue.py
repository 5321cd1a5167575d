"""What one line of console output says: named numbers, counters, and the data they belong to.

A line is cut at its numbers. What stands before a number is its key, if it looks like one:
``loss: 2.5``, ``'loss': 2.5``, ``loss=2.5`` and ``loss 2.5`` are the same. The words between the
numbers do not change from record to record, so that they need to be understood once only: two
lines with the same words have the same `Shape`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lossdoc.sources.naming import Kind, meaning
from lossdoc.sources.text.keys import Key, counter, message_start, split_word
from lossdoc.sources.text.tokens import TOKEN, is_code, scale, without_unit

QUALITIES = frozenset(
    {Kind.LOSS, Kind.STAND_IN, Kind.PERPLEXITY, Kind.ACCURACY, Kind.METRIC, Kind.REWARD}
)
"""What a training or an evaluation is for."""
_TELLING = QUALITIES | {Kind.LEARNING_RATE, Kind.GRAD_NORM, Kind.LOSS_SCALE}
LONGEST = 4096
"""Characters; no record is longer, and a line without end must not take for ever."""
_REACH = 200  # characters before a number that may say what it is
_UNNAMED = frozenset({"eta", "v_num", "v num", "cuda", "device", "pid"})

_BAR = re.compile(r"\d+/(?:\d+|Unknown)\s+(?:\[[=>.]|━)")
# "Test: [ 0/50]" has one, "Train: [0/300][ 10/1251]" and "Train: 0 [ 10/1251]" are epochs.
_ONE_BRACKET = re.compile(r"(?:\s*/\s*\d+)?\s*(?:\([^()]*\))?\](?!\s*\[)")
_TWO_BRACKETS = re.compile(r"/\d+\]\s*\[\s*\d+/")
_LISTED = re.compile(r"\s*(?:[])},|;]|$|[-+.]?\d)")
_AT = re.compile(r"\s+(?:at|after|in|for|of|on)(?:\s+the)?$", re.IGNORECASE)
_BEST = re.compile(r"\b(?:best|improved|previous)\b", re.IGNORECASE)
_AVERAGED = re.compile(r"averaged stats", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """A number of a line.

    Parameters
    ----------
    name
        As in the line, or ``epoch``, ``step``, ``iter`` for counters.
    part
        Its index in ``TOKEN.split(line)``.
    role
        ``metric``, ``counter``, ``total`` (of the counter of that name) or ``batch`` (of an
        evaluation).
    split
        ``train``, ``val`` or ``test`` where words outside the name say so.
    scale
        What to multiply it with (``1.2k``).
    over
        Index of a denominator (``9815/10000``), or 0.
    """

    name: str
    part: int
    role: str = "metric"
    split: str = ""
    scale: float = 1.0
    over: int = 0


@dataclass(frozen=True)
class Shape:
    """How to read every line that has the same words.

    Parameters
    ----------
    fields
        Its numbers of interest, in order.
    kind
        ``bar`` (a progress bar that shows means since the start of the epoch), ``live`` (one that
        shows current values), ``loop`` (a batch of an evaluation), ``averaged`` (the mean of
        such batches), ``more`` (an indented line that continues a record), ``prose`` or empty.
        Batches of an evaluation that do not show their running mean are ``batches``.
    rank
        Process that wrote it, or -1.
    """

    fields: tuple[Field, ...]
    kind: str = ""
    rank: int = -1

    @property
    def counts(self) -> bool:
        """Whether it has a counter."""
        return any(f.role == "counter" for f in self.fields)

    @property
    def depends_on_digits(self) -> bool:
        """Whether digits inside of words are part of what it says: ``acc1``, ``[rank1]``."""
        return self.rank >= 0 or any(c.isdigit() for f in self.fields for c in f.name)

    @property
    def is_telling(self) -> bool:
        """Whether it holds a quantity that says something about a training."""
        return any(meaning(f.name).kind in _TELLING for f in self.fields if f.role == "metric")


def understand(line: str) -> Shape | None:
    """Shape of a line, or None where it holds nothing of interest.

    >>> [f.name for f in understand("iter 58: train loss 2.53, time 225.99ms").fields]
    ['iter', 'train loss', 'time']
    """
    if len(line) > LONGEST or is_code(line):
        return None
    start, rank = message_start(line)
    draft = _Draft(live="%|" in line)
    end = start
    tokens = list(TOKEN.finditer(line))
    for index, token in enumerate(tokens):
        part = 2 * index + 1
        if token.start() < start:
            continue
        gap = line[max(end, token.start() - _REACH) : token.start()]
        draft.take(part, token[0], gap, line[token.end() :])
        end = token.end()
    shape = draft.shape(line)
    return None if shape is None else replace(shape, rank=rank)


@dataclass
class _Draft:
    """A line as far as it was read."""

    live: bool = False
    fields: list[Field] = field(default_factory=list)
    split: str = ""
    spoken: str = ""  # split of the last key that names one
    announced: str = ""  # "Loss at" of "Loss at step 100: 0.5"
    aside: str = ""  # words outside of keys
    last: Field | None = None  # what the next number may belong to
    lead: Field | None = None  # a counter without a name
    averages: dict[int, int] = field(default_factory=dict)
    lists: set[int] = field(default_factory=set)
    first: bool = True
    explicit: bool = True  # all keys are followed by a colon or an equals sign
    again: list[str] = field(default_factory=list)  # names that came twice

    def take(self, part: int, token: str, gap: str, after: str) -> None:
        """Understand the next number from the words before and after it."""
        first, self.first = self.first, False
        gap = gap if first else without_unit(gap)
        factor = scale(token, after)
        if factor is None:
            self._aside(gap)
            self.last = None
        elif not self._goes_on(part, gap.strip(), after.lstrip()):
            key = Key.before(gap)
            if not key.name and self.announced and gap.strip() in {":", "=", "is", "was"}:
                key = Key(self.announced, explicit=True)
            self.last = self._named(key, part, factor, after)
            if self.last is None:
                self._unnamed(part, gap, after, first=first)

    def _goes_on(self, part: int, gap: str, after: str) -> bool:
        """Whether the number belongs to the one before: a total, a mean, the rest of a list."""
        last = self.last
        if last is None:
            return False
        in_brackets = gap == ":" and after.startswith("]") and last.role == "counter"
        if gap in {"/", "of", "out of"} or in_brackets:
            if last.role == "counter":
                self.fields.append(Field(last.name, part, "total"))
            elif last in self.fields and meaning(last.name).kind is Kind.ACCURACY:
                self.fields[self.fields.index(last)] = replace(last, over=part)
            self.last = None
        elif gap == "(" and after.startswith((")", "%)")):
            self.averages[last.part] = part
        elif gap in {",", ""} and last.role == "metric" and _LISTED.match(after) is not None:
            self.lists.add(last.part)
        else:
            return False
        return True

    def _named(self, key: Key, part: int, factor: float, after: str) -> Field | None:
        """Take a number with a key."""
        counts = counter(key)
        key = key if counts is not None else key.shortened()
        self._aside(key.aside)
        if split_word(key.name) and (key.opened or after.lstrip().startswith("[")):
            self._aside(key.name)
            counts = ("", "") if _ONE_BRACKET.match(after) and key.opened else ("epoch", "")
        if counts is not None:
            self._aside(counts[1])
            self.announced = _AT.sub("", counts[1])
            return self._counter(counts[0], part) if counts[0] else None
        self.announced = ""
        if not key.names_a_metric or key.name.lower() in _UNNAMED:
            return None
        understood = meaning(key.full)
        self.spoken = understood.split or self.spoken
        named = understood.split or (self.split == "train" and understood.kind not in QUALITIES)
        found = Field(key.full, part, split="" if named else self.split, scale=factor)
        if self._has(found) and not understood.split:
            found = replace(found, split=self.spoken)
        if self._has(found):
            self.again.append("" if understood.split else "metric")
        else:
            self.fields.append(found)
            self.explicit &= key.explicit
        return found

    def _has(self, other: Field) -> bool:
        return any((f.name, f.split) == (other.name, other.split) for f in self.fields)

    def _counter(self, name: str, part: int) -> Field:
        found = Field(name, part, "counter")
        if not any(f.name == name and f.role == "counter" for f in self.fields):
            self.fields.append(found)
            return found
        self.again.append("counter")
        return replace(found, name="")

    def _unnamed(self, part: int, gap: str, after: str, *, first: bool) -> None:
        """Take a number without a key for a counter where it stands like one."""
        opened = gap.rstrip().endswith("[")
        counted = after.lstrip()[:1] == "/" or (opened and after[:1] == ":")
        alone = first and after[:1] == (":" if not gap.strip() else "]")
        if first and opened and _TWO_BRACKETS.match(after) is not None:
            self.last = self._counter("epoch", part)
        elif self.lead is None and (
            (first and (counted or alone))
            or (self._placed() and (counted or (opened and after[:1] == "]")))
        ):
            self.lead = self.last = Field("iter", part, "counter")

    def _placed(self) -> bool:
        """Whether a number without a key may count something by what was read before it."""
        return self.live or bool(self.split) or any(f.name == "epoch" for f in self.fields)

    def _aside(self, words: str) -> None:
        self.aside += words
        self.split = split_word(words, within=True) or self.split

    def shape(self, line: str) -> Shape | None:
        """Everything that was understood; None where it is no record, or several."""
        if _BEST.search(self.aside) is not None or {"metric", "counter"} <= set(self.again):
            return None
        if "" in self.again:  # train/loss twice: a summary of several records
            return None
        fields = [f for f in self.fields if f.part not in self.lists or "lr" in f.name.lower()]
        names = {f.name for f in fields if f.role == "metric"}
        if "train_runtime" in names:  # the summary that ends a run of the HF Trainer
            return None
        if names & {"trl", "tel"}:  # llm.c
            fields = [
                replace(f, name="step", role="counter") if f.name == "s" else f for f in fields
            ]
        counters = {f.name for f in fields if f.role == "counter"}
        if self.lead is not None and not counters & {"iter", "step"}:
            fields.insert(0, self.lead)
        else:
            fields = [f for f in fields if f.role != "total" or f.name in counters]
        kind = self._kind(line, fields)
        if kind in {"loop", "averaged"}:
            fields = [replace(f, part=self.averages.get(f.part, f.part)) for f in fields]
        if self.split in {"val", "test"} and kind != "live":
            # Batches of an evaluation say nothing about the progress of the training.
            counts = kind in {"loop", "batches"} or self.lead in fields
            fields = [f for f in fields if not counts or (f.name, f.role) != _OF_ITER]
            fields = [
                replace(f, role="batch") if counts and f.name == "iter" else f for f in fields
            ]
        return Shape(tuple(fields), kind) if fields else None

    def _kind(self, line: str, fields: list[Field]) -> str:
        if self.live:
            return "live"
        if _BAR.search(line) is not None:
            return "bar"
        if _AVERAGED.search(line) is not None:
            return "averaged"
        if self.split in {"val", "test"} and any((f.name, f.role) == _OF_ITER for f in fields):
            return "loop" if self.averages else "batches"
        if all(f.role != "metric" for f in fields):
            return "" if len(_WORD.findall(line, message_start(line)[0])) <= 6 else "prose"
        return "more" if line[:1].isspace() and len(fields) == 1 and self.explicit else ""


_WORD = re.compile(r"[^\W\d_]+")
_OF_ITER = ("iter", "total")
