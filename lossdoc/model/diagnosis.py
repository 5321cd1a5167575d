"""What lossdoc states about a run: findings, prescriptions, the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from lossdoc.model.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossdoc.model.gate import Accepted, Budget
    from lossdoc.model.run import Channel, Run


class Severity(IntEnum):
    """Cost of a problem, in SARIF's words."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """Lower-case name, as printed."""
        return self.name.lower()


class Confidence(IntEnum):
    """How sure a finding is: *high* has every factor, *medium* lacks one, *low* lacks more."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        """Lower-case name, as printed."""
        return self.name.lower()


class Verdict(StrEnum):
    """What a diagnosis comes to."""

    HEALTHY = "healthy"
    AT_RISK = "at risk"
    FAILING = "failing"
    INCONCLUSIVE = "inconclusive"


class Evidence(NamedTuple):
    """A number behind a finding.

    Parameters
    ----------
    name
        snake_case name, e.g. ``rise``.
    value
        May be non-finite.
    unit
        What the number counts, e.g. ``loss``, ``steps``, ``x``, ``share of the drop``.
    threshold
        What it was compared with, or None.
    """

    name: str
    value: float
    unit: str = ""
    threshold: float | None = None


class Onset(NamedTuple):
    """Where a problem begins: step always, the rest where the log tells."""

    step: float
    epoch: float | None = None
    wall_time: float | None = None
    row: int | None = None


Setting = float | int | str | bool | None
"""Value of a hyper-parameter."""


class Change(NamedTuple):
    """One hyper-parameter, before and after; ``before`` is None where the log does not tell."""

    name: str
    before: Setting
    after: Setting


@dataclass(frozen=True)
class Prescription:
    """A concrete change with the numbers of this log.

    Parameters
    ----------
    kind
        ``learning_rate``, ``schedule``, ``gradient_clipping``, ``checkpoint``, ``data``, ...
    action
        Imperative, short: ``resume and lower the learning rate``.
    changes
        Machine-applicable settings.
    rationale
        How the numbers were computed.
    reference
        Paper or document that the formula is taken from.
    caveat
        When not to apply it.
    from_step
        Last step worth resuming from, or None to start again.
    verify
        Command that judges the next log, and what it must say.
    """

    kind: str
    action: str
    changes: tuple[Change, ...] = ()
    rationale: str = ""
    reference: str = ""
    caveat: str = ""
    from_step: float | None = None
    verify: str = ""


class Yielded(NamedTuple):
    """A prescription that is not made, since another finding changes the same setting.

    Parameters
    ----------
    to
        Code of that finding.
    opposed
        Whether it changes the setting the other way.
    """

    prescription: Prescription
    to: str
    opposed: bool


@dataclass(frozen=True)
class Finding:
    """What a rule states about a run.

    Parameters
    ----------
    code, name
        Of the rule, e.g. ``LD102`` and ``diverged``.
    series
        Name, in the log, of the series that shows it.
    onset
        First affected point.
    last_step
        Last affected step (the end of the run where it lasts).
    message
        One sentence with the decisive numbers.
    factors
        Why the confidence is what it is: factor -> holds or not.
    caveat
        What else could explain the curve.
    segment
        Index of the segment of the run, from 0.
    yielded
        What it would prescribe if other findings did not come first.
    """

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    channel: Channel
    series: str
    onset: Onset
    last_step: float
    message: str
    evidence: tuple[Evidence, ...] = ()
    prescriptions: tuple[Prescription, ...] = ()
    factors: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    caveat: str = ""
    segment: int = 0
    yielded: tuple[Yielded, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds, which a read-only view of a dictionary cannot be."""
        return {**self.__dict__, "factors": dict(self.factors)}

    def number(self, name: str) -> float:
        """Value of one evidence; KeyError where there is none of that name."""
        for item in self.evidence:
            if item.name == name:
                return item.value
        raise KeyError(name)


class NotChecked(NamedTuple):
    """A rule that could not judge, and why."""

    code: str
    name: str
    reason: str


class Superseded(NamedTuple):
    """A finding that another one explains."""

    finding: Finding
    by: str


@dataclass(frozen=True, repr=False)
class Diagnosis(Shown):
    """Everything lossdoc has to say about one run.

    Parameters
    ----------
    path
        As in the run; present also where nothing could be read.
    run
        None where nothing could be read.
    findings
        Root cause first.
    summary
        The story in one or two sentences.
    passed
        Codes of the rules that judged and did not fire.
    problem, details, hint
        Why the run could not be judged, what was seen, what to try; empty otherwise.
    history
        What earlier runs told about its learning rate, or why they told nothing; empty where none
        were asked.
    accepted, expired
        Findings that a baseline accepts, which do not count; and those, among the findings, that
        it accepted up to a day that has passed.
    budgets
        What the limits on the run came to.
    applied, min_confidence
        Codes of the rules that were asked for, and below what their findings were left out.
    """

    path: str
    run: Run | None
    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...] = ()
    superseded: tuple[Superseded, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    passed: tuple[str, ...] = ()
    problem: str = ""
    details: tuple[str, ...] = ()
    hint: str = ""
    history: str = ""
    accepted: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
    budgets: tuple[Budget, ...] = ()
    applied: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM

    @property
    def worst(self) -> Severity | None:
        """Highest severity among the findings, or None."""
        return max((f.severity for f in self.findings), default=None)

    @property
    def prescriptions(self) -> tuple[Prescription, ...]:
        """What to change: of every finding, the root cause first."""
        return tuple(each for finding in self.findings for each in finding.prescriptions)

    def undecided(self, problem: str, hint: str) -> Diagnosis:
        """Return it as inconclusive; a failing run stays failing: what was found was found."""
        if self.verdict is Verdict.FAILING:
            return self
        return replace(self, verdict=Verdict.INCONCLUSIVE, problem=problem, hint=hint)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)
