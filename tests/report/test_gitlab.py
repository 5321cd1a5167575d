"""GitLab's code quality report."""

import json

import jsonschema
import pytest
from judged_samples import judged
from report_samples import failing, finding, healthy, unjudged

from lossdoc.model import Severity
from lossdoc.report import gitlab

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
        "additionalProperties": False,
    },
}
"""Every field that GitLab documents as required, with the values that it allows."""


def entries(*diagnoses, **more):
    found = json.loads(gitlab.render(judged(*diagnoses, **more)))
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize(
    ("severity", "name"),
    [(Severity.ERROR, "major"), (Severity.WARNING, "minor"), (Severity.NOTE, "info")],
)
def test_a_finding_is_an_entry(severity, name):
    (entry,) = entries(failing(findings=(finding(severity=severity),)))

    assert entry["severity"] == name
    assert entry["check_name"] == "LD102 diverged"
    assert entry["location"] == {"path": "runs/gpt-small.csv", "lines": {"begin": 202}}
    assert "LD102 diverged at step 200 in runs/gpt-small.csv" in entry["description"]


def test_what_could_not_be_judged_is_told():
    (entry,) = entries(unjudged())

    assert entry["severity"] == "info"
    assert "no usable loss" in entry["description"]


def test_nothing_found_is_an_empty_list():
    assert entries(healthy()) == []


def test_gitlab_drops_entries_of_one_fingerprint_so_each_has_its_own():
    twice = entries(failing(), failing(), unjudged(), unjudged())

    assert len({entry["fingerprint"] for entry in twice}) == 4
