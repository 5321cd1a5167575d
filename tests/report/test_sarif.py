"""SARIF that code scanning takes."""

import json
from pathlib import Path

import jsonschema
import pytest
from judged_samples import judged
from report_samples import ISSUE, failing, finding, healthy, run, unjudged

from lossdoc.errors import UsageError
from lossdoc.model import Severity, Verdict
from lossdoc.report import sarif

SCHEMA = json.loads((Path(__file__).parent.parent / "data/sarif-2.1.0-rtm.5.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def document(*diagnoses, **more):
    text = sarif.render(judged(*diagnoses, **more))
    found = json.loads(text)
    VALIDATOR.validate(found)
    return found["runs"][0]


def test_the_schema_would_refuse_a_wrong_level():
    found = json.loads(sarif.render(judged(failing())))
    found["runs"][0]["results"][0]["level"] = "major"

    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(found)


def test_a_finding_stands_at_its_row_of_the_log():
    (result,) = document(failing())["results"]

    assert result["ruleId"] == "LD102"
    assert result["level"] == "error"
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {
        "uri": "runs/gpt-small.csv",
        "uriBaseId": "%SRCROOT%",
    }
    assert physical["region"] == {"startLine": 202}
    assert result["properties"]["onset_step"] == 200
    changes = result["properties"]["prescriptions"][0]["changes"]
    assert changes[0] == {"name": "learning_rate", "before": 0.003, "after": 0.0003}


def test_a_binary_log_has_no_lines():
    event_file = failing(run=run(format="tensorboard"))

    (result,) = document(event_file)["results"]

    assert "region" not in result["locations"][0]["physicalLocation"]


def test_a_log_outside_the_repository_is_told_by_its_whole_path():
    (result,) = document(failing(path="/scratch/a b.csv"), root="/repository")["results"]

    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///scratch/a%20b.csv"}


def test_rules_tell_what_code_scanning_shows():
    tool = document(failing())["tool"]["driver"]

    (rule,) = tool["rules"]
    assert rule["id"] == "LD102"
    assert rule["helpUri"].endswith("docs/rules/LD102-diverged.md")
    assert rule["properties"]["tags"] == ["training"]
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "## " in rule["help"]["markdown"]


def test_a_rule_of_a_plug_in_is_told_by_its_name():
    foreign = failing(findings=(finding(code="ACME1", name="own-rule"),), superseded=())

    assert document(foreign)["tool"]["driver"]["rules"] == [{"id": "ACME1", "name": "own-rule"}]


@pytest.mark.parametrize("severity", Severity)
def test_levels_are_named_as_ours(severity):
    found = failing(findings=(finding(severity=severity),))

    assert document(found)["results"][0]["level"] == severity.label


def test_what_could_not_be_judged_is_a_notification():
    found = document(unjudged(), healthy(run=run(issues=(ISSUE,))), passed_over=2)

    assert found["results"] == []
    (invocation,) = found["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    told = [(n["level"], n["message"]["text"]) for n in invocation["toolExecutionNotifications"]]
    assert told == [
        ("warning", "runs/x.csv: no usable loss in runs/x.csv. Hint: --map train_loss=COLUMN"),
        ("note", "runs/resnet.jsonl: 2 lines are not JSON"),
        ("note", "2 files are no logs"),
    ]


class TestAnchor:
    """The configuration that caused it, in place of the log."""

    def test_it_is_the_place_and_the_log_is_related(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("train.py").write_text("lr = 1\n")

        (result,) = document(failing(), anchor="train.py:1")["results"]

        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "train.py"
        assert physical["region"] == {"startLine": 1}
        (related,) = result["relatedLocations"]
        assert related["physicalLocation"]["artifactLocation"]["uri"] == "runs/gpt-small.csv"
        assert result["message"]["text"].startswith("runs/gpt-small.csv: LD102")

    @pytest.mark.parametrize("anchor", ["missing.py", "missing.py:3", "there.py:0", "there.py:x"])
    def test_one_that_is_not_there_is_refused(self, tmp_path, monkeypatch, anchor):
        monkeypatch.chdir(tmp_path)
        Path("there.py").write_text("")

        with pytest.raises(UsageError, match="--anchor"):
            document(failing(), anchor=anchor)


def test_equal_logs_keep_their_fingerprints_and_no_two_results_share_one():
    first = document(failing(), failing())["results"]
    again = document(failing(), failing())["results"]

    marks = [r["partialFingerprints"]["lossdoc/v1"] for r in first]
    assert len(set(marks)) == 2
    assert marks == [r["partialFingerprints"]["lossdoc/v1"] for r in again]


def test_the_worst_and_surest_come_first():
    note = failing(findings=(finding(severity=Severity.NOTE),), verdict=Verdict.HEALTHY)

    levels = [r["level"] for r in document(note, failing())["results"]]

    assert levels == ["error", "note"]
