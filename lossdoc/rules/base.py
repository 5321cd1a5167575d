"""What every rule shares: its shape, its options, its examples, and how it states a finding."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lossdoc.measured import measured, reliable
from lossdoc.model import Channel, Confidence, Evidence, Finding, Run, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lossdoc.model import Onset, Prescription
    from lossdoc.robust.case import Case


class Withheld(Exception):  # noqa: N818 - a rule's third answer, not an error
    """A rule cannot judge this run; the message says why and what would help."""


class Example(NamedTuple):
    """A seeded synthetic run on which a rule must fire, or must stay silent.

    Parameters
    ----------
    make
        Seed -> run.
    fires
        Whether the rule must state a finding.
    onset
        Range of steps in which the onset must lie, or None.
    """

    make: Callable[[int], Run]
    fires: bool
    onset: tuple[float, float] | None = None


def fires(make: Callable[[int], Run], onset: tuple[float, float] | None = None) -> Example:
    """Return an example on which the rule must fire."""
    return Example(make, fires=True, onset=onset)


def quiet(make: Callable[[int], Run]) -> Example:
    """Return an example on which the rule must stay silent."""
    return Example(make, fires=False)


class Option(NamedTuple):
    """A threshold of a rule: its value, what that counts, and what it means."""

    name: str
    value: float
    unit: str
    text: str


def option(default: float, *, unit: str, text: str) -> Any:
    """Declare a threshold in the body of a rule."""
    return Option("", default, unit, text)


class Rule(ABC):
    """A documented detector of one pathology, with its remedy.

    Subclasses declare their thresholds with `option`; an instance has them as attributes and
    never changes (see `configured`). The docstring is the documentation: a summary line, then
    sections headed ``## How it is measured``, ``## What to change`` and ``## When it is wrong``.
    """

    # Two dozen generated dataclasses would cost a quarter of the start-up of `analyze`.

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    """Highest severity that the rule states."""
    needs: ClassVar[frozenset[Channel]] = frozenset({Channel.TRAIN_LOSS})
    """Channels without which it cannot judge."""
    any_loss: ClassVar[bool] = False
    """Whether a validation loss alone will do in place of a training loss."""
    min_points: ClassVar[int] = 10
    """Fewest finite points of the first needed channel."""
    stationary: ClassVar[bool] = True
    """Whether a falling loss must be the goal (not reinforcement, not adversarial)."""
    supersedes: ClassVar[frozenset[str]] = frozenset()
    """Codes whose findings are consequences of this one."""
    at_the_end: ClassVar[bool] = False
    """Whether it judges how a run ended, so that an unfinished one cannot be judged."""
    patience: ClassVar[float] = 0.0
    """Share of its planned length before which an unfinished run is given no more than a note."""
    since: ClassVar[str] = "0.1.0"
    references: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()
    plugin: str = ""
    """Name of the plug-in that it comes from; empty for the built-in ones."""
    forced: Severity | None = None
    """Severity that a user wants instead of warning and error."""
    declared: ClassVar[tuple[Option, ...]] = ()
    """The thresholds with their default values."""

    def __init_subclass__(cls) -> None:
        """Turn declared options into attributes that hold their values."""
        own = {n: o for n, o in vars(cls).items() if isinstance(o, Option)}
        cls.declared = (*cls.declared, *(o._replace(name=n) for n, o in own.items()))
        for name, declared in own.items():
            setattr(cls, name, declared.value)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: rules are shared."""
        raise AttributeError(f"{self.code} is frozen; use configured({name}={value!r})")

    @abstractmethod
    def check(self, case: Case) -> Iterator[Finding]:
        """State the findings in one segment of a run.

        Raises
        ------
        Withheld
            The log cannot tell.
        """

    def prescribe(self, finding: Finding, case: Case) -> tuple[Prescription, ...]:
        """Remedies with numbers from the log; none where the log says nothing about them."""
        del finding, case
        return ()

    @classmethod
    def summary(cls) -> str:
        """First line of the documentation, without its full stop."""
        return (cls.__doc__ or "").strip().splitlines()[0].rstrip(".")

    @classmethod
    def sections(cls) -> dict[str, str]:
        """Text of the documentation by heading; the part before any heading under ``""``."""
        import inspect

        parts = re.split(r"^## +(.+)$", inspect.cleandoc(cls.__doc__ or ""), flags=re.MULTILINE)
        found = {"": parts[0].strip()}
        found |= {h.strip(): t.strip() for h, t in zip(parts[1::2], parts[2::2], strict=True)}
        return found

    def options(self) -> tuple[Option, ...]:
        """Thresholds with their current values."""
        return tuple(o._replace(value=getattr(self, o.name)) for o in self.declared)

    def configured(self, values: Mapping[str, float], severity: Severity | None = None) -> Rule:
        """Return the same rule with other thresholds; KeyError for one that it has not.

        Parameters
        ----------
        severity
            Of everything that would be a warning or an error; notes stay notes.
        """
        unknown = set(values) - {o.name for o in self.declared}
        if unknown:
            raise KeyError(f"{self.code} has no option {min(unknown)!r}")
        other = type(self)()
        vars(other).update(vars(self), **values)
        if severity is not None:
            vars(other)["forced"] = severity
        return other

    def finding(
        self,
        case: Case,
        *,
        onset: Onset,
        message: str,
        series: str,
        channel: Channel = Channel.TRAIN_LOSS,
        severity: Severity | None = None,
        last_step: float | None = None,
        evidence: Sequence[Evidence] = (),
        effect: bool = True,
        points: bool = True,
        agree: bool = True,
        caveat: str = "",
    ) -> Finding:
        """State a finding of this rule.

        Parameters
        ----------
        effect, points, agree
            The factors of confidence: the effect is at least twice its threshold; there are
            plenty of points; every channel that could contradict agrees. A rule that was wrong too
            often although all of them held (`lossdoc.measured`), or was never measured as those
            of plug-ins, is not sure in spite of them.
        """
        sure = confidence(effect, points, agree)
        factors = {"effect": bool(effect), "points": bool(points), "agreement": bool(agree)}
        if sure is Confidence.HIGH and not reliable(self.code):
            sure = Confidence.MEDIUM
            factors["measured" if measured(self.code) else "record"] = False
        severity = severity or self.severity
        if self.forced is not None and severity > Severity.NOTE:
            severity = self.forced
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity,
            confidence=sure,
            channel=channel,
            series=series,
            onset=onset,
            last_step=case.last_step if last_step is None else float(last_step),
            message=message,
            evidence=tuple(evidence),
            factors=MappingProxyType(factors),
            caveat=caveat,
        )


def confidence(*factors: bool) -> Confidence:
    """*high* if every factor holds, *medium* if one is missing, *low* if more are."""
    missing = sum(not f for f in factors)
    return Confidence(max(int(Confidence.HIGH) - missing, int(Confidence.LOW)))


def number(value: float) -> str:
    """Write a number as people do: 3 significant digits, no needless exponent."""
    if math.isnan(value):
        return "NaN"
    if abs(value) >= 1e15 or (value != 0 and abs(value) < 1e-4):
        return f"{value:.2e}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def times(ratio: float) -> str:
    """Write a ratio: ``2.4 times``."""
    return f"{number(ratio)} times"
