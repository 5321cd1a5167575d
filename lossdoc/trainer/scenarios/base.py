"""What a scenario is: a training run that shows one thing, and how one can tell without lossdoc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.log import RunLog

Kind = Literal["fault", "healthy", "look-alike"]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One thing that training can show.

    Parameters
    ----------
    name
        kebab-case; a fault's begins with what lossdoc calls it: ``divergence-sgd``.
    kind
        ``fault``: must be found; ``healthy``: nothing is wrong; ``look-alike``: nothing is wrong,
        though it looks like a fault to a careless eye.
    title
        What happens, in a few words.
    config
        The run, of any seed.
    oracle
        Whether a log shows it. It knows the recipe and measures the log by plain means of its own;
        it knows nothing of the rules.
    expected
        Codes of which a right diagnosis names at least one, the best answer first; none of a scenario
        that is no fault.
    forbidden
        Codes that would be wrong here, as warning or error. Of scenarios that are no faults every
        code is.
    seen, why
        What one sees in the log, and how it comes about.
    edge
        Learning rate in units of 2 / λ, where λ is the largest eigenvalue of the Hessian at the
        first weights of the seed; None where the config's own rate is used.
    incurable
        Why no prescription can make the run better, for the few faults where none can; empty
        otherwise.
    onset
        When the fault begins, of a log that shows it, as a step: known from the recipe, or measured by
        plain means; None where it is there from the beginning, or at no particular step.
    unreliable
        Why it does not show on 19 of 20 seeds, for the few that do not; empty otherwise.
    """

    name: str
    kind: Kind
    title: str
    config: TrainConfig
    oracle: Callable[[RunLog], bool]
    seen: str
    why: str
    expected: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    edge: float | None = None
    onset: Callable[[RunLog], float] | None = None
    incurable: str = ""
    unreliable: str = ""

    def wrong(self, codes: Iterable[str]) -> set[str]:
        """Those among some codes, told as a warning or an error, that would be wrong here."""
        if self.kind == "fault":
            return {*codes} & {*self.forbidden}
        return {*codes}

    def configs(self, seeds: Iterable[int], device: str = "auto") -> list[TrainConfig]:
        """Return the runs of some seeds.

        Parameters
        ----------
        device
            Where the Hessians are measured, if the rate depends on them.
        """
        made = [msgspec.structs.replace(self.config, seed=seed) for seed in seeds]
        if self.edge is None:
            return made
        from lossdoc.trainer.hessian import sharpness

        return [
            msgspec.structs.replace(config, lr=self.edge * 2.0 / largest)
            for config, largest in zip(made, sharpness(made, device=device), strict=True)
        ]
