"""LD990: a limit of the user does not hold; stated by `lossdoc.budgets`, not by the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lossdoc.model import Channel, Severity
from lossdoc.rules.base import Rule
from lossdoc.runfacts import BUDGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.model import Finding
    from lossdoc.robust.case import Case


class BudgetExceeded(Rule):
    """A measure of the run lies beyond a limit that was set.

    Limits stand in the table ``budgets`` of the settings; without any nothing is judged.

    ## How it is measured
    - ``CHANNEL.best``, ``CHANNEL.final``: best finite value of a channel, and its last value as it
      was logged. Without a finite value the best is NaN.
    - ``steps_to(CHANNEL<VALUE)``, also with ``>``; ``epochs_to``, ``tokens_to``: where the channel is
      beyond a value for the first time; infinite if it never is. ``time_to``: seconds from the first
      wall time of the log until then.
    - ``steps``, ``epochs``, ``tokens``: last one of the log. ``wall_time``: seconds from the first to
      the last wall time of each execution, summed.
    - ``loss_spikes.count``: excursions of the training loss as LD202 and LD203 see them.
    - ``wasted_fraction``: share of the steps after the onset of the first finding that is an error or
      a warning; 0 without one. Findings that a baseline accepts do not count.

    A value that is NaN keeps no limit. What the log cannot tell is not judged: it is listed under "not
    checked", and the run is inconclusive unless something else fails. The same goes for a value of
    an unfinished run (``--total-steps``) that may still come within its limit. With ``aggregate`` the
    median, worst or best value of the runs of one configuration is judged, once.

    ## What to change
    Nothing is prescribed: the limit is yours, and the other findings say what is wrong with the run.

    ## When it is wrong
    The last value of a noisy loss is one batch: budget its best, or the validation loss. Another
    seed shifts every measure: leave room, or take the median of several runs.
    """

    code: ClassVar[str] = BUDGET
    name: ClassVar[str] = "budget-exceeded"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[Channel]] = frozenset()
    min_points: ClassVar[int] = 0

    def check(self, case: Case) -> Iterator[Finding]:
        """State nothing: limits are no part of a case."""
        del case
        return iter(())
