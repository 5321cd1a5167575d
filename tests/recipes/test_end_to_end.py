"""From a training that goes wrong to reports that agree: what a user of the gate lives through."""

import json
import os
import sys
import xml.etree.ElementTree as ET

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

STEPS = 600


@pytest.fixture
def stopped(place):
    """A diverging run that is logged slowly, and what guard made of it."""
    guard = f"lossdoc guard --log run.csv --total-steps {STEPS} --interval 0.2s -- {sys.executable}"
    return place.run(f"{guard} -m lossdoc reproduce divergence-sgd -o run.csv --pace 60")


def test_a_diverging_run_is_stopped_before_its_half_and_all_reports_agree(place, stopped):
    rows = place.text("run.csv").splitlines()
    assert stopped.returncode == 1
    assert len(rows) < STEPS / 2
    assert "stopped at step" in stopped.stderr

    files = [f"-o report.{suffix}" for suffix in ("json", "sarif", "xml", "md")]
    judged = place.run(f"lossdoc analyze run.csv --total-steps {STEPS} {' '.join(files)}")

    assert judged.returncode == 1
    report = json.loads(place.text("report.json"))
    (run,) = report["runs"]
    found = {f["code"]: f for f in run["findings"]}
    worst = run["findings"][0]
    assert (run["verdict"], worst["code"], worst["severity"]) == ("failing", "LD102", "error")

    (sarif,) = json.loads(place.text("report.sarif"))["runs"]
    assert {r["ruleId"]: r["level"] for r in sarif["results"]} == {
        code: f["severity"] for code, f in found.items()
    }
    assert sarif["invocations"][0]["exitCode"] == report["summary"]["exit_code"] == 1
    (place_told,) = sarif["results"][0]["locations"]
    assert place_told["physicalLocation"]["region"]["startLine"] == worst["onset"]["row"]

    junit = ET.fromstring(place.text("report.xml"))
    failed = [c.get("name") for c in junit.iter("testcase") if c.find("failure") is not None]
    errors = [code for code, f in found.items() if f["severity"] == "error"]
    assert [name.partition(" ")[0] for name in failed] == errors

    markdown = place.text("report.md")
    assert all(code in markdown for code in found)
    assert f"step {worst['onset']['step']:,.0f}" in markdown
