"""What a run optimises, by the names of its columns: a falling loss is not always the goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.sources.naming import Kind
from lossdoc.sources.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.sources.naming import Meaning

_POLICY = word_set("policy actor vf surrogate pi qf qf1 qf2 td ppo dqn value critic")
_EXPERIENCE = word_set("rollout advantage advantages completion completions episode")
_JUDGE = word_set("d disc discriminator dis netd critic")
_MAKER = word_set("g gen generator netg")
_PREFERENCE = word_set("chosen rejected margins")


def objective_of(meanings: Mapping[str, Meaning]) -> str:
    """``supervised``, ``reinforcement`` or ``adversarial``.

    Parameters
    ----------
    meanings
        Of every column that holds values.
    """
    losses = [m for m in meanings.values() if m.kind is Kind.LOSS]
    rests = [frozenset(m.rest) for m in losses]
    makes = any(rest & _MAKER for rest in rests)
    judges = any(rest & _JUDGE for rest in rests)
    if _rewarded(meanings, losses) or any(rest & _POLICY - _judging(makes=makes) for rest in rests):
        return "reinforcement"
    return "adversarial" if makes and judges else "supervised"


def _judging(*, makes: bool) -> frozenset[str]:
    """A critic beside a generator is a discriminator."""
    return frozenset({"critic"}) if makes else frozenset()


def _rewarded(meanings: Mapping[str, Meaning], losses: list[Meaning]) -> bool:
    """Whether a reward is what counts: one is logged, and it is no by-product.

    Preference optimisation (DPO) logs implicit rewards, but its loss is to fall; a supervised
    run with a validation loss may log a return of its policy.
    """
    words = {w for m in meanings.values() for w in m.words}
    if not any(m.kind is Kind.REWARD for m in meanings.values()) or words & _PREFERENCE:
        return False
    return bool(words & _EXPERIENCE) or all(m.split != "val" for m in losses)
