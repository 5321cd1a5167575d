"""What runs of one configuration have in common, in words."""

import json

import msgspec
import pytest
from report_samples import HOSTILE, failing, finding, healthy, run

from lossdoc.ensemble import groups
from lossdoc.model import Onset, Severity
from lossdoc.report import json as report_json
from lossdoc.report import schema_report, together
from lossdoc.report.facts import Tally
from lossdoc.report.spans import plain
from lossdoc.report.together import Together


def seeds(*found, folder="runs"):
    """One run for each list of findings."""
    made = (failing if f else healthy for f in found)
    return groups(
        make(
            path=f"{folder}/seed-{i}/log.csv",
            run=run(path=f"{folder}/seed-{i}/log.csv"),
            findings=tuple(f),
            superseded=(),
            passed=() if f else ("LD102",),
        )
        for i, (make, f) in enumerate(zip(made, found, strict=True))
    )


def at(step, **changes):
    return finding(onset=Onset(float(step)), **changes)


SEVEN_OF_EIGHT = seeds(*([at(310 + 5 * i)] for i in range(3)), [], *([at(340)] for _ in range(4)))


def text(ensembles, width=80):
    return [plain(line) for line in together.report(Together(ensembles), width)]


def test_how_many_runs_show_it_where_it_begins_and_who_does_not():
    assert text(SEVEN_OF_EIGHT) == [
        "",
        " runs/seed-#/log.csv:",
        "   8 runs of one configuration: 1 healthy, 7 failing",
        " error   LD102 diverged in 7 of 8 runs, onset at steps 310–340; not in seed-3",
        "   fix       lower the learning rate",
        "               learning_rate        0.003 → 0.0003",
        "               clip_grad_norm  not logged → 1.6",
        "   because   7 runs prescribe the same learning_rate",
    ]


@pytest.mark.parametrize(
    ("ensembles", "told"),
    [
        (seeds([at(5)], [at(5)]), "diverged in all 2 runs, onset at step 5"),
        (
            seeds([at(5)], [], []),
            "diverged in 1 of 3 runs alone, onset at step 5: seed-0",
        ),
        (
            seeds(*([at(i)] for i in range(5)), *([] for _ in range(7))),
            "diverged in 5 of 12 runs, onset at steps 0–4: seed-0, seed-1, seed-2 and 2 more",
        ),
    ],
)
def test_few_runs_are_named(ensembles, told):
    (ensemble,) = ensembles

    assert together.statement(ensemble.shared[0], "step") == told


def test_where_the_logs_hold_no_settings_only_the_names_are_alike():
    (known,) = SEVEN_OF_EIGHT

    assert together.summary(known).startswith("8 runs of one configuration: ")
    assert together.summary(known._replace(context={})).startswith(
        "8 runs that differ in their number alone: "
    )


def test_what_is_only_a_note_is_left_out():
    noted = seeds([at(5, severity=Severity.NOTE)], [at(5, severity=Severity.NOTE)])

    assert text(noted) == []
    assert together.concise(Together(noted)) == []


def test_concise_takes_one_line_for_each_finding():
    (line,) = map(plain, together.concise(Together(SEVEN_OF_EIGHT)))

    assert line == (
        "runs/seed-#/log.csv: error LD102 diverged in 7 of 8 runs, onset at steps 310–340; "
        "not in seed-3"
    )


def test_json_holds_the_runs_and_what_they_share():
    document = report_json.report(
        [], report_json.config(select=[], ignore=[], min_confidence="low", fail_on="note"),
        Tally(), Together(SEVEN_OF_EIGHT),
    )  # fmt: skip
    dumped = report_json.dump(document)
    (told,) = json.loads(dumped)["ensembles"]
    (shared,) = told["findings"]

    assert report_json.dump(msgspec.json.decode(dumped, type=schema_report.Report)) == dumped
    assert told["pattern"] == "runs/seed-#/log.csv"
    assert told["verdicts"].count("failing") == 7
    assert shared["extent"] == "common"
    assert shared["silent"] == ["seed-3"]
    assert shared["onsets"] == [310, 315, 320, 340, 340, 340, 340]
    assert shared["prescriptions"][0]["changes"][0]["after"] == 0.0003


def test_names_cannot_steer_the_terminal():
    ensembles = seeds([at(5)], [at(6)], folder=HOSTILE)

    assert all(line.isprintable() for line in text(ensembles))


@pytest.mark.parametrize("width", [40, 60])
def test_the_width_is_kept(width):
    assert max(map(len, text(SEVEN_OF_EIGHT, width))) <= width
