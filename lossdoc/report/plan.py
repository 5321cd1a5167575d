"""What to change, in one block: the first prescription of every finding, and what contradicts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lossdoc.report import ci, phrases
from lossdoc.report.markup import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.report import schema


class Plan(NamedTuple):
    """One block for all findings of a run.

    Parameters
    ----------
    actions
        What to do, a sentence for each finding that prescribes something, the cause first.
    changes
        YAML to copy: every setting once, with the codes of the findings that ask for it.
    contested
        Contradictions, a sentence each: what would be changed the other way, and why it is not.
    """

    actions: tuple[str, ...] = ()
    changes: str = ""
    contested: tuple[str, ...] = ()


def plan(run: schema.Run) -> Plan:
    """Merge what the findings of a run prescribe; each setting is changed once.

    Of several executions in one log the last one is what goes on, so its settings are taken.
    """
    axis = ci.axis(run)
    asked = [(item, item.prescriptions[0]) for item in run.findings if item.prescriptions]
    wanted: dict[str, tuple[schema.Change, list[str]]] = {}
    contested = list(_yielded(run.findings))
    for item, first in sorted(asked, key=lambda each: -each[0].segment):
        for change in first.changes:
            kept = wanted.setdefault(change.name, (change, []))
            if kept[0].after == change.after:
                kept[1].append(item.code)
            else:
                contested.append(_beside(item, change, kept))
    actions = [f"{item.code} {item.name}: {ci.action(first, axis)}" for item, first in asked]
    return Plan(
        tuple(dict.fromkeys(actions)),
        "\n".join(
            f"{settings([change])} ({', '.join(dict.fromkeys(codes))})"
            for change, codes in wanted.values()
        ),
        tuple(dict.fromkeys(contested)),
    )


def _yielded(findings: Sequence[schema.Finding]) -> Iterator[str]:
    """Tell what is not prescribed, where it would be the other way."""
    for item in findings:
        for each in item.yielded:
            if each.opposed:
                changes = ", ".join(map(_change, each.prescription.changes))
                yield f"{item.code} alone would set {changes}; {each.to} goes first"


def _beside(
    item: schema.Finding, change: schema.Change, kept: tuple[schema.Change, list[str]]
) -> str:
    other = " and ".join(dict.fromkeys(kept[1]))
    where = f"execution {item.segment + 1} of this log"
    return f"{item.code} would set {_change(change)} for {where}; {other} tells of a later one"


def _change(change: schema.Change) -> str:
    name = ci.factor(change)
    after = ci.shown(phrases.setting(change.after))
    return f"{ci.shown(change.name)} to {after}" if name is None else f"{name} times {after}"
