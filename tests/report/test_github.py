"""Annotations of GitHub Actions, within what it shows."""

from pathlib import Path

import pytest
from judged_samples import judged
from report_samples import failing, finding, unjudged

from lossdoc.model import Severity
from lossdoc.report import github


def lines(*diagnoses, **more):
    return github.render(judged(*diagnoses, **more)).splitlines()


def test_a_finding_is_an_annotation_at_its_row():
    (line,) = lines(failing())

    assert line == (
        "::error file=runs/gpt-small.csv,line=202,title=LD102 diverged at step 200::"
        "runs/gpt-small.csv: loss rose from 0.41 to 8, 20 times its best level. "
        "Fix: resume and lower the learning rate, from the last checkpoint at or before step 190 "
        "(learning_rate 0.003 → 0.0003, clip_grad_norm → 1.6)."
    )


def test_a_run_that_could_not_be_judged_is_a_warning():
    (line,) = lines(unjudged())

    assert line.startswith("::warning file=runs/x.csv,title=could not be judged::runs/x.csv: no ")


@pytest.mark.parametrize(
    ("severity", "kind"),
    [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.NOTE, "notice")],
)
def test_severities_are_kinds(severity, kind):
    (line,) = lines(failing(findings=(finding(severity=severity),)))

    assert line.startswith(f"::{kind} ")


def test_ten_of_a_kind_and_a_notice_that_counts_the_others():
    many = [failing(path=f"runs/{i}.csv") for i in range(13)]
    told = lines(*many, *(unjudged(path=f"x{i}") for i in range(12)))

    kinds = [line.split()[0] for line in told]
    assert kinds == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"]
    assert "5 more annotations" in told[-1]


def test_notices_leave_room_for_the_one_that_counts():
    notes = [failing(findings=(finding(severity=Severity.NOTE),), path=f"{i}") for i in range(11)]
    told = lines(*notes)

    assert len(told) == 10
    assert "2 more annotations" in told[-1]


def test_ten_notices_need_no_count():
    notes = [failing(findings=(finding(severity=Severity.NOTE),), path=f"{i}") for i in range(10)]

    assert not [line for line in lines(*notes) if "more annotation" in line]


def test_values_are_escaped_as_github_reads_them():
    text = github.command("error", "100% of a:b, c", title="x: 50%, y")

    assert text == "::error title=x%3A 50%25%2C y::100%25 of a:b, c"


def test_an_anchor_is_where_it_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("conf.yaml").write_text("lr: 1\n")

    (line,) = lines(failing(), anchor="conf.yaml")

    assert line.startswith("::error file=conf.yaml,title=LD102")
    assert "::runs/gpt-small.csv: " in line
