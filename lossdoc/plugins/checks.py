"""What a rule of somebody else must be, and what it may state."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from lossdoc.measured import OWN
from lossdoc.model import Change, Channel, Evidence, Finding, Prescription, Severity
from lossdoc.rules.base import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Collection

    from lossdoc.model import Run

_CODE = re.compile(rf"(?!{OWN})[A-Z]{{2,6}}\d{{3}}")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


def foreign(code: str) -> bool:
    """Whether this can be a code of a plug-in, or a family of such codes.

    >>> foreign("MY101"), foreign("MY"), foreign("LD102"), foreign("diverged")
    (True, True, False, False)
    """
    return bool(re.fullmatch(rf"(?!{OWN})[A-Z]{{2,6}}\d{{0,3}}", code))


def as_rule(item: Any, taken: Collection[str] = ()) -> Rule:
    """Return a rule that a plug-in brings as a class or an instance.

    Parameters
    ----------
    taken
        Codes and names of other rules.

    Raises
    ------
    TypeError, ValueError
        It is none, or declares something wrong.
    """
    made = item() if isinstance(item, type) and issubclass(item, Rule) else item
    if not isinstance(made, Rule):
        raise TypeError(f"{item!r} is no lossdoc.rules.base.Rule")
    rule = made.configured({})  # one of our own: what others hold stays as it is
    label = type(rule).__name__
    for attribute, kind in (("code", str), ("name", str), ("severity", Severity)):
        if not isinstance(getattr(rule, attribute, None), kind):
            raise TypeError(f"{label}.{attribute} must be a {kind.__name__}")
    if not _CODE.fullmatch(rule.code):
        hint = f"2 to 6 capital letters, not beginning with {OWN}, and 3 digits"
        raise ValueError(f"{label}: the code {rule.code!r} must be {hint}")
    if not _NAME.fullmatch(rule.name):
        raise ValueError(f"{rule.code}: the name {rule.name!r} must be words like two-words")
    for word in (rule.code, rule.name):
        if word in taken:
            raise ValueError(f"{rule.code} {rule.name}: another rule has this {_what(word)}")
    _declared(rule)
    return rule


def _what(word: str) -> str:
    return "code" if word.isupper() else "name"


def _declared(rule: Rule) -> None:
    _all("needs", rule.needs, frozenset, Channel)
    _all("supersedes", rule.supersedes, frozenset, str)
    _all("references", rule.references, tuple, str)
    _all("examples", rule.examples, tuple, Example)
    if not isinstance(rule.min_points, int):
        raise TypeError("min_points must be an int")
    if not (rule.__doc__ or "").strip():
        raise ValueError(f"{rule.code} has no docstring, which is its documentation")


def _all(what: str, values: Any, outer: type[Any], inner: type) -> None:
    if not isinstance(values, outer) or any(not isinstance(v, inner) for v in tuple(values)):
        raise TypeError(f"{what} must be a {outer.__name__} of {inner.__name__}")


def sound(finding: object, rule: Rule, run: Run) -> None:
    """Refuse a finding that could not be reported.

    Raises
    ------
    TypeError, ValueError
        It is none, speaks for another rule, or of something that is not in the run.
    """
    if not isinstance(finding, Finding):
        raise TypeError(f"check stated {type(finding).__name__}, no Finding")
    if (finding.code, finding.name) != (rule.code, rule.name):
        raise ValueError(f"it states a finding of {finding.code} {finding.name}")
    if not isinstance(finding.message, str) or not finding.message:
        raise ValueError("a finding without a message")
    if not isinstance(finding.severity, Severity):
        raise TypeError(f"severity {finding.severity!r}")
    if finding.severity > max(rule.severity, rule.forced or rule.severity):
        told, most = finding.severity.label, rule.severity.label
        raise ValueError(f"severity {told}, but the rule declares {most} at most")
    if finding.channel not in set(Channel) or finding.series not in {
        "",
        *(s.name for s in run.series),
    }:
        raise ValueError(f"no series {finding.series!r} in this log")
    if not (math.isfinite(finding.onset.step) and math.isfinite(finding.last_step)):
        raise ValueError("onset and last step must be finite")
    _all("evidence", finding.evidence, tuple, Evidence)
    for item in finding.evidence:
        if not isinstance(item.value, int | float) or not isinstance(item.name, str):
            raise TypeError(f"evidence {item!r}: a name and a number are needed")
    _all("prescriptions", finding.prescriptions, tuple, Prescription)
    for prescription in finding.prescriptions:
        _all("changes", prescription.changes, tuple, Change)
