"""Which column plays which role: the resolver.

`understand` reads the names (and what the user said about them), `assign` then decides over the
whole log, because most names mean something only beside the others: ``loss`` is the training
loss, ``loss_cls`` a part of it if there is a total and a summand if there is none, ``test_loss``
the validation loss where nothing else validates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lossdoc.model import Channel
from lossdoc.sources.naming import Kind, Meaning, meaning
from lossdoc.sources.objective import objective_of
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lossdoc.sources.segments import Points

_BY_USER = -1
_SPAN = 0.5
"""A training loss that covers less of the log than this is a side series."""
_VARIANTS = word_set("robust clean natural nat standard sl rl swa ema")
"""Words that name another objective measured beside the first, not a part of it."""
_SECOND = word_set("robust rl swa ema")
_DETECTION = word_set("bbox box rpn giou dfl obj mask centerness")


@dataclass(frozen=True)
class Role:
    """What becomes one series.

    Parameters
    ----------
    channel
        Role of the series.
    columns
        Column that it is made of; several are summed.
    how
        ``log`` of the values, ``percent`` (divided by 100), or as they are.
    higher_is_better
        Direction of a measure of quality.
    why
        Shown by ``-v``.
    """

    channel: Channel
    columns: tuple[str, ...]
    how: str = ""
    higher_is_better: bool | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Name of the series."""
        if len(self.columns) > 1:
            return "sum of " + ", ".join(self.columns)
        return f"log({self.columns[0]})" if self.how == "log" else self.columns[0]


_CHANNELS: Mapping[Channel, tuple[Kind, str]] = {
    Channel.TRAIN_LOSS: (Kind.LOSS, "train"),
    Channel.VAL_LOSS: (Kind.LOSS, "val"),
    Channel.TRAIN_COMPONENT: (Kind.LOSS, "train"),
    Channel.VAL_COMPONENT: (Kind.LOSS, "val"),
    Channel.TRAIN_ACCURACY: (Kind.ACCURACY, "train"),
    Channel.VAL_ACCURACY: (Kind.ACCURACY, "val"),
    Channel.TRAIN_METRIC: (Kind.METRIC, "train"),
    Channel.VAL_METRIC: (Kind.METRIC, "val"),
    Channel.LEARNING_RATE: (Kind.LEARNING_RATE, ""),
    Channel.GRAD_NORM: (Kind.GRAD_NORM, ""),
    Channel.LAYER_GRAD_NORM: (Kind.GRAD_NORM, ""),
    Channel.LOSS_SCALE: (Kind.LOSS_SCALE, ""),
    Channel.REWARD: (Kind.REWARD, ""),
    Channel.EPOCH: (Kind.EPOCH, ""),
    Channel.WALL_TIME: (Kind.TIME, ""),
}


def understand(names: Iterable[str], mapping: Mapping[Channel, str]) -> dict[str, Meaning]:
    """Meaning of every column, the user's word first."""
    found = {name: meaning(name) for name in names}
    for channel, name in mapping.items():
        kind, split = _CHANNELS[channel]
        part = channel in {Channel.TRAIN_COMPONENT, Channel.VAL_COMPONENT, Channel.LAYER_GRAD_NORM}
        rest = (name,) if part else ()
        found[name] = Meaning(kind, found[name].words, split, rest, rank=_BY_USER)
    return found


def assign(points: Mapping[str, Points], meanings: Mapping[str, Meaning]) -> tuple[list[Role], str]:
    """Decide the role of every column that holds values.

    Returns
    -------
    roles, objective
        Roles, the principal one of each channel first; and what the run optimises.
    """
    filled = {name: meanings[name] for name, p in points.items() if len(p)}
    return _Resolver(points, filled).roles()


class _Resolver:
    def __init__(self, points: Mapping[str, Points], meanings: Mapping[str, Meaning]) -> None:
        self.points = points
        self.meanings = meanings
        self.objective = objective_of(meanings)
        losses = [p for name, p in points.items() if self._kind(name) is Kind.LOSS]
        self.first = min((float(p.steps.min()) for p in losses), default=0.0)
        self.last = max((float(p.steps.max()) for p in losses), default=0.0)
        self.validation = self._validation()

    def roles(self) -> tuple[list[Role], str]:
        train = self._losses(("", "train"), Channel.TRAIN_LOSS, Channel.TRAIN_COMPONENT)
        val = self._losses((self.validation,), Channel.VAL_LOSS, Channel.VAL_COMPONENT)
        used = {name for role in (*train, *val) for name in role.columns}
        rest = [*self._accuracies(), *self._metrics(used), *self._training()]
        return [*train, *val, *rest], self.objective

    def _kind(self, name: str) -> Kind:
        return self.meanings[name].kind if name in self.meanings else Kind.OTHER

    def _of(self, kind: Kind, splits: Sequence[str] | None = None) -> list[str]:
        """Columns of a kind, those named by the user first."""
        found = [
            name
            for name, m in self.meanings.items()
            if m.kind is kind and (splits is None or m.split in splits)
        ]
        return sorted(found, key=lambda name: self.meanings[name].rank != _BY_USER)

    def _validation(self) -> str:
        """Split that validates: ``test`` where no validation loss is logged more than once."""
        for kind in (Kind.LOSS, Kind.STAND_IN, Kind.PERPLEXITY):
            for split in ("val", "test"):
                found = self._of(kind, (split,))
                if any(split == "val" or self._is_series(name) for name in found):
                    return split
        return "val" if self._of(Kind.ACCURACY, ("val",)) else "test"

    def _is_series(self, name: str) -> bool:
        """More than one final row; or the whole log has but one."""
        longest = max(len(self.points[n]) for n in self.meanings)
        return len(self.points[name]) > 1 or longest == 1

    def _spans(self, name: str) -> bool:
        steps = self.points[name].steps
        return float(np.ptp(steps)) >= _SPAN * (self.last - self.first)

    def _preference(self, name: str) -> tuple[bool, bool, bool, int, int]:
        m = self.meanings[name]
        second = bool(_SECOND.intersection(m.rest))
        return m.rank != _BY_USER, second, not self._spans(name), -len(self.points[name]), m.rank

    # ---- losses

    def _losses(self, splits: Sequence[str], channel: Channel, part: Channel) -> list[Role]:
        names = self._of(Kind.LOSS, splits)
        heads = [n for n in names if _VARIANTS.issuperset(self.meanings[n].rest)]
        parts = [n for n in names if n not in heads]
        if self.objective != "supervised":
            ordered = sorted(heads, key=self._preference) + parts
            return [Role(channel, (n,), why=f"kept as is: {self.objective}") for n in ordered]
        heads = self._without_summaries(sorted(heads, key=self._preference))
        principal = [Role(channel, (n,), why="by its name") for n in heads]
        if not any(self._spans(n) or self.meanings[n].rank == _BY_USER for n in heads):
            principal = self._from_parts(parts, channel) + principal
        if not principal:
            principal = self._stand_ins(splits, channel)
        alone = {role.columns[0] for role in principal if len(role.columns) == 1}
        rest = [Role(part, (n,), why="part of a loss") for n in parts if n not in alone]
        return principal + rest

    def _without_summaries(self, heads: list[str]) -> list[str]:
        """Leave out single values beside a series: the mean of the whole run in its last row."""
        if any(len(self.points[n]) > 2 for n in heads):
            return [n for n in heads if len(self.points[n]) > 1]
        return heads

    def _from_parts(self, parts: list[str], channel: Channel) -> list[Role]:
        """A principal loss where none is a total: the only one, the first set, or a sum."""
        spanning = [n for n in parts if self._spans(n)]
        if len(spanning) == 1:
            return [Role(channel, (spanning[0],), why="the only loss")]
        if not spanning:
            return []
        if channel is Channel.VAL_LOSS and not self._has_training_parts(spanning):
            return [Role(channel, (n,), why="one of several validation sets") for n in spanning]
        longest = max(spanning, key=lambda n: len(self.points[n]))
        common = self.points[longest].rows
        for n in spanning:
            common = np.intersect1d(common, self.points[n].rows, assume_unique=True)
        if 2 * len(common) < len(self.points[longest]):
            return [Role(channel, (longest,), why="the part logged most often, no total")]
        return [Role(channel, tuple(spanning), why="no total: sum of the parts")]

    def _has_training_parts(self, names: list[str]) -> bool:
        """Whether validation losses are parts, as in training, rather than several sets."""
        trained = {self.meanings[n].rest for n in self._of(Kind.LOSS, ("", "train"))}
        sets = any("eval" in self.meanings[n].words for n in names)
        return any(self.meanings[n].rest in trained for n in names) or (not trained and not sets)

    def _stand_ins(self, splits: Sequence[str], channel: Channel) -> list[Role]:
        """An error, or the logarithm of the perplexity, where no loss was logged."""
        errors = [n for n in self._of(Kind.STAND_IN, splits) if not self.meanings[n].rest]
        if errors:
            best = min(self.meanings[n].rank for n in errors)
            chosen = [n for n in errors if self.meanings[n].rank == best]
            chosen = self._without_summaries(sorted(chosen, key=self._preference))
            return [Role(channel, (n,), why="no loss: this error stands in") for n in chosen]
        ppl = sorted(self._of(Kind.PERPLEXITY, splits), key=self._preference)
        why = "no loss: logarithm of the perplexity"
        return [Role(channel, (n,), how="log", why=why) for n in ppl[:1]]

    # ---- measures of quality

    def _split_of(self, name: str) -> str:
        """``train`` or ``val``; what has no split in its name takes it from its siblings."""
        m = self.meanings[name]
        if m.split:
            return "val" if m.split == self.validation else m.split
        bare = _bare(m)
        siblings = {o.split for n, o in self.meanings.items() if n != name and _bare(o) == bare}
        if siblings & {"val", "test"}:
            return "train"
        if "train" in siblings:
            return "val"
        named = {self.meanings[n].split for n in self._of(Kind.LOSS)}
        measured = m.kind is Kind.METRIC and not any(w.startswith("acc") for w in m.words)
        return "val" if measured or ("train" in named and "" not in named) else "train"

    def _accuracies(self) -> list[Role]:
        names = self._of(Kind.ACCURACY)
        if not names:
            return []
        values = {n: self.points[n].values for n in names}
        largest = max(float(np.nanmax(v, initial=0.0)) for v in values.values())
        how = "percent" if largest > 1.5 else ""
        comparable = self.objective == "supervised" and largest <= 100 and not self._detects()
        channels = {
            "train": Channel.TRAIN_ACCURACY if comparable else Channel.TRAIN_METRIC,
            "val": Channel.VAL_ACCURACY if comparable else Channel.VAL_METRIC,
        }
        why = "percent: divided by 100" if how and comparable else "by its name"
        roles = [
            Role(channels[split], (n,), how if comparable else "", True, why)
            for n in sorted(names, key=self._preference)
            if (split := self._split_of(n)) in channels and self._is_series(n)
        ]
        return sorted(roles, key=lambda role: role.channel.value)

    def _detects(self) -> bool:
        """Whether losses are those of a detector, whose accuracy is that of its proposals."""
        return any(_DETECTION.intersection(self.meanings[n].rest) for n in self._of(Kind.LOSS))

    def _metrics(self, used: set[str]) -> list[Role]:
        channels = {"train": Channel.TRAIN_METRIC, "val": Channel.VAL_METRIC}
        return [
            Role(channels[split], (n,), higher_is_better=m.higher_is_better, why="by its name")
            for n, m in self.meanings.items()
            if m.kind in {Kind.METRIC, Kind.STAND_IN, Kind.PERPLEXITY} and n not in used
            if (split := self._split_of(n)) in channels
        ]

    # ---- everything else

    def _training(self) -> list[Role]:
        simple = {
            Kind.LEARNING_RATE: Channel.LEARNING_RATE,
            Kind.LOSS_SCALE: Channel.LOSS_SCALE,
            Kind.REWARD: Channel.REWARD,
            Kind.EPOCH: Channel.EPOCH,
            Kind.TIME: Channel.WALL_TIME,
        }
        roles = []
        for kind, channel in simple.items():
            names = sorted(self._of(kind), key=lambda n: self.meanings[n].rank)
            if kind in {Kind.EPOCH, Kind.TIME}:
                names = names[:1] if kind is Kind.EPOCH else self._clocks(names)[:1]
            higher = True if kind is Kind.REWARD else None
            roles += [Role(channel, (n,), "", higher, "by its name") for n in names]
        return roles + self._gradients()

    def _clocks(self, names: list[str]) -> list[str]:
        """Times that only grow; the others are durations of single steps."""
        return [
            n
            for n in names
            if len(self.points[n]) < 2 or np.mean(np.diff(self.points[n].values) < 0) < 0.05
        ]

    def _gradients(self) -> list[Role]:
        names = sorted(self._of(Kind.GRAD_NORM), key=lambda n: self.meanings[n].rank)
        whole = [n for n in names if not self.meanings[n].rest] or (
            names if len(names) == 1 else []
        )
        return [
            Role(Channel.GRAD_NORM if n in whole else Channel.LAYER_GRAD_NORM, (n,), why="by name")
            for n in names
        ]


def _bare(m: Meaning) -> tuple[Kind, frozenset[str]]:
    """What a name measures, without the split."""
    splits = {"train", "training", "val", "valid", "validation", "eval", "test", "testing", "dev"}
    return m.kind, frozenset(m.words) - splits - {"epoch", "step"}


def principal(roles: Iterable[Role], channel: Channel) -> Role | None:
    """First role of a channel."""
    return next((role for role in roles if role.channel is channel), None)


def renamed(role: Role, channel: Channel) -> Role:
    """The same columns in another role."""
    return replace(role, channel=channel)
