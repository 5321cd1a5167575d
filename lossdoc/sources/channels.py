"""Which column plays which role: the resolver.

`understand` reads the names (and what the user said about them), `assign` then decides over the
whole log, because most names mean something only beside the others: ``loss`` is the training
loss, ``loss_cls`` a part of it if there is a total and a summand if there is none, ``test_loss``
the validation loss where nothing else validates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossdoc.arrays import median
from lossdoc.model import Channel
from lossdoc.sources.losses import losses
from lossdoc.sources.naming import Kind, Meaning, meaning
from lossdoc.sources.roles import BY_USER, Role, View
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossdoc.model import Floats
    from lossdoc.sources.segments import Points

_PERCENT = word_set("pct percent percentage")
_IN_PERCENT = 1.5
_DIVIDED = "percent: divided by 100"
_APART = 10.0
"""From this ratio on, a hundredfold of the smaller one is nearer to the larger one."""
_DETECTION = word_set("bbox box rpn giou dfl obj mask centerness")

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
    Channel.CLIP_COEF: (Kind.CLIP_COEF, ""),
    Channel.DEAD_SHARE: (Kind.DEAD_SHARE, ""),
    Channel.LOSS_SCALE: (Kind.LOSS_SCALE, ""),
    Channel.REWARD: (Kind.REWARD, ""),
    Channel.EPOCH: (Kind.EPOCH, ""),
    Channel.WALL_TIME: (Kind.TIME, ""),
    Channel.TOKENS: (Kind.TOKENS, ""),
}


def understand(names: Iterable[str], mapping: Mapping[Channel, str]) -> dict[str, Meaning]:
    """Meaning of every column, the user's word first."""
    found = {name: meaning(name) for name in names}
    for channel, name in mapping.items():
        kind, split = _CHANNELS[channel]
        part = channel in {Channel.TRAIN_COMPONENT, Channel.VAL_COMPONENT, Channel.LAYER_GRAD_NORM}
        rest = (name,) if part else ()
        found[name] = Meaning(kind, found[name].words, split, rest, rank=BY_USER)
    return found


def assign(points: Mapping[str, Points], meanings: Mapping[str, Meaning]) -> tuple[list[Role], str]:
    """Decide the role of every column that holds values.

    Returns
    -------
    roles, objective
        Roles, the principal one of each channel first; and what the run optimises.
    """
    view = View(points, meanings)
    train = losses(view, ("", "train"), Channel.TRAIN_LOSS, Channel.TRAIN_COMPONENT)
    val = losses(view, (view.validation,), Channel.VAL_LOSS, Channel.VAL_COMPONENT)
    used = {name for role in (*train, *val) for name in role.columns}
    return [*train, *val, *_Measures(view, used).roles()], view.objective


class _Measures:
    """Roles of everything but the losses."""

    def __init__(self, view: View, used: set[str]) -> None:
        self.view = view
        self.used = used
        self.splits: dict[tuple[Kind, frozenset[str]], set[str]] = {}
        for m in view.meanings.values():
            self.splits.setdefault(_bare(m), set()).add(m.split)

    def roles(self) -> list[Role]:
        return [*self._accuracies(), *self._metrics(), *self._training(), *self._gradients()]

    def _split_of(self, name: str) -> str:
        """``train`` or ``val``; what has no split in its name takes it from its siblings."""
        m = self.view.meanings[name]
        if m.split:
            return "val" if m.split == self.view.validation else m.split
        siblings = self.splits[_bare(m)]
        if siblings & {"val", "test"}:
            return "train"
        if "train" in siblings:
            return "val"
        named = {self.view.meanings[n].split for n in self.view.of(Kind.LOSS)}
        measured = m.kind is Kind.METRIC and not any(w.startswith("acc") for w in m.words)
        return "val" if measured or ("train" in named and "" not in named) else "train"

    def _accuracies(self) -> list[Role]:
        names = self.view.of(Kind.ACCURACY)
        if not names:
            return []
        largest = max(self._largest(n) for n in names)
        percent = self._in_percent(names)
        # Zero throughout is a placeholder of a script that measures none.
        comparable = (
            self.view.objective == "supervised" and 0 < largest <= 100 and not self._detects()
        )
        channels = {
            "train": Channel.TRAIN_ACCURACY if comparable else Channel.TRAIN_METRIC,
            "val": Channel.VAL_ACCURACY if comparable else Channel.VAL_METRIC,
        }
        roles = []
        for n in sorted(names, key=self.view.preference):
            if (split := self._split_of(n)) in channels:
                scaled = comparable and n in percent
                how, why = ("percent", _DIVIDED) if scaled else ("", "by its name")
                roles.append(Role(channels[split], (n,), how, True, why))
        return sorted(roles, key=lambda role: role.channel.value)

    def _largest(self, name: str) -> float:
        return float(np.nanmax(self.view.points[name].values, initial=0.0))

    def _in_percent(self, names: list[str]) -> set[str]:
        """Accuracies that are logged in percent: those of the same rows all are, or none is.

        What never exceeds 1 on rows of its own is in percent where others are, unless it comes
        nearer to them as a share: progress bars and summaries differ so.
        """
        groups: dict[bytes, list[str]] = {}
        for n in names:
            groups.setdefault(self.view.points[n].rows.tobytes(), []).append(n)
        tops = {rows: max(map(self._largest, group)) for rows, group in groups.items()}
        usual = median(np.array([t for t in tops.values() if t > _IN_PERCENT] or [0.0]))
        return {
            n
            for rows, group in groups.items()
            if usual and (tops[rows] > 1.0 or usual <= _APART * tops[rows])
            for n in group
        }

    def _detects(self) -> bool:
        """Whether losses are those of a detector, whose accuracy is that of its proposals."""
        return any(
            _DETECTION.intersection(self.view.meanings[n].rest) for n in self.view.of(Kind.LOSS)
        )

    def _metrics(self) -> list[Role]:
        channels = {"train": Channel.TRAIN_METRIC, "val": Channel.VAL_METRIC}
        return [
            Role(channels[split], (n,), higher_is_better=m.higher_is_better, why="by its name")
            for n, m in self.view.meanings.items()
            if m.kind in {Kind.METRIC, Kind.STAND_IN, Kind.PERPLEXITY} and n not in self.used
            if (split := self._split_of(n)) in channels
        ]

    def _training(self) -> list[Role]:
        simple = {
            Kind.LEARNING_RATE: Channel.LEARNING_RATE,
            Kind.CLIP_COEF: Channel.CLIP_COEF,
            Kind.DEAD_SHARE: Channel.DEAD_SHARE,
            Kind.LOSS_SCALE: Channel.LOSS_SCALE,
            Kind.REWARD: Channel.REWARD,
            Kind.EPOCH: Channel.EPOCH,
            Kind.TIME: Channel.WALL_TIME,
        }
        roles = []
        for kind, channel in simple.items():
            splits = ("", "train") if kind is Kind.LEARNING_RATE else None
            names = sorted(self.view.of(kind, splits), key=lambda n: self.view.meanings[n].rank)
            if kind in {Kind.EPOCH, Kind.TIME}:
                names = names[:1] if kind is Kind.EPOCH else self._clocks(names)[:1]
            higher = True if kind is Kind.REWARD else None
            roles += [Role(channel, (n,), self._unit(n), higher, "by its name") for n in names]
        return roles + [Role(Channel.TOKENS, (n,), why="by its name") for n in self._tokens()[:1]]

    def _tokens(self) -> list[str]:
        """Counters of tokens that go on beside the steps; others are those of single batches."""
        named = [n for n in self.view.of(Kind.STEP) if "token" in self.view.meanings[n].words]
        return [*self.view.of(Kind.TOKENS), *filter(self._counts, named)]

    def _counts(self, name: str) -> bool:
        points = self.view.points[name]
        return _grows(points.values) and not np.array_equal(points.values, points.steps)

    def _unit(self, name: str) -> str:
        """``percent`` for shares that their name and their values tell to be of a hundred."""
        m = self.view.meanings[name]
        percent = m.kind is Kind.DEAD_SHARE and _PERCENT.intersection(m.words)
        largest = float(np.nanmax(self.view.points[name].values, initial=0.0))
        return "percent" if percent and largest > _IN_PERCENT else ""

    def _clocks(self, names: list[str]) -> list[str]:
        """Times that grow; the others are durations of single steps."""
        return [n for n in names if _grows(self.view.points[n].values)]

    def _gradients(self) -> list[Role]:
        names = sorted(self.view.of(Kind.GRAD_NORM), key=lambda n: self.view.meanings[n].rank)
        whole = [n for n in names if not self.view.meanings[n].rest] or (
            names if len(names) == 1 else []
        )
        return [
            Role(Channel.GRAD_NORM if n in whole else Channel.LAYER_GRAD_NORM, (n,), why="by name")
            for n in names
        ]


def _grows(values: Floats) -> bool:
    """Whether a time goes on, but for the restarts of its run."""
    known = values[np.isfinite(values)]
    moves = known[1:] - known[:-1]
    return len(moves) > 0 and bool(np.mean(moves > 0) >= 0.5 and np.mean(moves < 0) < 0.05)


def _bare(m: Meaning) -> tuple[Kind, frozenset[str]]:
    """What a name measures, without the split."""
    splits = {"train", "training", "val", "valid", "validation", "eval", "test", "testing", "dev"}
    return m.kind, frozenset(m.words) - splits - {"epoch", "step"}
