"""What a run cost after its best point, in words: steps, wall time, money; which checkpoint to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.report import ci, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.report import schema


class Price(NamedTuple):
    """What an hour of one GPU costs, in any currency, and how many were used."""

    per_hour: float
    gpus: int = 1

    def of(self, seconds: float) -> str:
        """Write what some wall time cost: ``18.60 (7 h 26 min of 1 GPU at 2.5 an hour)``."""
        hours = seconds / 3600 * self.gpus
        gpus = phrases.plural(self.gpus, "GPU")
        return (
            f"{hours * self.per_hour:,.2f} ({phrases.duration(seconds)} of {gpus} "
            f"at {self.per_hour:g} an hour)"
        )


def sentences(run: schema.Run, price: Price | None = None) -> Iterator[str]:
    """Yield which checkpoint to keep, what was spent after it, and after the onset.

    Parameters
    ----------
    run
        Nothing is told of one in which nothing was judged.
    price
        Where it was named; without a wall time it cannot be told what was spent, and that is said.
    """
    best = run.checkpoint
    if ci.unjudged(run):
        return
    units = phrases.axis_plural(ci.axis(run))
    if best is not None:
        value = phrases.number(float(best.value))
        what = f"running median {value}" if best.smoothed else value
        place = phrases.position(ci.axis(run), float(best.step))
        name = ci.shown(best.series)
        if not float(best.steps_after):
            yield f"{name} is best at the end ({what} at {place}): keep the last checkpoint."
        else:
            yield f"{name} is best at {place} ({what}): keep the checkpoint closest to it."
            steps = phrases.coordinate(float(best.steps_after))
            share = f"{float(best.fraction_after):.0%}"
            told = f"{steps} {units} ({share}) were spent after it"
            seconds = None if best.seconds_after is None else float(best.seconds_after)
            if seconds is None:
                yield f"{told}."
                if price is not None:
                    yield "What they cost cannot be told: the log has no wall time."
            elif price is None:
                yield f"{told}: {phrases.duration(seconds)}."
            else:
                yield f"{told}: {price.of(seconds)}."
    if run.cost is not None:
        yield f"{float(run.cost.fraction):.0%} of the {units} were spent after the onset."
