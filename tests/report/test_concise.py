import pytest
from report_samples import HOSTILE, ISSUE, failing, finding, healthy, run, unjudged

from lossdoc.model import Onset
from lossdoc.report import concise
from lossdoc.report.facts import Tally
from lossdoc.report.spans import plain


def shown(diagnosis):
    return [plain(line) for line in concise.report(diagnosis)]


def test_a_finding_takes_one_line_that_an_editor_can_follow():
    (line,) = shown(failing())

    assert line == (
        "runs/gpt-small.csv:202: error LD102 diverged at step 200: loss rose from 0.41 to 8, "
        "20 times its best level [confidence high]"
    )


def test_an_onset_without_a_row_has_no_line_number():
    (line,) = shown(failing(findings=(finding(onset=Onset(200.0)),)))

    assert line.startswith("runs/gpt-small.csv: error LD102")


def test_a_run_without_findings_takes_its_verdict():
    assert shown(healthy()) == ["runs/resnet.jsonl: healthy"]


def test_a_run_that_was_not_judged_says_why():
    assert shown(unjudged()) == ["runs/x.csv: inconclusive: no usable loss in runs/x.csv"]


def test_reservations_about_the_log_follow():
    lines = shown(healthy(run=run(issues=(ISSUE,), resumes=(20.0,))))

    assert lines[1:] == [
        "runs/resnet.jsonl:12: log skipped-lines: 2 lines are not JSON",
        "runs/resnet.jsonl: log resumed at step 20; of overlapping rows the last write counts",
    ]


def test_the_last_line_counts_all_runs():
    (line,) = concise.closing(Tally(failing=1, healthy=2))

    assert plain(line) == "3 runs: 1 failing, 2 healthy"


@pytest.mark.parametrize("make", [failing, healthy, unjudged])
def test_every_line_is_one_line(make):
    assert all(line.isprintable() for line in shown(make(path=HOSTILE)))
