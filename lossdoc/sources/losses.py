"""Which columns are the training and validation losses, and which are parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.model import Channel
from lossdoc.sources.naming import Kind
from lossdoc.sources.roles import BY_USER, Role
from lossdoc.sources.segments import shared
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossdoc.sources.roles import View

_VARIANTS = word_set("robust clean natural nat standard sl rl swa ema")
"""Words that name another objective measured beside the first, not a part of it."""


def losses(view: View, splits: Sequence[str], channel: Channel, part: Channel) -> list[Role]:
    """Roles of the losses of some splits, the principal one first.

    Parameters
    ----------
    view
        The log.
    splits
        Splits by name, e.g. ``("", "train")``.
    channel, part
        Roles of a whole loss and of a part of one.
    """
    names = view.of(Kind.LOSS, splits)
    heads = [n for n in names if _VARIANTS.issuperset(view.meanings[n].rest)]
    parts = [n for n in names if n not in heads]
    if view.objective != "supervised":
        ordered = sorted(heads, key=view.preference) + parts
        return [Role(channel, (n,), why=f"kept as is: {view.objective}") for n in ordered]
    heads = view.without_summaries(sorted(heads, key=view.preference))
    principal = [Role(channel, (n,), why="by its name") for n in heads]
    if not any(view.spans(n) or view.meanings[n].rank == BY_USER for n in heads):
        candidates = [n for n in parts if view.spans(n)] or ([] if heads else parts)
        principal = _from_parts(view, candidates, channel) + principal
    if not principal and not parts:
        principal = _stand_ins(view, splits, channel)
    alone = {role.columns[0] for role in principal if len(role.columns) == 1}
    rest = [Role(part, (n,), why="part of a loss") for n in parts if n not in alone]
    return principal + rest


def _from_parts(view: View, parts: list[str], channel: Channel) -> list[Role]:
    """A principal loss where none is a total: the only one, the first set, or a sum.

    Parts that are logged at steps of their own (several tasks by turns) have no sum; each stays
    a part, and is judged on its own.
    """
    if len(parts) <= 1:
        return [Role(channel, (n,), why="the only loss") for n in parts]
    if channel is Channel.VAL_LOSS and not _has_training_parts(view, parts):
        return [Role(channel, (n,), why="one of several validation sets") for n in parts]
    longest = max(parts, key=lambda n: len(view.points[n]))
    common = shared([view.points[n] for n in parts])[0]
    if 2 * len(common) < len(view.points[longest]):
        return []
    return [Role(channel, tuple(parts), why="no total: sum of the parts")]


def _has_training_parts(view: View, names: list[str]) -> bool:
    """Whether validation losses are parts, as in training, rather than several sets."""
    trained = {view.meanings[n].rest for n in view.of(Kind.LOSS, ("", "train"))}
    found = [view.meanings[n] for n in names]
    sets = any("eval" in m.words or "".join(m.rest).isdecimal() for m in found)
    return any(view.meanings[n].rest in trained for n in names) or (not trained and not sets)


def _stand_ins(view: View, splits: Sequence[str], channel: Channel) -> list[Role]:
    """An error, or the logarithm of the perplexity, where no loss was logged."""
    errors = [n for n in view.of(Kind.STAND_IN, splits) if not view.meanings[n].rest]
    if errors:
        best = min(view.meanings[n].rank for n in errors)
        chosen = [n for n in errors if view.meanings[n].rank == best]
        chosen = view.without_summaries(sorted(chosen, key=view.preference))
        return [Role(channel, (n,), why="no loss: this error stands in") for n in chosen]
    ppl = sorted(view.of(Kind.PERPLEXITY, splits), key=view.preference)
    why = "no loss: logarithm of the perplexity"
    return [Role(channel, (n,), how="log", why=why) for n in ppl[:1]]
