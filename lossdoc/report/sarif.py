"""SARIF 2.1.0, the format of code scanning.

What was found are results, what could not be judged or read are notifications of the tool.

References
----------
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossdoc.measured import measured
from lossdoc.report import ci, json
from lossdoc.report.links import DOCS
from lossdoc.rules import builtin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lossdoc.report import schema
    from lossdoc.report.places import Place, Places
    from lossdoc.rules.base import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
"""What code scanning calls the root of the repository."""

_PRECISION = ((0.99, "very-high"), (0.95, "high"), (0.8, "medium"), (0.0, "low"))
"""Share of a rule's sure findings that were right, and what code scanning calls that."""

_NOTIFICATIONS = {
    "unjudged": "A run could not be judged.",
    "log-issue": "Something in a log could not be read, or was read with a reservation.",
    "budget": "A budget over several runs is not kept, or could not be judged.",
    "left-out": "A file was left out: an earlier run that could not be judged, or no log at all.",
}

_PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}


def render(judged: ci.Judged) -> str:
    """Return the document."""
    report, places = judged.report, judged.places
    pairs = ci.findings(report.runs)
    codes = {item.code: item for _, item in pairs}
    order = {code: i for i, code in enumerate(sorted(codes))}
    marks = ci.fingerprints(pairs, places)
    results = [
        _result(run, item, mark, order[item.code], places)
        for (run, item), mark in zip(pairs, marks, strict=True)
    ]
    driver = {
        "name": report.tool.name,
        "semanticVersion": report.tool.version,
        "informationUri": DOCS,
        "rules": _rules([codes[code] for code in order]),
        "notifications": [
            {"id": name, "shortDescription": {"text": text}}
            for name, text in _NOTIFICATIONS.items()
        ],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "invocations": [_invocation(judged)],
        "results": results,
    }
    if report.ensembles:
        run["properties"] = {"ensembles": report.ensembles}
    return json.dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(
    run: schema.Run, item: schema.Finding, mark: str, index: int, places: Places
) -> dict[str, Any]:
    row = item.onset.row
    log = _location(places.log(run, row), run)
    told = f"{ci.heading(run, item)}: {ci.statement(run, item)}"
    # The place does not tell which run of a file it is, and an anchor does not tell the file.
    if run.name or places.anchor is not None:
        told = f"{ci.title(run)}: {told}"
    result = {
        "ruleId": item.code,
        "ruleIndex": index,
        "level": ci.LEVELS[item.severity].sarif,
        "message": _message(told),
        "locations": [log if places.anchor is None else _location(places.anchor)],
        "partialFingerprints": {"lossdoc/v1": mark},
        "properties": {
            "onset_step": item.onset.step,
            "confidence": item.confidence,
            "prescriptions": item.prescriptions,
        },
    }
    if places.anchor is not None:
        result["relatedLocations"] = [{**log, "message": _message("The log.")}]
    return result


def _location(place: Place, run: schema.Run | None = None) -> dict[str, Any]:
    artifact = {"uri": place.uri}
    if place.inside:
        artifact["uriBaseId"] = _ROOT
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if run is not None and run.name:
        location["logicalLocations"] = [{"name": ci.shown(run.name), "kind": "run"}]
    return location


def _message(text: str) -> dict[str, str]:
    """Plain text as SARIF wants it: braces doubled, and nothing that reads as a link."""
    text = ci.shown(text).replace("{", "{{").replace("}", "}}")
    return {"text": text.replace("](", "] (")}


def _invocation(judged: ci.Judged) -> dict[str, Any]:
    summary = judged.report.summary
    return {
        "executionSuccessful": summary.exit_code in {0, 1},
        "exitCode": summary.exit_code,
        "toolExecutionNotifications": list(_notifications(judged)),
    }


def _notifications(judged: ci.Judged) -> Iterator[dict[str, Any]]:
    report, places = judged.report, judged.places
    for run in report.runs:
        if ci.unjudged(run):
            told = f"{ci.title(run)}: {ci.reason(run)}"
            yield _notification("unjudged", ci.UNJUDGED.sarif, told, [places.of(run)])
        for issue in run.log_issues:
            told = f"{ci.title(run)}: {issue.message}"
            yield _notification("log-issue", "note", told, [places.log(run, issue.row)])
    for aside in ci.asides(judged):
        place = [] if aside.path is None else [places.file(aside.path)]
        name = "budget" if aside.name == "budget" else "left-out"
        yield _notification(name, ci.LEVELS[aside.level].sarif, aside.text, place)


def _notification(name: str, level: str, told: str, places: Sequence[Place]) -> dict[str, Any]:
    return {
        "descriptor": {"id": name, "index": list(_NOTIFICATIONS).index(name)},
        "level": level,
        "message": _message(told),
        "locations": [_location(place) for place in places],
    }


def _rules(found: Sequence[schema.Finding]) -> list[dict[str, Any]]:
    """The rules that found something."""
    known = {rule.code: rule for rule in builtin()}
    return [_rule(item, known) for item in found]


def _rule(item: schema.Finding, known: Mapping[str, Rule]) -> dict[str, Any]:
    rule = known.get(item.code)
    if rule is None:  # of a plug-in, which has no page
        return {"id": item.code, "name": item.name}
    level = rule.severity.label
    sections = rule.sections()
    about = [_flat(text) for text in (sections.pop(""), *sections.values())]
    headed = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections.items())
    precision = _precision(rule.code)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": _message(f"{rule.summary()}."),
        "fullDescription": _message(about[0]),
        "help": {**_message(" ".join(about[1:])), "markdown": headed},
        "helpUri": item.url,
        "defaultConfiguration": {"level": ci.LEVELS[level].sarif},
        "properties": {
            "tags": ["training"],
            "problem.severity": _PROBLEM[level],
            **({"precision": precision} if precision else {}),
        },
    }


def _precision(code: str) -> str | None:
    """How often sure findings of a rule were right; None where that was not measured."""
    record = measured(code)
    sure = record.sure_right + record.sure_wrong if record else 0
    if record is None or not sure:
        return None
    return next(name for least, name in _PRECISION if record.sure_right >= least * sure)


def _flat(text: str) -> str:
    """Paragraphs as one line."""
    return " ".join(text.split())
