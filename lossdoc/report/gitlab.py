"""GitLab's code quality report: one JSON list of findings.

References
----------
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossdoc.report import ci, json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossdoc.report import schema
    from lossdoc.report.places import Place, Places


def render(judged: ci.Judged) -> str:
    """Return every finding, and all that could not be judged."""
    return json.dump([*_findings(judged), *_unjudged(judged)])


def _findings(judged: ci.Judged) -> Iterator[dict[str, Any]]:
    pairs = ci.findings(judged.report.runs)
    marks = ci.fingerprints(pairs, judged.places)
    for (run, item), mark in zip(pairs, marks, strict=True):
        yield _finding(run, item, mark, judged.places)


def _finding(run: schema.Run, item: schema.Finding, mark: str, places: Places) -> dict[str, Any]:
    # GitLab shows the description alone, neither the name of the check nor that of the run.
    told = f"{ci.heading(run, item)} in {ci.title(run)}: {ci.statement(run, item)}"
    level = ci.LEVELS[item.severity].gitlab
    return _entry(f"{item.code} {item.name}", told, level, mark, places.of(run, item.onset.row))


def _unjudged(judged: ci.Judged) -> Iterator[dict[str, Any]]:
    seen: dict[str, int] = {}
    places, level = judged.places, ci.UNJUDGED.gitlab
    for run in filter(ci.unjudged, judged.report.runs):
        told = f"{ci.title(run)} could not be judged: {ci.reason(run)}"
        mark = ci.fingerprint(("unjudged", places.file(run.path).path, run.name), seen)
        yield _entry("could-not-be-judged", told, level, mark, places.of(run))
    for aside in ci.asides(judged):
        if aside.path is not None:  # an entry needs a file
            level = ci.LEVELS[aside.level].gitlab
            mark = ci.fingerprint((aside.name, aside.path), seen)
            yield _entry(aside.name, aside.text, level, mark, places.file(aside.path))


def _entry(check: str, told: str, level: str, mark: str, place: Place) -> dict[str, Any]:
    return {
        "description": ci.shown(told),
        "check_name": ci.shown(check),
        "fingerprint": mark,
        "severity": level,
        # A line is required even of files that have none.
        "location": {"path": ci.shown(place.path), "lines": {"begin": place.line or 1}},
    }
