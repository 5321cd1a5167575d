"""The summary of a step: what a person sees first, and how much of it there may be."""

import msgspec
import pytest
from judged_samples import judged
from markdown_it import MarkdownIt
from report_samples import failing, healthy, unjudged

from lossdoc.report import markdown

SUMMARY = 1024 * 1024
"""Bytes that GitHub takes for the summary of a step."""


def text(*diagnoses, **more):
    return markdown.render(judged(*diagnoses, **more))


def test_one_run_in_full():
    told = text(failing())

    assert told.startswith("# FAILING: `runs/gpt-small.csv`\n")
    assert "┴" in told
    assert "▲ step 200" in told
    assert "learning_rate: 0.0003  # was 0.003" in told
    assert "3 rules not checked" in told


def test_several_runs_in_a_table_the_worst_first():
    told = text(healthy(), unjudged(), failing())

    rows = [line for line in told.splitlines() if line.startswith("| ")][2:5]
    assert [row.split("|")[1].strip() for row in rows] == ["FAILING", "INCONCLUSIVE", "HEALTHY"]
    assert "no usable loss" in rows[1]
    assert "▁" in rows[0]


def test_curves_can_be_left_out():
    bare = judged(failing())._replace(pictures=())

    assert "┴" not in markdown.render(bare)


def test_ensembles_are_told_once():
    seeds = [failing(path=f"runs/seed-{i}.csv") for i in range(3)]

    assert text(*seeds).count("## Together: `runs/seed-#.csv`") == 1


def test_files_that_were_left_out_are_counted():
    assert "2 files are no logs." in text(healthy(), passed_over=2)


@pytest.mark.parametrize("name", ["run", "λ" * 3000])
def test_ten_thousand_runs_fit(name):
    few = judged(*(failing(path=f"{name}/{i}.csv") for i in range(20)))
    runs = [
        msgspec.structs.replace(run, path=f"{name}/{i}/{run.path[-9:]}")
        for i in range(500)
        for run in few.report.runs
    ]
    report = msgspec.structs.replace(few.report, runs=runs)
    many = few._replace(report=report, pictures=few.pictures * 500)

    told = markdown.render(many)

    assert len(told.encode()) <= SUMMARY
    assert "# 10,000 runs: 10,000 failing" in told
    assert "Cut here" in told
    assert MarkdownIt("commonmark").enable("table").parse(told[:50_000])
