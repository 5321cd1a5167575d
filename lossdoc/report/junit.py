"""JUnit XML: a suite for each run, a case for each rule.

What is shown as failed is what fails the command, and errors always; what is found besides is told
in the output of a case that passed. Why the standard library writes it: docs/adr/0013.

References
----------
https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from lossdoc.report import ci
from lossdoc.rules import builtin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossdoc.report import schema, schema_report

_ORDER = ("note", "warning", "error", "never")
_COUNTED = {"failures": "failure", "skipped": "skipped"}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(judged: ci.Judged) -> str:
    """Return the document."""
    suites, totals = [], {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    # Each is written as it is made: ten thousand runs would make a large tree.
    for suite in _suites(judged):
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
        ET.indent(suite, level=1)
        suites.append(f"  {ET.tostring(suite, encoding='unicode').rstrip()}\n")
    top = "".join(f' {name}="{count}"' for name, count in totals.items())
    return f'{_HEAD}<testsuites name="lossdoc"{top}>\n{"".join(suites)}</testsuites>\n'


def _suites(judged: ci.Judged) -> Iterator[ET.Element]:
    names: set[str] = set()
    shared = ci.company(judged.report)
    for run in judged.report.runs:
        place = judged.places.of(run)
        cases = list(_cases(run, judged.report.config.fail_on, shared))
        yield _suite(_unique(ci.title(run), names), cases, ci.shown(place.path))
    asides = [_aside(each) for each in ci.asides(judged)]
    if asides:
        yield _suite(_unique("lossdoc", names), asides, "")


def _suite(name: str, cases: Sequence[ET.Element], file: str) -> ET.Element:
    counts = {key: sum(c.find(tag) is not None for c in cases) for key, tag in _COUNTED.items()}
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)), errors="0")
    for key, count in counts.items():
        suite.set(key, str(count))
    names: set[str] = set()
    for case in cases:
        case.set("name", _unique(case.get("name", ""), names))
        case.set("classname", name)
        if file:
            case.set("file", file)
    suite.extend(cases)
    return suite


def _cases(
    run: schema.Run, fail_on: schema_report.Gate, shared: dict[tuple[str, str], list[str]]
) -> Iterator[ET.Element]:
    """Cases of one run: what was found, what it explains, what passed, what was not judged."""
    if ci.unjudged(run):
        yield _skipped("verdict", ci.reason(run))
    for item in run.findings:
        yield _found(run, item, fail_on, shared.get((run.path, item.code), ()))
    for other in run.superseded:
        why = f"explained by {other.by}: {ci.shown(other.finding.message)}"
        yield _skipped(f"{other.code} {other.finding.name}", why)
    rules = {rule.code: f"{rule.code} {rule.name}" for rule in builtin()}
    for code in run.passed:
        yield _case(rules.get(code, code))
    for rule in run.not_checked:
        yield _skipped(f"{rule.code} {rule.name}", f"not checked: {ci.shown(rule.reason)}")


def _case(name: str) -> ET.Element:
    return ET.Element("testcase", name=ci.shown(name))


def _skipped(name: str, why: str) -> ET.Element:
    case = _case(name)
    ET.SubElement(case, "skipped", message=ci.shown(why))
    return case


def _aside(aside: ci.Aside) -> ET.Element:
    if aside.level != "error":
        return _skipped(aside.name, aside.text)
    case = _case(aside.name)
    ET.SubElement(case, "failure", message=aside.text, type=aside.level)
    return case


def _found(
    run: schema.Run, item: schema.Finding, fail_on: schema_report.Gate, together: Sequence[str]
) -> ET.Element:
    case = _case(f"{item.code} {item.name}")
    told = f"{item.severity} at {ci.since(run, item)}: {ci.shown(item.message)}"
    body = "\n".join(filter(None, [told, *_fixes(run, item), *together, item.url]))
    if item.severity == "error" or _ORDER.index(item.severity) >= _ORDER.index(fail_on):
        ET.SubElement(case, "failure", message=told, type=item.severity).text = body
    else:
        ET.SubElement(case, "system-out").text = body
    return case


def _fixes(run: schema.Run, item: schema.Finding) -> Iterator[str]:
    for each in item.prescriptions:
        yield f"fix: {ci.fix(each, ci.axis(run))}"
        if each.rationale:
            yield f"because: {ci.shown(each.rationale)}"
        if each.caveat:
            yield f"but: {ci.shown(each.caveat)}"


def _unique(name: str, seen: set[str]) -> str:
    """Number a name that was there before: readers merge what has the same name."""
    numbered, number = name, 1
    while numbered in seen:
        number += 1
        numbered = f"{name} #{number}"
    seen.add(numbered)
    return numbered
