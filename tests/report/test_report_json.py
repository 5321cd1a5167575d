"""The JSON report; decoding it into the structs of the schema is how it is validated."""

import json
import math

import msgspec
import numpy as np
import pytest
from report_samples import HOSTILE, ISSUE, failing, finding, healthy, run, series, unjudged

from lossdoc.model import Channel, Evidence, Onset
from lossdoc.report import json as report_json
from lossdoc.report import schema_report
from lossdoc.report.facts import Tally

CONFIG = report_json.config(select=["ALL"], ignore=[], min_confidence="medium", fail_on="error")


def document(*diagnoses, tally=None):
    runs = [report_json.run(d) for d in diagnoses]
    return report_json.dump(report_json.report(runs, CONFIG, tally or Tally()))


def one(diagnosis):
    return json.loads(document(diagnosis))["runs"][0]


@pytest.mark.parametrize("make", [failing, healthy, unjudged])
def test_a_report_is_valid_by_its_own_schema(make):
    text = document(make())

    decoded = msgspec.json.decode(text, type=schema_report.Report, strict=True)

    assert report_json.dump(decoded) == text


def test_the_top_of_a_report():
    told = json.loads(document(failing(), healthy(), tally=Tally(failing=1, healthy=1, gated=1)))

    assert [*told][:4] == ["schema", "tool", "config", "runs"]
    assert [*told][4:] == ["ensembles", "history", "budgets", "baseline", "summary"]
    assert told["schema"].endswith("/report-v1.json")
    assert told["tool"]["name"] == "lossdoc"
    assert told["config"]["fail_on"] == "error"
    assert told["summary"] == {
        "failing": 1,
        "at_risk": 0,
        "healthy": 1,
        "inconclusive": 0,
        "passed_over": 0,
        "exit_code": 1,
    }


def test_a_run_and_its_channels():
    told = one(healthy())

    assert told["path"] == "runs/resnet.jsonl"
    assert told["verdict"] == "healthy"
    assert told["channels"]["val_loss"] == {
        "source": "val/loss",
        "points": 90,
        "first_step": 0,
        "last_step": 89,
        "last": pytest.approx(0.9517, abs=1e-4),
        "best": {"step": 89, "value": pytest.approx(0.9517, abs=1e-4)},
        "others": [],
    }


def test_a_finding_with_its_numbers():
    told = one(failing())["findings"][0]

    assert told["code"] == "LD102"
    assert told["onset"] == {"step": 200, "epoch": None, "wall_time": None, "row": 202}
    assert told["evidence"][0] == {
        "name": "rise",
        "value": 242,
        "unit": "x the noise",
        "threshold": 8,
    }
    assert told["prescriptions"][0]["changes"][0] == {
        "name": "learning_rate",
        "before": 0.003,
        "after": 0.0003,
    }
    assert told["fingerprint"] == "LD102:train_loss:0.67"
    assert told["url"].endswith("/rules/LD102-diverged.md")


def test_what_a_finding_explains_and_what_was_not_checked():
    told = one(failing())

    assert told["superseded"][0]["code"] == "LD305"
    assert told["superseded"][0]["by"] == "LD102"
    assert told["not_checked"][0] == {
        "code": "LD401",
        "name": "overfitting",
        "reason": "no val_loss in this log",
    }
    assert told["cost"] == {"steps_after_onset": 99, "fraction": 0.3311}


def test_a_run_that_was_not_judged():
    told = one(unjudged())

    assert told["verdict"] == "inconclusive"
    assert told["problem"] == "no usable loss in runs/x.csv"
    assert told["details"] == ["columns: epoch, acc, top5"]
    assert told["hint"] == "--map train_loss=COLUMN"
    assert told["format"] is None
    assert told["channels"] == {}


def test_reservations_about_the_log():
    told = one(failing(run=run(issues=(ISSUE,), resumes=(20.0,), restarts=(150,))))

    assert told["log_issues"] == [
        {
            "kind": "skipped-lines",
            "message": "2 lines are not JSON",
            "row": 12,
            "count": 2,
            "lost": True,
        }
    ]
    assert told["resumes"] == [20]
    assert told["restarts"] == [150]


@pytest.mark.parametrize(
    ("value", "written"),
    [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (1e300, 1e300)],
)
def test_numbers_that_json_does_not_know_are_strings(value, written):
    bad = finding(evidence=(Evidence("level", value, threshold=value),), onset=Onset(3.0))
    loss = series(Channel.TRAIN_LOSS, [1.0, value])

    told = one(failing(findings=(bad,), run=run(series=(loss,))))

    assert told["findings"][0]["evidence"][0]["value"] == written
    assert told["findings"][0]["evidence"][0]["threshold"] == written
    assert told["channels"]["train_loss"]["last"] == written


def test_numbers_of_numpy_are_plain():
    onset = Onset(np.float64(7.0), epoch=np.float64(0.5), row=np.int64(9))

    told = one(failing(findings=(finding(onset=onset, last_step=np.float64(9.5)),)))

    assert told["findings"][0]["onset"] == {"step": 7, "epoch": 0.5, "wall_time": None, "row": 9}
    assert told["findings"][0]["last_step"] == 9.5


def test_several_series_of_a_channel_are_named():
    parts = [series(Channel.TRAIN_COMPONENT, [1.0, 2.0], name) for name in ("box", "cls")]

    told = one(healthy(run=run(series=tuple(parts))))["channels"]["train_component"]

    assert told["source"] == "box"
    assert told["others"] == ["cls"]


def test_a_path_is_written_as_given_even_if_no_terminal_could_show_it():
    told = one(unjudged(path=HOSTILE.removesuffix("\udcff")))

    assert told["path"] == HOSTILE.removesuffix("\udcff")


def test_a_path_that_is_no_unicode_is_escaped():
    assert one(unjudged(path="run-\udcff.csv"))["path"] == "run-\\udcff.csv"


def test_the_same_diagnosis_gives_the_same_bytes():
    assert document(failing(), healthy()) == document(failing(), healthy())


def test_the_schema_is_complete():
    told = schema_report.json_schema()
    definitions = told["$defs"]

    assert told["$ref"] == "#/$defs/Report"
    assert set(definitions["Run"]["required"]) == set(one(failing()))
    assert set(definitions["Finding"]["required"]) == set(one(failing())["findings"][0])


def test_a_document_that_is_not_a_report_is_refused():
    told = json.loads(document(failing()))
    told["runs"][0]["verdict"] = "splendid"

    with pytest.raises(msgspec.ValidationError, match="verdict"):
        msgspec.convert(told, schema_report.Report)
